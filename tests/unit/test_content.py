"""Writing copy: what of the model's candidates is used, what the templates write, how the answer says so."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from shopwright.claims import ALL_CHECKS, check
from shopwright.content import ContentRequest, ContentWriter
from shopwright.errors import InvalidInput, ModelAnswerInvalid, ModelUnavailable, NotAvailableIn, NotFound
from shopwright.ports import Candidate
from shopwright.products import Product, ProductFacts
from shopwright.prompts import facts, names

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel

NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
KINDS = ["product_description", "ad_copy", "social_post"]
TONES = ["neutral", "friendly", "professional", "playful"]

PHONE = {
    "title": "Smartphone",
    "brand": "Apple",
    "product_highlight": ["6.1-inch display", "12-megapixel camera", "A15 Bionic chip"],
    "translations": {
        "zh": {
            "title": "智能手机",
            "brand": "苹果",
            "product_highlight": ["6.1英寸显示屏", "1200万像素摄像头", "A15仿生芯片"],
        }
    },
}
DESK = Product.model_validate(
    {
        "id": "p-desk",
        "title": "Standing Desk",
        "brand": "Oakridge",
        "product_type": "Furniture > Desks",
        "price": "499.00 EUR",
        "description": "A desk for standing and sitting. The best desk of the year.",
        "product_detail": [
            {"attribute_name": "Load", "attribute_value": "80 kg"},
            {"attribute_name": "Height range", "attribute_value": "72-118 cm"},
            {"attribute_name": "Cable tray", "attribute_value": "Yes"},
        ],
        "product_highlight": ["3 memory presets"],
    }
)
HONEST = "This smartphone from Apple has a 6.1-inch display and an A15 Bionic chip."
FALSE = "This Apple iPhone is waterproof and has a 48-megapixel camera."


def writer(*turns, languages=frozenset({"en"}), customers=None):
    return ContentWriter(
        InMemoryCatalog([DESK]), customers or InMemoryCustomers(), ScriptedModel(*turns), languages
    )


def request(**changes):
    return ContentRequest.model_validate({"kind": "product_description", "product": PHONE} | changes)


def test_a_candidate_that_the_facts_carry_is_used_and_says_which():
    answer = writer([FALSE, HONEST]).write(request(), NOW)
    text = answer.texts[0]
    assert (answer.served_by, answer.degraded) == ("model", None)
    assert text.text == HONEST
    assert text.facts == ["6.1-inch display", "A15 Bionic chip"]
    assert set(text.checks) == ALL_CHECKS
    assert answer.candidates == 8
    assert answer.rejected["numbers"] == 4
    assert answer.rejected["names"] == 4


def test_a_false_sentence_is_struck_out_of_a_candidate():
    answer = writer(f"{HONEST} It is waterproof. It comes with a 12-megapixel camera.").write(request(), NOW)
    assert answer.texts[0].text == f"{HONEST} It comes with a 12-megapixel camera."
    assert answer.rejected == {"features": 8, "words": 8}


def test_an_unfinished_sentence_is_dropped():
    class Cut(ScriptedModel):
        def generate(self, messages, **options):
            return [Candidate(f"{HONEST} It comes with a 12-megapixel", complete=False)]

    answer = ContentWriter(InMemoryCatalog(), InMemoryCustomers(), Cut(), frozenset({"en"})).write(
        request(), NOW
    )
    assert answer.texts[0].text == HONEST


@pytest.mark.parametrize(
    "rest",
    ["The Smartphone has a 6.1-inch display and a 6.1-inch display.", "It is a A15 Bionic chip smartphone."],
)
def test_clumsy_sentences_are_left_out(rest):
    assert writer(f"{HONEST} {rest}").write(request(), NOW).texts[0].text == HONEST


def test_a_plural_product_is_spoken_of_in_the_plural():
    shoes = {"title": "Trail Shoes", "brand": "Fernway", "product_highlight": ["5 mm lugs", "260 g weight"]}
    answer = writer("This Trail Shoes from Fernway has 5 mm lugs. It also has a 260 g weight.").write(
        request(product=shoes), NOW
    )
    assert (
        answer.texts[0].text
        == "These Trail Shoes from Fernway have 5 mm lugs. They also have a 260 g weight."
    )


def test_nothing_true_means_a_template_that_says_so():
    answer = writer(FALSE).write(request(), NOW)
    assert (answer.served_by, answer.degraded) == ("rules", "no_candidate_passed")
    assert (
        answer.texts[0].text
        == "Apple Smartphone with 6.1-inch display, 12-megapixel camera and A15 Bionic chip."
    )


@pytest.mark.parametrize(
    ("turn", "reason"),
    [(ModelUnavailable("down"), "model_unavailable"), (ModelAnswerInvalid("odd"), "model_invalid")],
)
def test_a_model_that_fails_is_replaced_by_templates(turn, reason):
    answer = writer(turn).write(request(variants=2), NOW)
    assert (answer.served_by, answer.degraded, answer.candidates) == ("rules", reason, 0)
    assert len({text.text for text in answer.texts}) == 2


def test_a_language_the_model_does_not_write_comes_from_templates():
    model = ScriptedModel(HONEST)
    answer = ContentWriter(InMemoryCatalog(), InMemoryCustomers(), model, frozenset({"en"})).write(
        request(language="zh"), NOW
    )
    assert (answer.served_by, answer.degraded) == ("rules", "model_language")
    assert answer.texts[0].text == "苹果智能手机，配备6.1英寸显示屏、1200万像素摄像头和A15仿生芯片。"
    assert model.calls == []


def test_a_model_that_writes_chinese_is_checked_in_chinese():
    good = "这款苹果智能手机配备6.1英寸显示屏和A15仿生芯片。"
    bad = "苹果智能手机，最好的防水手机。"
    answer = writer([bad, good], languages=frozenset({"en", "zh"})).write(request(language="zh"), NOW)
    assert answer.texts[0].text == good
    assert answer.rejected["forbidden"] == 4


def test_variants_the_model_did_not_give_are_filled_by_rule():
    answer = writer(HONEST).write(request(variants=3), NOW)
    assert [text.served_by for text in answer.texts] == ["model", "rules", "rules"]
    assert (answer.served_by, answer.degraded) == ("model", "no_candidate_passed")


def test_variants_argue_with_different_facts():
    camera = "Meet the Smartphone from Apple with a 12-megapixel camera and an A15 Bionic chip."
    close = "This smartphone from Apple comes with a 6.1-inch display and an A15 Bionic chip."
    texts = writer([HONEST, close, camera]).write(request(variants=2), NOW).texts
    assert camera in {text.text for text in texts}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("max_length", [30, 60, None])
def test_templates_are_true_different_and_never_too_long(kind, tone, language, max_length):
    answer = writer().write(
        request(kind=kind, tone=tone, language=language, max_length=max_length, variants=3), NOW
    )
    product = ProductFacts.model_validate(PHONE)
    limit = max_length or {"product_description": 400, "ad_copy": 120, "social_post": 240}[kind]
    assert len({text.text for text in answer.texts}) == len(answer.texts) >= 1
    for text in answer.texts:
        assert len(text.text) <= limit
        plain = text.text.split(" #")[0]
        assert not check(
            plain,
            facts(product, language),
            language=language,
            names=names(product, language),
            checks=text.checks,
        )
        assert set(text.facts) <= set(facts(product, language))


def test_a_social_post_ends_with_hashtags_of_its_names():
    for answer in (
        writer(HONEST).write(request(kind="social_post"), NOW),
        writer().write(request(kind="social_post"), NOW),
    ):
        assert answer.texts[0].text.endswith(" #Smartphone #Apple")


def test_what_the_shop_says_but_advertising_may_not_is_left_out():
    answer = writer().write(
        ContentRequest(kind="product_description", product_id="p-desk", variants=3, max_length=600), NOW
    )
    assert all("best" not in text.text for text in answer.texts)
    assert "A desk for standing and sitting." in answer.texts[0].text
    assert "Load 80 kg" in answer.texts[0].text
    assert "cable tray" in answer.texts[0].text
    # What changes from day to day is not written into copy.
    assert all("499" not in text.text and "stock" not in text.text for text in answer.texts)


def trait(name, value):
    return {
        "id": f"{name}:{value}",
        "name": name,
        "value": value,
        "confidence": 0.8,
        "evidence": ["e-1"],
        "source": "behaviour",
        "expires_at": (NOW + timedelta(days=30)).isoformat(),
        "updated_at": NOW.isoformat(),
    }


def known_customer(*traits):
    customers = InMemoryCustomers()
    customers.save_traits(
        "c-001",
        {"traits": list(traits)},
        events_counted=0,
        corrections_version=0,
        forgotten_until=None,
        due_at=None,
    )
    return customers


def test_a_customers_interest_decides_which_fact_comes_first():
    customers = known_customer(trait("interest", "camera"))
    answer = writer(customers=customers).write(request(customer_id="c-001"), NOW)
    assert answer.texts[0].facts[0] == "12-megapixel camera"
    assert "c-001" not in answer.texts[0].text


def test_an_interest_that_expired_or_was_removed_decides_nothing():
    customers = known_customer(trait("interest", "camera"))
    removed = {"interest:camera": {"action": "remove", "at": NOW.isoformat()}}
    later = writer(customers=customers).write(request(customer_id="c-001"), NOW + timedelta(days=31))
    customers.save_corrections("c-001", removed, expected=0, now=NOW)
    corrected = writer(customers=customers).write(request(customer_id="c-001"), NOW)
    assert later.texts[0].facts[0] == corrected.texts[0].facts[0] == "6.1-inch display"


def test_somebody_unknown_is_written_for_like_everybody():
    assert writer().write(request(customer_id="c-404"), NOW).texts == writer().write(request(), NOW).texts


@pytest.mark.parametrize(
    "wrong",
    [
        {"product_id": "p-1"},
        {"product": None},
        {"variants": 0},
        {"variants": 6},
        {"max_length": 5},
        {"kind": "poem"},
        {"language": "fr"},
        {"unknown": 1},
    ],
)
def test_a_wrong_request_is_refused(wrong):
    with pytest.raises(ValidationError):
        request(**wrong)


def test_what_cannot_be_written_is_said():
    with pytest.raises(NotFound):
        writer().write(ContentRequest(kind="ad_copy", product_id="p-404"), NOW)
    with pytest.raises(NotAvailableIn):
        writer().write(ContentRequest(kind="ad_copy", product_id="p-desk", language="zh"), NOW)
    with pytest.raises(InvalidInput) as error:
        writer().write(request(product={"title": "A" * 100}, max_length=20), NOW)
    assert error.value.field == "max_length"


def test_a_title_alone_is_enough():
    answer = writer().write(request(product={"title": "Blue Vase"}), NOW)
    assert answer.texts[0].text == "Blue Vase."
