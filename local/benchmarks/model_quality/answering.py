"""Answers to the sample shop's questions: the whole service's, and the model's part of it alone.

The service decides by search whether a question can be answered; the model only words the sentence found.
So the model alone is judged twice: given a sentence that answers, its text should pass the check; given one
that does not, it should not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args

from local.sample import load_articles, load_products, load_questions
from shopwright.answers import Answers
from shopwright.cataloguing import Catalogued, Cataloguing
from shopwright.knowledge import Knowledge, Library
from shopwright.passages import Sentence, paragraph_sentences, product_sentences
from shopwright.products import Language
from shopwright.questions import Question

from .answer_counts import AnswerCounts, nearest
from .progress import Progress
from .rehearsal import Rehearsal
from .rows import Results
from .shelf import Shelf
from .verdicts import holds, verdict

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LANGUAGES: frozenset[str] = frozenset(get_args(Language))
_BATCH = 25
_RULES_ONLY = ("price", "availability")  # told from data, never worded


def answers_of_sample(rehearsal: Rehearsal, shelf: Shelf, count: int, progress: Progress) -> Results:
    """Counts for `count` questions, spread evenly over the file and so over kinds and languages.

    Args:
        shelf: an empty catalogue; the sample shop is put into it.
    """
    results = Results()
    counts = AnswerCounts(results, "sample shop")
    fill(shelf, rehearsal, load_products(), load_articles(), progress)
    catalog = shelf.catalog
    service, library = Answers(catalog, shelf.customers, rehearsal, LANGUAGES), Library(catalog)
    for row in progress.each(_spread(load_questions(), count), "answers: sample shop"):
        fields = ("question", "language", "product_id")
        question = Question.model_validate({field: row[field] for field in fields if field in row})
        language, answerable = question.spoken, bool(row["source"])
        heard = rehearsal.hear(partial(service.answer, question, NOW))
        counts.service(answerable, language, verdict(row, heard.together), heard)
        if heard.together.served_by == "model":
            results.show(f"answer, {language}, sample shop", f"{row['question']} {heard.together.answer}")
        knowledge = library.knowledge(language)
        sentence = (_answering if answerable else _misleading)(row, language, knowledge, shelf)
        if sentence and sentence.language == language and sentence.kind not in _RULES_ONLY:
            counts.phrasing(answerable, language, question.question, sentence, knowledge.words, rehearsal)
    return results


def fill(
    shelf: Shelf,
    rehearsal: Rehearsal,
    products: Sequence[dict[str, Any]],
    articles: Sequence[dict[str, Any]],
    progress: Progress,
) -> None:
    """Put products and articles, embedded by the model, into the catalogue.

    Raises:
        ValueError: if the catalogue refuses one.
        ModelFailed: if the model gives no vectors.
    """
    cataloguing = Cataloguing(shelf.catalog, rehearsal)
    puts: list[tuple[Callable[[list[Any]], Catalogued], Sequence[dict[str, Any]]]] = [
        (partial(cataloguing.put_products, now=NOW), products),
        (cataloguing.put_articles, articles),
    ]
    for put, rows in puts:
        batches = [list(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH)]
        for batch in progress.each(batches, "answers: the catalogue, in batches"):
            rejected = rehearsal.hear(partial(put, batch)).together.rejected
            if rejected:
                raise ValueError(f"the catalogue refuses {rejected[0]}")


def _spread(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [rows[at * len(rows) // count] for at in range(min(count, len(rows)))]


def _answering(
    row: dict[str, Any], language: Language, knowledge: Knowledge, shelf: Shelf
) -> Sentence | None:
    """The first sentence of the right source that holds the answer, if one alone does."""
    kind, _, key = row["source"].partition(":")
    if kind == "product":
        sentences = product_sentences(shelf.catalog.product(key), language)
    else:
        found = [passage for passage in knowledge.passages if passage.source == row["source"]]
        sentences = [sentence for passage in found for sentence in paragraph_sentences(passage)]
    return next(
        (each for each in sentences if each.kind != "title" and holds(each.text, row["answer"])), None
    )


def _misleading(
    row: dict[str, Any], language: Language, knowledge: Knowledge, shelf: Shelf
) -> Sentence | None:
    """The sentence that lies nearest by words though nothing answers the question."""
    product = shelf.catalog.product(row["product_id"]) if row.get("product_id") else None
    found = knowledge.find(row["question"], shelf.catalog, None, product)
    return nearest(row["question"], found.sentences, knowledge.words)
