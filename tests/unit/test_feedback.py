"""What is kept of questions, and what the shop learns from those it could not answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shopwright.answers import Answers, Question
from shopwright.consent import PURPOSES
from shopwright.errors import NotFound, StoreUnavailable
from shopwright.feedback import AskedQuestion, Opinion
from shopwright.gaps import ArticleGaps, Gaps
from shopwright.grouping import by_meaning, by_words, grouped

from .fakes import InMemoryCatalog, InMemoryCustomers, InMemoryQuestions, ScriptedModel
from .test_answers import ARTICLES, PRODUCTS

NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def answers(questions: InMemoryQuestions, allowed: frozenset = frozenset(PURPOSES)) -> Answers:
    return Answers(
        InMemoryCatalog(PRODUCTS, ARTICLES),
        InMemoryCustomers(allowed),
        ScriptedModel(),
        frozenset(),
        questions=questions,
    )


def test_a_question_is_kept_with_what_came_of_it() -> None:
    kept = InMemoryQuestions()
    service = answers(kept)
    told = service.answer(Question(question="How heavy is the Orvane Swift kettle?", customer_id="c-1"), NOW)
    lost = service.answer(Question(question="Do you sell elephants?", customer_id="c-1"), NOW)
    first, second = kept.kept[told.question_id], kept.kept[lost.question_id]
    assert (first.customer_id, first.outcome, first.source) == ("c-1", "answered", "product:p-1")
    assert (second.outcome, second.source, second.question) == ("not_known", None, "Do you sell elephants?")
    assert (first.failed, second.failed) == (False, True)


def test_of_somebody_who_lets_nothing_be_kept_neither_name_nor_number_is() -> None:
    kept = InMemoryQuestions()
    service = answers(kept, frozenset(PURPOSES) - {"personalisation"})
    asked = Question(question="Can you call me on 13812345678 about elephants?", customer_id="c-1")
    [one] = [kept.kept[service.answer(asked, NOW).question_id]]
    assert one.customer_id is None
    assert one.question == "Can you call me on ... about elephants?"


def test_that_a_question_cannot_be_kept_is_no_reason_not_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    kept = InMemoryQuestions()
    monkeypatch.setattr(kept, "keep", away)
    asked = Question(question="How heavy is the Orvane Swift kettle?")
    assert "1.2 kg" in answers(kept).answer(asked, NOW).answer


def test_an_opinion_replaces_the_one_before_and_is_the_customers_own() -> None:
    kept = InMemoryQuestions(question(1, "How heavy is it?", "c-1", outcome="answered"))
    kept.add_opinion("q-1", "c-1", Opinion(helpful=True), NOW)
    kept.add_opinion("q-1", "c-1", Opinion(helpful=False, why="wrong"), NOW)
    assert kept.kept["q-1"].failed
    with pytest.raises(NotFound):
        kept.add_opinion("q-1", "c-2", Opinion(helpful=True), NOW)


def question(
    number: int, text: str, customer: str | None, outcome: str = "not_known", **more
) -> AskedQuestion:
    return AskedQuestion(
        question_id=f"q-{number}",
        customer_id=customer,
        question=text,
        language="zh" if any(ord(each) > 0x2FFF for each in text) else "en",
        asked_at=NOW + timedelta(minutes=number),
        outcome=outcome,
        **more,
    )


def gaps(*asked: AskedQuestion, model: ScriptedModel | None = None) -> Gaps:
    catalog = InMemoryCatalog(PRODUCTS, ARTICLES)
    service = ArticleGaps(InMemoryQuestions(*asked), catalog, model or ScriptedModel())
    made = service.refresh(NOW)
    assert service.read() == made
    return made


WRAPPING = [
    question(1, "Do you offer gift wrapping?", "c-1", product_id="p-1"),
    question(2, "Is gift wrapping something you offer?", "c-2"),
    question(3, "Do you offer gift wrapping please?", "c-3", product_id="p-1"),
]


@pytest.mark.parametrize("down", [False, True], ids=["by meaning", "by words"])
def test_questions_about_one_matter_are_one_gap(down: bool) -> None:
    model = ScriptedModel()
    model.embeddings_down = down
    made = gaps(*WRAPPING, question(4, "Which tram stops at the warehouse?", "c-4"), model=model)
    [gap] = made.gaps
    assert (gap.asked, gap.customers, gap.not_known, gap.not_helpful) == (3, 3, 3, 0)
    assert {gap.question, *gap.examples} == {each.question for each in WRAPPING}
    assert (gap.languages, gap.product_ids) == ({"en": 3}, ["p-1"])
    assert (made.questions, made.asked_once) == (4, 1)
    assert made.degraded == ("no_embeddings" if down else None)
    assert (gap.closest is None) == down


def test_what_one_customer_asks_again_and_again_is_not_shown() -> None:
    same = [question(number, "Where does Anna Keller live?", "c-1") for number in range(4)]
    made = gaps(*same)
    assert (made.gaps, made.asked_once) == ([], 4)


def test_what_was_answered_counts_if_it_did_not_help() -> None:
    asked = [
        question(1, "Who pays for the return?", "c-1", "answered", opinion=Opinion(helpful=False)),
        question(2, "Who pays for the return?", "c-2", "answered", opinion=Opinion(helpful=True)),
        question(3, "Who pays for the return?", "c-3", "answered"),
        question(4, "Who pays for the return?", None),
        question(5, "I want to talk to a person", None, "person_wanted"),
    ]
    [gap] = gaps(*asked).gaps
    assert (gap.asked, gap.not_known, gap.not_helpful, gap.examples) == (2, 1, 1, [])


def test_no_personal_data_is_shown() -> None:
    made = gaps(
        question(1, "Do you offer gift wrapping? Write to anna@mail.example", "c-1"),
        question(2, "Do you offer gift wrapping? Write to otto@mail.example", "c-2"),
    )
    assert "@" not in made.model_dump_json()


def test_the_most_asked_for_stand_first_and_nothing_is_no_fault() -> None:
    lamps = [question(10 + n, "Do lamps come with bulbs inside?", f"c-{n}") for n in range(2)]
    assert [gap.asked for gap in gaps(*lamps, *WRAPPING).gaps] == [3, 2]
    assert gaps().model_dump(exclude={"made_at"}) == Gaps().model_dump(exclude={"made_at"})


def test_only_the_latest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwright.gaps._MOST_QUESTIONS", 2)
    made = gaps(*WRAPPING)
    assert (made.questions, made.left_out, made.gaps[0].asked) == (3, 1, 2)
    assert WRAPPING[0].question not in (made.gaps[0].question, *made.gaps[0].examples)


def test_languages_are_compared_about_their_own_mean() -> None:
    """English stands at one place, Chinese at another; what is asked is told by the third number."""
    vectors = [[1, 0, 0.2], [1, 0, -0.2], [0, 1, 0.2], [0, 1, -0.2]]
    alike = by_meaning(vectors, ["en", "en", "zh", "zh"])
    assert sorted(map(sorted, grouped(4, alike, 0.5))) == [[0, 2], [1, 3]]


def test_groups_that_came_to_be_alike_are_joined() -> None:
    """The first two have nothing in common until a third has, with both."""
    alike = {(0, 1): 0.0, (0, 2): 0.6, (1, 2): 0.6, (0, 3): 0.5, (1, 3): 0.9, (2, 3): 0.9}

    def similarity(one: int, other: int) -> float:
        return alike[min(one, other), max(one, other)]

    assert grouped(3, similarity, 0.7) == [[0], [1], [2]]
    assert sorted(map(sorted, grouped(4, similarity, 0.5))) == [[0, 1, 2, 3]]
    assert grouped(0, similarity, 0.5) == []


def test_by_words_what_two_have_in_common_counts() -> None:
    alike = by_words(["gift wrapping please", "gift wrapping", "你们送礼品包装吗", "礼品包装", ""])
    assert alike(0, 1) > 0.6
    assert alike(2, 3) > 0.3
    assert alike(0, 2) == alike(0, 4) == 0
