"""What customers allow holds in every feature, not only where they say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from shopwright.answers import Answers
from shopwright.consent import PURPOSES, Consents, Purpose, State, Statement
from shopwright.consenting import ConsentChange, Consenting
from shopwright.content import ContentRequest, ContentWriter
from shopwright.corrections import Correction
from shopwright.errors import InvalidInput
from shopwright.events import Event
from shopwright.exporting import EventRows
from shopwright.personal_data import PersonalDataDesk
from shopwright.profiles import Profiles
from shopwright.questions import Question
from tests.unit.fakes import (
    InMemoryConversations,
    InMemoryCustomers,
    InMemoryQuestions,
    InMemoryQueue,
    ScriptedModel,
)
from tests.unit.small_shop import NOW, Shop, ids, lively_shop
from tests.unit.test_next_products import Following, recommend

NOTHING: frozenset[Purpose] = frozenset()


def said(purpose: Purpose, state: State, minutes: int = 0) -> Statement:
    time = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    return Statement(purpose=purpose, state=state, time=time, source="web banner")


def change(shop: Shop, customer: str = "c", **states: str) -> None:
    Consenting(shop.customers).change(customer, ConsentChange(source="account page", **states), NOW)  # type: ignore[arg-type]


# --- what holds


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("by_default", [NOTHING, frozenset(PURPOSES)])
def test_the_last_word_holds_and_the_default_without_one(
    purpose: Purpose, by_default: frozenset[Purpose]
) -> None:
    assert Consents(by_default).allows(purpose) == (purpose in by_default)
    for state in get_args(State):
        consents = Consents(
            by_default, [said(purpose, "granted"), said(purpose, "denied"), said(purpose, state)]
        )
        assert consents.allows(purpose) == (state == "granted")
        assert not Consents(NOTHING, consents.said).allows(purpose, *set(PURPOSES) - {purpose})


def test_many_changes_are_kept_within_bounds_and_no_last_word_is_lost() -> None:
    consents = Consents(NOTHING, [said("advertising", "granted")])
    for minute in range(300):
        consents = consents.with_([said("profiling", "withdrawn" if minute % 2 else "granted", minute)])
    assert len(consents.said) == 100
    assert consents.allows("advertising")
    assert not consents.allows("profiling")
    assert [each.purpose for each in consents.refusals] == ["profiling"]


def test_a_change_names_a_purpose_and_a_source() -> None:
    for wrong in ({"source": "web"}, {"profiling": "granted"}, {"profiling": "maybe", "source": "web"}):
        with pytest.raises(ValidationError):
            ConsentChange.model_validate(wrong)


def test_how_it_stands_says_why() -> None:
    customers = InMemoryCustomers(frozenset({"profiling"}))
    consenting = Consenting(customers)
    consenting.change("c", ConsentChange(advertising="granted", source="web banner"), NOW)
    purposes = consenting.status("c").purposes
    assert (purposes["profiling"].allowed, purposes["profiling"].state) == (True, None)
    assert (purposes["personalisation"].allowed, purposes["personalisation"].state) == (False, None)
    advertising = purposes["advertising"]
    assert (advertising.allowed, advertising.time, advertising.source) == (True, NOW, "web banner")


# --- profiling


def test_without_profiling_what_happens_is_kept_without_the_person() -> None:
    shop = Shop()
    shop.customers = InMemoryCustomers(NOTHING)
    shop.does("c", "purchase", "teapot", "kettle", session_id="s-1", transaction_id="t-1")
    shop.does("c", "search", search_term="a secret wish")
    assert shop.customers.events("c") == []
    assert shop.customers.read("c", events=9).profile["counters"] == {}
    [event] = shop.customers.all_events()
    assert event.customer_id.startswith("anonymous.")
    assert [item.item_id for item in event.items] == ["teapot", "kettle"]
    assert (event.event_time.minute, event.session_id, event.transaction_id) == (0, None, None)
    assert "c" not in {event.customer_id, event.event_id}
    rows = list(EventRows(shop.customers).rows())
    assert [row["product_id"] for row in rows] == ["teapot", "kettle"]


def test_what_nobody_is_tied_to_still_says_what_is_bought_together() -> None:
    shop = Shop()
    shop.customers = InMemoryCustomers(NOTHING)
    for customer in ("a", "b", "d"):
        shop.does(customer, "purchase", "teapot", "kettle")
    shop.learn()
    assert ids(shop.recommend("somebody", "bought_together", "teapot"))[0] == "kettle"


def test_an_anonymous_event_that_comes_twice_counts_once() -> None:
    shop = Shop()
    shop.customers = InMemoryCustomers(NOTHING)
    event = Event(
        event_id="e-1", event_name="view_item", event_time=NOW, customer_id="c", items=[{"item_id": "lamp"}]
    )
    for _ in range(2):
        assert shop.customers.add_event(event, {}, NOW) == "anonymous"
    assert len(list(shop.customers.all_events())) == 1


@pytest.mark.parametrize("state", ["denied", "withdrawn"])
def test_profiling_that_ends_takes_what_was_gathered_with_it(state: str) -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "teapot")
    shop.says("c", product="lamp")
    shop.profiles().refresh("c", NOW)
    change(shop, profiling=state)
    record = shop.customers.read("c", events=9)
    assert (record.events, record.profile["counters"], record.profile["document"]) == ([], {}, {})
    assert "lamp" not in ids(shop.recommend("c"))  # their no stays
    profile = shop.profiles().profile("c", NOW)
    assert (profile.traits, [each.trait_id for each in profile.corrections]) == ([], ["product:lamp"])
    assert not Consenting(shop.customers).status("c").purposes["profiling"].allowed


def test_what_was_kept_before_the_shop_changed_its_default_is_not_used() -> None:
    shop = lively_shop()
    for _ in range(3):
        shop.does("c", "view_item", "teapot")
    shop.customers._by_default = NOTHING
    assert ids(shop.recommend("c")) == ids(shop.recommend("a stranger"))
    shop.profiles().refresh("c", NOW)
    assert shop.customers.read("c", events=0).profile["document"] == {}


# --- personalisation, model_processing, advertising


def test_without_personalisation_a_list_is_a_strangers() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "teapot")
    before = ids(shop.recommend("c"))
    assert before != ids(shop.recommend("a stranger"))
    change(shop, personalisation="withdrawn")
    assert ids(shop.recommend("c")) == ids(shop.recommend("a stranger"))
    change(shop, personalisation="granted")
    assert ids(shop.recommend("c")) == before


def test_without_model_processing_the_recommender_is_not_asked() -> None:
    shop, model = lively_shop(), Following()
    shop.does("c", "view_item", "teapot")
    change(shop, model_processing="denied")
    found = recommend(shop, model)
    assert (found.served_by, found.degraded, model.asked) == ("rules", "no_consent", [])
    assert ids(found) == ids(shop.recommend("c"))


class Listening(ScriptedModel):
    """Keeps all that it is sent."""

    def __init__(self) -> None:
        super().__init__(["Something."])
        self.heard: list[Any] = []

    def generate(self, messages: Any, **more: Any) -> Any:
        self.heard.append(messages)
        return super().generate(messages, **more)

    def embed_queries(self, texts: Any) -> Any:
        self.heard.append(texts)
        return super().embed_queries(texts)


def test_without_model_processing_a_summary_is_plain_and_no_prompt_holds_anything_of_theirs() -> None:
    shop, model = lively_shop(), Listening()
    profiles = Profiles(shop.customers, shop.catalog, model, InMemoryQueue(), frozenset({"en"}))
    for name in ("teapot", "kettle", "assam", "sencha"):
        shop.does("c", "purchase", name)
    change(shop, model_processing="withdrawn")
    profiles.refresh("c", NOW)
    profile = profiles.profile("c", NOW)
    assert profile.traits
    assert profile.summary
    assert (profile.served_by, profile.degraded, model.heard) == ("rules", "no_consent", [])
    change(shop, model_processing="granted")
    profiles.refresh("c", NOW)
    assert model.heard


def test_without_model_processing_a_question_is_answered_by_words() -> None:
    shop, model = lively_shop(), Listening()
    service = Answers(shop.catalog, shop.customers, model, frozenset({"en"}))
    change(shop, model_processing="denied")
    question = "Which brand is the Sencha green tea?"
    answer = service.answer(Question(question=question, customer_id="c"), NOW)
    assert (answer.degraded, model.heard) == ("no_consent", [])
    assert "Sencha" in answer.answer
    service.answer(Question(question=question), NOW)  # nobody's question
    service.answer(Question(question=question, customer_id="somebody-else"), NOW)
    assert len(model.heard) >= 2


@pytest.mark.parametrize(
    ("kind", "missing", "theirs"),
    [
        ("product_description", None, True),
        ("product_description", "personalisation", False),
        ("product_description", "model_processing", False),
        ("product_description", "advertising", True),
        ("ad_copy", None, True),
        ("ad_copy", "advertising", False),
        ("ad_copy", "profiling", False),
    ],
)
def test_copy_follows_a_customer_as_far_as_they_allow(kind: Any, missing: str | None, theirs: bool) -> None:
    shop = Shop()
    shop.put(
        shop.catalog.product("kettle").model_copy(
            update={"product_highlight": ["steel lid", "blue handle", "quiet boil"]}
        )
    )
    wish = Correction(trait_id="interest:quiet boil", action="set")
    shop.profiles().correct("c", [wish], NOW)
    if missing:
        change(shop, **{missing: "denied"})
    writer = ContentWriter(shop.catalog, shop.customers, ScriptedModel(), NOTHING)  # type: ignore[arg-type]
    request = ContentRequest(kind=kind, product_id="kettle", customer_id="c")
    first = writer.write(request, NOW).texts[0].facts[0]
    assert (first == "quiet boil") == theirs


# --- export and erasure


def desk(shop: Shop, queue: InMemoryQueue | None = None) -> PersonalDataDesk:
    return PersonalDataDesk(
        shop.customers,
        InMemoryConversations(),
        InMemoryQuestions(),
        shop.profiles(),
        queue or InMemoryQueue(),
    )


def test_an_export_has_all_and_of_a_stranger_nothing() -> None:
    shop = lively_shop()
    bought = shop.does("c", "purchase", "teapot")
    shop.says("c", product="lamp")
    change(shop, advertising="denied")
    shop.profiles().refresh("c", NOW)
    data = desk(shop).export("c", NOW)
    assert [event.event_id for event in data.events] == [bought]
    assert data.counters["owned#teapot"] == 1
    assert data.derived["traits"]
    assert [each.trait_id for each in data.corrections] == ["product:lamp"]
    assert [(each.purpose, each.state) for each in data.consents] == [("advertising", "denied")]
    assert data.next is None
    stranger = desk(shop).export("nobody", NOW)
    assert (stranger.events, stranger.counters, stranger.derived) == ([], {}, {})


def test_an_export_of_very_many_events_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = lively_shop()
    sent = [shop.does("c", "view_item", "teapot", hours_ago=50 - n) for n in range(25)]
    monkeypatch.setattr("shopwright.personal_data._PAGE_BYTES", 2000)
    seen: list[str] = []
    after = None
    while True:
        page = desk(shop).export("c", NOW, after)
        assert 0 < len(page.events) < 25
        seen += [event.event_id for event in page.events]
        after = page.next
        if after is None:
            break
    assert seen == sent
    with pytest.raises(InvalidInput, match="none of the customer's events"):
        desk(shop).export("c", NOW, "e-nowhere")


def test_an_erasure_leaves_nothing_and_its_receipt_says_what_was_where() -> None:
    shop, queue = lively_shop(), InMemoryQueue()
    queue.failed = ["c", "another", "c"]
    for _ in range(3):
        shop.does("c", "view_item", "teapot")
    shop.profiles().refresh("c", NOW)
    change(shop, advertising="denied", personalisation="granted")
    receipt = desk(shop, queue).erase("c", NOW)
    assert {row.what: row.items for row in receipt.removed} == {
        "profile": 1,
        "events": 3,
        "ids of events": 3,
        "conversations": 0,
        "questions": 0,
        "messages": 2,
    }
    assert "GET /customers/c/export" in receipt.verify
    assert queue.failed == ["another"]
    data = desk(shop).export("c", NOW)
    assert (data.events, data.counters, data.derived, data.profile.traits) == ([], {}, {}, [])
    assert [(each.purpose, each.state) for each in data.consents] == [("advertising", "denied")]
    again = desk(shop, queue).erase("c", NOW)
    assert [row.items for row in again.removed] == [0, 0, 0, 0, 0, 0]


def test_events_that_arrive_late_revive_nobody_and_later_ones_begin_anew() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "teapot")
    desk(shop).erase("c", NOW)
    shop.does("c", "view_item", "kettle", hours_ago=1)
    assert shop.customers.events("c") == []
    shop.does("c", "view_item", "lamp", hours_ago=-1)
    assert [event.items[0].item_id for event in shop.customers.events("c")] == ["lamp"]
    assert "lamp" in shop.recommend("c", "bought_together", "teapot").model_dump_json()


def test_a_message_that_was_still_queued_brings_nobody_back() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "teapot")
    desk(shop).erase("c", NOW)
    shop.profiles().refresh("c", NOW)
    assert shop.customers.read("c", events=0).profile["document"] == {}
