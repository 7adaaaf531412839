"""Answers where a model reads the question together with the pages that may answer it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shopwright.answers import Answer, Answers, Question
from shopwright.errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable
from shopwright.evidence import ANSWERABLE, best, read
from shopwright.passages import product_sentences
from shopwright.ports import Page
from shopwright.retrieval import WordIndex

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel
from .test_answers import ARTICLES, KETTLE, NOW, PRODUCTS, TEAPOT


class ToldEvidence:
    """ports.EvidenceModel: high odds for sentences with the words it was told, or the error it was told."""

    def __init__(self, words: str = "", error: ModelError | None = None) -> None:
        self._words, self.error = words, error
        self.asked: list[list[Page]] = []

    def log_odds(self, question: str, pages: Sequence[Page]) -> list[list[float]]:
        self.asked.append(list(pages))
        if self.error:
            raise self.error
        return [[6.0 if self._words in text else -6.0 for text in page.sentences] for page in pages]


def service(model: ToldEvidence) -> Answers:
    catalog = InMemoryCatalog(PRODUCTS, ARTICLES)
    return Answers(catalog, InMemoryCustomers(), ScriptedModel(), frozenset(), evidence_model=model)


def ask(model: ToldEvidence, question: str, product_id: str | None = "p-1") -> Answer:
    return service(model).answer(Question(question=question, product_id=product_id), NOW)


def test_of_sentences_that_are_as_near_the_likeliest_answers() -> None:
    kettle = product_sentences(KETTLE, "en")
    words, alike = WordIndex(sentence.text for sentence in kettle), [0.5] * len(kettle)
    told, none = ([9.0 if each in sentence.text else -9.0 for sentence in kettle] for each in ("Power", "?"))
    question = "Will my old socket cope with it?"
    found, nothing = (best(question, kettle, words, alike, 0.1, odds) for odds in (told, none))
    assert found is not None
    assert nothing is not None
    assert found.sentence.text == "Power: 2200 W."
    assert found.confidence >= ANSWERABLE > nothing.confidence


def test_what_no_sentence_answers_is_handed_over_however_alike_it_is() -> None:
    answer = ask(ToldEvidence("nothing of the kind"), "Which colours of the Swift Kettle have a warranty?")
    assert (answer.hand_over_reason, answer.citations) == ("not_known", [])


def test_pages_are_read_one_by_one_and_the_odds_come_back_in_the_order_of_the_sentences() -> None:
    kettle, teapot = (product_sentences(each, "en") for each in (KETTLE, TEAPOT))
    mixed = [kettle[0], teapot[0], *kettle[1:], *teapot[1:]]
    model = ToldEvidence("Porcelain")
    odds = read("what is it made of?", mixed, model)
    assert [mixed[at].text for at, value in enumerate(odds) if value > 0] == ["Material: Porcelain."]
    assert [page.title for page in model.asked[0]] == ["Orvane Swift Kettle", "Mistvale Teapot"]
    assert model.asked[0][0].sentences == [sentence.text for sentence in kettle[1:]]


@pytest.mark.parametrize(
    ("error", "asked"),
    [(ModelRefused("400"), 1), (ModelUnavailable("slow"), 2), (ModelAnswerInvalid("rubbish"), 2)],
)
def test_without_it_similarity_answers_and_an_endpoint_that_has_none_is_not_asked_again(
    error: ModelError, asked: int
) -> None:
    model = ToldEvidence(error=error)
    answers = service(model)
    for question in ("How heavy is it?", "What is its capacity?"):
        answer = answers.answer(Question(question=question, product_id="p-1"), NOW)
        assert answer.citations[0].source == "product:p-1"
        assert answer.degraded == "model_language"
    assert len(model.asked) == asked
