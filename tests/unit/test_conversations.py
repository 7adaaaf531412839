"""Several turns: what goes on from the question before, and what is remembered for whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopwright.answers import Answer, Answers, Question
from shopwright.consent import PURPOSES
from shopwright.errors import StoreUnavailable
from shopwright.followups import goes_on, points_back, rewritten
from shopwright.ports import Turn

from .fakes import InMemoryCatalog, InMemoryConversations, InMemoryCustomers, ScriptedModel
from .test_answers import ARTICLES, PRODUCTS

NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "goes", "points"),
    [
        ("and in blue?", True, True),
        ("What about the Pro?", True, True),
        ("in red?", True, True),
        ("那红色的呢？", True, True),
        ("大号呢？", True, True),
        ("How heavy is it?", False, True),
        ("And what is its capacity?", False, True),
        ("and is it heavy?", False, True),
        ("那它的容量是多少？", False, True),
        ("and how do I return an item?", False, False),
        ("它有多重？", False, True),
        ("这款保修多久？", False, True),
        ("How heavy is the Orvane Swift kettle?", False, False),
        ("How do I return an item?", False, False),
        ("退货期限是几天？", False, False),
        ("Candy in which colours do you sell?", False, False),
    ],
)
def test_which_questions_need_the_one_before(question: str, goes: bool, points: bool) -> None:
    assert (goes_on(question), points_back(question)) == (goes, points)


def test_a_question_that_goes_on_is_asked_with_the_one_before_and_no_longer_than_may_be() -> None:
    last = Turn("How heavy is the kettle?")
    assert rewritten("and the Pro?", last) == "How heavy is the kettle? and the Pro?"
    assert rewritten("How loud is it?", last) == "How loud is it?"
    assert len(rewritten("and the Pro?", Turn("x" * 500))) == 500


class Talk:
    """A conversation of one customer with the shop of test_answers."""

    def __init__(self, consents: frozenset = frozenset(PURPOSES), customer: str | None = "c-1") -> None:
        self.conversations = InMemoryConversations()
        self._customer = customer
        self._id: str | None = None
        self._answers = Answers(
            InMemoryCatalog(PRODUCTS, ARTICLES),
            InMemoryCustomers(consents),
            ScriptedModel(),
            frozenset(),
            conversations=self.conversations,
        )

    def say(self, question: str, **more: str) -> Answer:
        asked = Question(question=question, customer_id=self._customer, conversation_id=self._id, **more)
        answer = self._answers.answer(asked, NOW)
        self._id = answer.conversation_id
        return answer


def test_it_is_what_was_answered_about() -> None:
    talk = Talk()
    assert "1.2 kg" in talk.say("How heavy is the Orvane Swift kettle?").answer
    assert "1.7 litres" in talk.say("And what is its capacity?").answer
    assert "2200 W" in talk.say("How much power does it take?").answer


def test_what_about_another_of_its_kind_is_asked_of_that() -> None:
    talk = Talk()
    talk.say("How heavy is the Orvane Swift kettle?")
    answer = talk.say("What about the Pro?")
    assert "1.5 kg" in answer.answer
    assert answer.citations[0].source == "product:p-2"
    # And it stays the one that is talked of.
    assert "2 litres" in talk.say("and what is its capacity?").answer


def test_a_product_page_counts_more_than_what_was_said() -> None:
    talk = Talk()
    talk.say("How heavy is the Orvane Swift kettle?")
    answer = talk.say("What is its capacity?", product_id="p-3")
    assert "800 ml" in answer.answer


def test_chinese_goes_on_too() -> None:
    talk = Talk()
    assert "1.2千克" in talk.say("Orvane Swift 水壶有多重？").answer
    answer = talk.say("它的容量是多少？")
    assert ("1.7升" in answer.answer, answer.language) == (True, "zh")


def test_a_question_that_stands_for_itself_is_taken_as_it_is() -> None:
    talk = Talk()
    talk.say("How heavy is the Orvane Swift kettle?")
    assert "Porcelain" in talk.say("What material is the Mistvale teapot?").answer


def test_another_conversation_knows_nothing_of_it() -> None:
    talk = Talk()
    talk.say("How heavy is the Orvane Swift kettle?")
    talk._id = "another"
    assert talk.say("And what is its capacity?").citations[0].source != "product:p-1"


@pytest.mark.parametrize(
    ("consents", "customer"),
    [(frozenset(PURPOSES) - {"personalisation"}, "c-1"), (frozenset(PURPOSES), None)],
    ids=["without consent", "without a customer"],
)
def test_nothing_is_remembered_that_is_nobodys_or_may_not_be(
    consents: frozenset, customer: str | None
) -> None:
    talk = Talk(consents, customer)
    talk.say("How heavy is the Orvane Swift kettle?")
    assert talk.say("And what is its capacity?").citations[0].source != "product:p-1"
    assert talk.conversations.kept == {}


def test_a_memory_that_fails_is_no_reason_not_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    talk = Talk()
    talk.say("How heavy is the Orvane Swift kettle?")
    monkeypatch.setattr(talk.conversations, "keep_turn", away)
    monkeypatch.setattr(talk.conversations, "last_turn", away)
    assert "1.2 kg" in talk.say("How heavy is the Orvane Swift kettle?").answer
