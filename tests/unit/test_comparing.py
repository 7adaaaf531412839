"""Two products beside each other, what serves instead of one that is gone, and what a colleague is told."""

from __future__ import annotations

import pytest

from shopwright.answers import Answer, Answers, Question
from shopwright.comparing import sides

from .fakes import InMemoryCatalog, InMemoryConversations, InMemoryCustomers, ScriptedModel
from .test_answers import ARTICLES, KETTLE, KETTLE_PRO, NOW, PRODUCTS, TEAPOT, ask


@pytest.fixture
def catalog() -> InMemoryCatalog:
    return InMemoryCatalog(PRODUCTS, ARTICLES)


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("What is the difference between the Swift and the Swift Pro?", ("Swift", "Swift Pro")),
        ("Compare Swift with Swift Pro, please.", ("Swift", "Swift Pro")),
        ("Swift vs. Swift Pro", ("Swift", "Swift Pro")),
        ("How does the Swift differ from the Pro?", ("Swift", "Pro")),
        ("Is the Swift lighter than the Pro?", ("Swift", "Pro")),
        ("Which is better, the Swift or the Pro?", ("Swift", "Pro")),
        ("Swift 和 Swift Pro 有什么区别？", ("Swift", "Swift Pro")),
        ("请问对比一下Swift和Pro", ("Swift", "Pro")),
        ("Swift跟Pro哪个好？", ("Swift", "Pro")),
        ("Do you sell tea and coffee?", None),
        ("How heavy is the Swift?", None),
        ("退货和换货怎么办理？", None),
    ],
)
def test_what_is_to_be_compared_with_what(question: str, pair: tuple[str, str] | None) -> None:
    assert sides(question) == pair


def test_two_products_stand_in_a_table_and_every_told_value_is_cited(catalog: InMemoryCatalog) -> None:
    answer = ask(catalog, "What is the difference between the Orvane Swift and the Orvane Swift Pro?")
    assert answer.comparison is not None
    rows = {row.name: (row.values, row.same) for row in answer.comparison.rows}
    assert rows["Weight"] == (["1.2 kg", "1.5 kg"], False)
    assert rows["Category"] == (["Kitchen > Kettles"] * 2, True)
    assert rows["Power"] == (["2200 W", None], False)
    assert [row.same for row in answer.comparison.rows][-1]
    assert answer.answer.startswith("Orvane Swift Kettle beside Orvane Swift Pro Kettle - Price: 100 CNY and")
    cited = {(each.source, each.quote) for each in answer.citations}
    assert ("product:p-1", "Price: 100 CNY.") in cited
    assert ("product:p-2", "Price: 200 CNY.") in cited
    assert (answer.served_by, answer.hand_over) == ("rules", False)


def test_what_the_question_asks_for_is_told_first(catalog: InMemoryCatalog) -> None:
    answer = ask(catalog, "Is the Orvane Swift lighter than the Orvane Swift Pro?")
    assert "Weight: 1.2 kg and 1.5 kg" in answer.answer.partition(";")[0]


def test_the_product_in_view_is_it(catalog: InMemoryCatalog) -> None:
    answer = ask(catalog, "How does it compare to the Mistvale Teapot?", product_id="p-1")
    assert answer.comparison is not None
    assert [each.product_id for each in answer.comparison.products] == ["p-1", "p-3"]


def test_chinese_is_compared_in_chinese(catalog: InMemoryCatalog) -> None:
    answer = ask(catalog, "Orvane Swift 和 Orvane Swift Pro 有什么区别？")
    assert "重量分别为1.2千克和1.5千克" in answer.answer


@pytest.mark.parametrize(
    "question",
    ["What is the difference between a loan and a lease?", "Compare the Orvane Swift with your best car"],
)
def test_what_is_not_two_products_of_the_shop_is_not_compared(
    catalog: InMemoryCatalog, question: str
) -> None:
    assert ask(catalog, question).comparison is None


def test_instead_of_what_is_gone_the_most_alike_of_its_kind_is_named(catalog: InMemoryCatalog) -> None:
    answer = ask(catalog, "Is it in stock?", product_id="p-2")
    assert answer.suggestion is not None
    assert (answer.suggestion.product_id, answer.suggestion.title) == ("p-1", "Orvane Swift Kettle")
    assert answer.answer.endswith(answer.suggestion.reason)
    assert ask(catalog, "Is it in stock?", product_id="p-1").suggestion is None
    teapot = TEAPOT.model_copy(update={"availability": "out_of_stock", "product_type": "Tea > Teapots"})
    alone = InMemoryCatalog([KETTLE, KETTLE_PRO, teapot], ARTICLES)
    assert ask(alone, "Is it in stock?", product_id="p-3").suggestion is None


def test_a_colleague_is_told_what_was_asked_of_what_and_what_came_close(catalog: InMemoryCatalog) -> None:
    conversations = InMemoryConversations()
    service = Answers(catalog, InMemoryCustomers(), ScriptedModel(), frozenset(), conversations=conversations)

    def say(question: str, conversation: str | None = None) -> Answer:
        return service.answer(
            Question(question=question, customer_id="c-1", conversation_id=conversation), NOW
        )

    first = say("How heavy is the Orvane Swift kettle?")
    assert first.hand_over_summary is None
    answer = say("And does it sing elephant songs?", first.conversation_id)
    told = answer.hand_over_summary
    assert answer.hand_over
    assert told is not None
    assert (told.asked, told.product_id) == ("And does it sing elephant songs?", "p-1")
    assert told.product_title == "Orvane Swift Kettle"
    assert told.closest is not None
    assert answer.citations == []
    person = say("I want to speak to a human").hand_over_summary
    assert person is not None
    assert (person.question, person.closest) == ("I want to speak to a human", None)


@pytest.mark.parametrize(
    ("question", "suggested"),
    [
        ("Do you have something cheaper?", "p-1"),
        ("Is there a less expensive one?", "p-1"),
        ("有没有便宜一点的？", "p-1"),
        ("Have you got anything like this?", "p-1"),
        ("有类似的吗？", "p-1"),
    ],
)
def test_another_product_is_named_with_its_reason_where_it_is_asked_for(
    catalog: InMemoryCatalog, question: str, suggested: str
) -> None:
    answer = ask(catalog, question, product_id="p-2")
    assert answer.suggestion is not None
    assert answer.suggestion.product_id == suggested
    assert answer.answer == answer.suggestion.reason
    assert {each.source for each in answer.citations} == {f"product:{suggested}"}


def test_nothing_cheaper_is_made_up(catalog: InMemoryCatalog) -> None:
    assert ask(catalog, "Do you have something cheaper?", product_id="p-1").suggestion is None
