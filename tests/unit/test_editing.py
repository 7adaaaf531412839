"""Copy that is kept: who approved it, what customers see of it, what a change of the product does to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from shopwright.cataloguing import Cataloguing
from shopwright.content import ContentWriter
from shopwright.copy_requests import ContentRequest
from shopwright.editing import Editing, work_of
from shopwright.errors import Conflict, InvalidInput, NotFound
from shopwright.products import Product
from shopwright.texts import NEXT, StateChange, StoredText

from .fakes import InMemoryCatalog, InMemoryCustomers, InMemoryTexts, ScriptedModel
from .test_content import NOW

KETTLE = {
    "id": "p-1",
    "title": "Swift Kettle",
    "brand": "Orvane",
    "price": "30.00 EUR",
    "product_type": "Kettles",
    "material": "glass",
    "product_highlight": ["quiet boil"],
    "product_detail": [
        {"attribute_name": "Capacity", "attribute_value": "1.7 litres"},
        {"attribute_name": "Weight", "attribute_value": "1.2 kg"},
    ],
}


class Desk:
    """A shop with one kettle, whose copy is kept."""

    def __init__(self) -> None:
        self.texts = InMemoryTexts()
        self.catalog = InMemoryCatalog()
        self.editing = Editing(self.texts, self.catalog)
        self.cataloguing = Cataloguing(self.catalog, ScriptedModel(), self.editing)
        self.store()
        self.writer = ContentWriter(self.catalog, InMemoryCustomers(), ScriptedModel(), frozenset())

    def store(self, **changes: object) -> None:
        assert not self.cataloguing.put_products([KETTLE | changes], NOW).rejected

    def write(self, **more: object) -> list[StoredText]:
        request = ContentRequest.model_validate(
            {"kind": "product_description", "product_id": "p-1", "keep": True, **more}
        )
        answer = self.editing.kept(request, self.writer.write(request, NOW), "mia", NOW)
        return [self.texts.text(str(text.text_id)) for text in answer.texts if text.text_id]

    def to(self, text: StoredText, *states: str) -> StoredText:
        for state in states:
            text = self.editing.change(text.text_id, StateChange(state=state), "otto", NOW)
        return text


def test_a_text_begins_as_a_draft_and_its_way_is_kept() -> None:
    desk = Desk()
    [text] = desk.write()
    later = NOW + timedelta(hours=1)
    desk.editing.change(text.text_id, StateChange(state="approved", note="read"), "otto", later)
    kept = desk.texts.text(text.text_id)
    assert [(step.state, step.by, step.at, step.note) for step in kept.history] == [
        ("draft", "mia", NOW, None),
        ("approved", "otto", later, "read"),
    ]
    assert (kept.state, kept.shown) == ("approved", False)


def test_what_is_not_to_be_kept_is_not() -> None:
    desk = Desk()
    assert desk.write(keep=False) == []
    assert desk.texts.kept == {}


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "ad_copy", "product": {"title": "x"}, "keep": True},
        {"kind": "ad_copy", "product_id": "p-1", "customer_id": "c-1", "keep": True},
    ],
)
def test_only_what_is_of_the_catalogue_and_nobodys_is_kept(request_: dict) -> None:
    with pytest.raises(ValidationError, match="nobody's in particular"):
        ContentRequest.model_validate(request_)


def test_the_same_text_again_is_the_one_that_is_there() -> None:
    desk = Desk()
    [first] = desk.write()
    desk.to(first, "approved")
    [second] = desk.write()
    assert (second.text_id, second.state, len(desk.texts.kept)) == (first.text_id, "approved", 1)


def test_customers_see_what_is_published_and_nothing_else() -> None:
    desk = Desk()
    first, *_ = desk.write(variants=3)
    assert desk.editing.of("p-1", shown_only=True).texts == []
    desk.to(first, "approved", "published")
    assert [text.text_id for text in desk.editing.of("p-1", shown_only=True).texts] == [first.text_id]
    assert len(desk.editing.of("p-1", shown_only=False).texts) > 1


@pytest.mark.parametrize("state", list(NEXT))
def test_nothing_is_published_that_nobody_approved(state: str) -> None:
    ways = {
        "draft": [],
        "approved": ["approved"],
        "published": ["approved", "published"],
        "rejected": ["rejected"],
    }
    for wanted in NEXT:
        desk = Desk()
        [text] = desk.write()
        text = desk.to(text, *ways[state])
        if wanted in NEXT[state]:
            assert desk.to(text, wanted).state == wanted
        else:
            with pytest.raises(InvalidInput, match=f"a text that is {state} becomes") as error:
                desk.to(text, wanted)
            assert error.value.field == "state"
    assert "published" not in NEXT["draft"] + NEXT["rejected"]


@pytest.mark.parametrize(
    ("change", "excerpt"),
    [
        ({"product_detail": [{"attribute_name": "Weight", "attribute_value": "1.4 kg"}]}, "1.2 kg"),
        ({"material": "steel"}, "glass"),
        ({"title": "Rapid Kettle", "brand": "Crevanti"}, "Swift"),
    ],
)
def test_a_change_that_contradicts_a_text_takes_it_from_customers(change: dict, excerpt: str) -> None:
    desk = Desk()
    [text] = desk.write()
    desk.to(text, "approved", "published")
    desk.store(**change)
    flagged = desk.texts.text(text.text_id)
    assert any(excerpt.lower() in each.excerpt.lower() for each in flagged.contradictions)
    assert (flagged.state, flagged.shown) == ("published", False)
    assert desk.editing.of("p-1", shown_only=True).texts == []
    assert [each.text_id for each in desk.editing.find(None, True, None).texts] == [text.text_id]
    # And back again.
    desk.store()
    assert desk.texts.text(text.text_id).shown


def test_a_change_that_contradicts_nothing_changes_nothing() -> None:
    desk = Desk()
    [text] = desk.write()
    desk.to(text, "approved", "published")
    desk.store(price="28.00 EUR", availability="out_of_stock", product_highlight=["quiet boil", "blue light"])
    assert desk.texts.text(text.text_id).shown


def test_what_contradicts_the_facts_is_not_approved() -> None:
    desk = Desk()
    [text] = desk.write()
    desk.store(material="steel")
    with pytest.raises(InvalidInput, match="do not carry it any more"):
        desk.to(text, "approved")
    assert desk.to(text, "rejected").state == "rejected"


def test_texts_in_a_language_that_the_product_lost_are_flagged() -> None:
    desk = Desk()
    chinese = {"title": "Swift 水壶", "product_highlight": ["安静烧水"]}
    desk.store(translations={"zh": chinese})
    [text] = desk.write(language="zh")
    desk.store()
    assert "no texts in the language" in desk.texts.text(text.text_id).contradictions[0].why


def test_who_comes_second_is_told() -> None:
    desk = Desk()
    [text] = desk.write()
    desk.to(text, "approved")
    with pytest.raises(Conflict):
        desk.texts.replace(text, expected=text)
    with pytest.raises(NotFound):
        desk.editing.change("p-1.nothing", StateChange(state="approved"), "otto", NOW)


def test_a_change_that_meets_an_approval_keeps_both(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    [text] = desk.write()
    replace, once = desk.texts.replace, [True]

    def overtaken(new: StoredText, *, expected: StoredText) -> None:
        if once and new.contradictions:
            once.clear()
            desk.to(text, "approved")
        replace(new, expected=expected)

    monkeypatch.setattr(desk.texts, "replace", overtaken)
    desk.store(material="steel")
    kept = desk.texts.text(text.text_id)
    assert kept.contradictions
    assert kept.state == "approved"


def test_lists_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwright.editing._PAGE", 2)
    desk = Desk()
    texts = desk.write(variants=3)
    desk.to(texts[0], "approved")
    assert [each.text_id for each in desk.editing.find("approved", None, None).texts] == [texts[0].text_id]
    first = desk.editing.find(None, False, None)
    assert [each.text_id for each in first.texts] == [each.text_id for each in texts[:2]]
    rest = desk.editing.find(None, None, first.next)
    assert ([each.text_id for each in rest.texts], rest.next) == ([texts[2].text_id], None)
    with pytest.raises(InvalidInput, match="none of the texts"):
        desk.editing.find(None, None, "p-9.nothing")


def test_the_same_work_is_told_by_its_wish_and_its_facts() -> None:
    product = Product.model_validate(KETTLE)

    def work(changes: dict | None = None, **wish: object) -> str:
        asked = {"kind": "ad_copy", "product_id": "p-1", **wish}
        return work_of(Product.model_validate(KETTLE | (changes or {})), ContentRequest.model_validate(asked))

    assert work() == work_of(product, ContentRequest(kind="ad_copy", product_id="p-1"))
    # Price and stock are not written about.
    assert work({"price": "31.00 EUR", "availability": "preorder"}) == work(keep=True) == work()
    others = [work({"material": "steel"}), work(tone="playful"), work(segment={"interests": ["tea"]})]
    assert len({work(), *others}) == 4
