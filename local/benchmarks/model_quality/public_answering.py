"""Answers to public questions on products: is evidence found, its absence noticed, is it worded well."""

from __future__ import annotations

from functools import partial
from typing import Any

from shopwright.answers import Answers
from shopwright.passages import Sentence
from shopwright.questions import Question
from shopwright.retrieval import WordIndex

from .answer_counts import AnswerCounts, nearest
from .answering import LANGUAGES, NOW, fill
from .progress import Progress
from .public_data import Labelled, PublicData
from .rehearsal import Rehearsal
from .rows import Results
from .shelf import Shelf
from .verdicts import verdict_by_label


def answers_of_people(rehearsal: Rehearsal, data: PublicData, count: int, progress: Progress) -> Results:
    """hetPQA: the model alone words the text that answers; and would people's own answers pass the check?"""
    results = Results()
    counts = AnswerCounts(results, "hetPQA")
    words = WordIndex(row.text for row in data.answered(10**6))
    for row in progress.each(data.answered(count), "answers: hetPQA"):
        sentence = _sentence("Product", row.text)
        counts.phrasing(True, "en", row.question, sentence, words, rehearsal)
    for row in data.answered(10 * count):  # costs no model
        counts.person("en", row.question, _sentence("Product", row.text), words, row.answer, rehearsal)
    return results


def labelled_answers(
    rehearsal: Rehearsal, shelf: Shelf, data: PublicData, count: int, progress: Progress
) -> Results:
    """ePQA: each question is asked twice, of a product with all its texts and of one without the answering.

    Args:
        shelf: an empty catalogue; the products are put into it, with their texts as description.
    """
    results = Results()
    counts = AnswerCounts(results, "ePQA")
    rows = data.labelled(count)
    products = [_product(at, row, answerable) for at, row in enumerate(rows) for answerable in (True, False)]
    fill(shelf, rehearsal, products, [], progress)
    service = Answers(shelf.catalog, shelf.customers, rehearsal, LANGUAGES)
    words = WordIndex(text for row in rows for text in (*row.answering, *row.silent))
    for at, row in enumerate(progress.each(rows, "answers: ePQA")):
        for answerable in (True, False):
            question = Question(question=row.question, product_id=_id(at, answerable), language="en")
            heard = rehearsal.hear(partial(service.answer, question, NOW))
            verdict = verdict_by_label(heard.together, row.answering)
            counts.service(answerable, "en", verdict, heard)
            sentences = [_sentence(row.title, text) for text in (row.answering if answerable else row.silent)]
            sentence = nearest(row.question, sentences, words)
            if sentence:
                counts.phrasing(answerable, "en", row.question, sentence, words, rehearsal)
    return results


def _id(at: int, answerable: bool) -> str:
    return f"q-{at}-{'full' if answerable else 'bare'}"


def _product(at: int, row: Labelled, answerable: bool) -> dict[str, Any]:
    texts = [*row.silent, *(row.answering if answerable else ())]
    return {
        "id": _id(at, answerable),
        "title": row.title,
        "price": "1.00 USD",  # asked of none of them
        "description": "\n".join(sorted(texts)),  # sorted, so that place tells nothing
    }


def _sentence(title: str, text: str) -> Sentence:
    return Sentence("product:q", 0, "en", title, text, "description")
