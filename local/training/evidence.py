"""``python -m local.training.evidence``: fits what evidence.py weighs the signs of an answer with.

On the sample shop's questions, asked of the whole shop, and on those of data/answerability about pages that
the network was not trained on; each also with the sentences that answer it taken away. Prints the weights of
a logistic regression, and what they are worth on questions that they were not fitted on: all are cut into ten
parts, each judged by weights of the nine others.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from local.benchmarks.answerability import documents
from local.benchmarks.language.answering import RulesOnly, shop_of_sample
from local.benchmarks.model_quality.verdicts import holds
from local.embedding import LocalEmbeddings
from local.evidence import LocalEvidence
from local.sample import load_questions
from shopwright.evidence import Signs, look, read, shortlist
from shopwright.knowledge import Library
from shopwright.passages import Kind, Sentence
from shopwright.ports import EvidenceModel
from shopwright.products import Language
from shopwright.questions import Question
from shopwright.retrieval import WordIndex

_FOLDS, _PENALTY, _STEPS = 10, 1.0, 30
_NEAR = 60  # passages of which the spread is taken, as in knowledge.py
_NAMES = ("stands_out", "covered", "covered_alone", "right_kind", "yes_no", "log_odds")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question, its candidates, and which of them answer."""

    group: str
    question: str
    sentences: Sequence[Sentence]
    right: Sequence[bool]
    words: WordIndex
    similarities: Sequence[float]
    spread: float


@dataclass(frozen=True)
class Case:
    """What is known of the sentence that was chosen, and whether it is right."""

    number: int  # of the question
    group: str
    signs: Signs
    right: bool
    answerable: bool


def main(
    threshold: Annotated[float, typer.Option(help="Probability from which on it is answered.")] = 0.6,
) -> None:
    """Print the weights, and how many questions they answer right, wrong, and not, cross-validated."""
    cases = _cases()
    rows = np.array([_row(case.signs) for case in cases])
    wanted = np.array([case.right for case in cases], float)
    part = np.random.default_rng(1).permutation(max(case.number for case in cases) + 1) % _FOLDS
    parts = part[[case.number for case in cases]]
    told = np.zeros(len(cases))
    for fold in range(_FOLDS):
        weights = fitted(rows[parts != fold], wanted[parts != fold])
        told[parts == fold] = _probability(rows[parts == fold], weights)
    names = (*_NAMES, "says_nothing", "bias")
    typer.echo(json.dumps(dict(zip(names, fitted(rows, wanted).round(2).tolist(), strict=True))))
    answerable = np.array([case.answerable for case in cases])
    for group in dict.fromkeys(case.group for case in cases):
        own = np.array([case.group == group for case in cases])
        _say(group, told[own], wanted[own] > 0, answerable[own], threshold)


def _say(
    group: str,
    told: Floats,
    right: npt.NDArray[np.bool_],
    answerable: npt.NDArray[np.bool_],
    threshold: float,
) -> None:
    for least in (threshold, float(np.quantile(told[~answerable], 0.95))):
        answered = told >= least
        worth = {
            "questions": group,
            "threshold": least,
            "right": (answered & right)[answerable].mean(),
            "wrong": (answered & ~right)[answerable].mean(),
            "refused rightly": (~answered)[~answerable].mean(),
        }
        typer.echo(
            json.dumps({k: round(float(v), 3) if not isinstance(v, str) else v for k, v in worth.items()})
        )


def fitted(rows: Floats, wanted: Floats) -> Floats:
    """Weights of a logistic regression, by Newton's method; all but the last are pulled towards 0."""
    weights = np.zeros(rows.shape[1])
    pull = np.full(rows.shape[1], _PENALTY)
    pull[-1] = 0.0
    for _ in range(_STEPS):
        told = _probability(rows, weights)
        slope = rows.T @ (wanted - told) - pull * weights
        bend = (rows.T * (told * (1 - told))) @ rows + np.diag(pull)
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def _row(signs: Signs) -> list[float]:
    return [*(float(getattr(signs, name)) for name in _NAMES), float(signs.covered_alone == 0), 1.0]


def _probability(rows: Floats, weights: Floats) -> Floats:
    told: Floats = 1 / (1 + np.exp(-(rows @ weights)))
    return told


def _cases() -> list[Case]:
    embeddings, evidence = LocalEmbeddings(), LocalEvidence()
    found: list[Case] = []
    asked = [*_of_sample(embeddings), *_of_pages(embeddings)]
    for number, each in enumerate(asked):
        if number % 100 == 0:
            typer.echo(f"{number} of {len(asked)} questions", err=True)
        everything = list(range(len(each.sentences)))
        without = [at for at in everything if not each.right[at]]
        found += _case(number, each, everything, any(each.right), evidence)
        if len(without) < len(everything):
            found += _case(number, each, without, False, evidence)
    return found


def _case(
    number: int, asked: Asked, places: Sequence[int], answerable: bool, evidence: EvidenceModel
) -> Iterator[Case]:
    sentences = [asked.sentences[at] for at in places]
    if not sentences:
        return
    similarities = [asked.similarities[at] for at in places]
    odds = read(asked.question, sentences, evidence)
    signs, at, _ = look(asked.question, sentences, asked.words, similarities, asked.spread, odds)
    if signs:
        yield Case(number, asked.group, signs, asked.right[places[at]], answerable)


def _of_sample(embeddings: LocalEmbeddings) -> Iterator[Asked]:
    model = RulesOnly(embeddings)
    with shop_of_sample(model) as shop:
        library = Library(shop.catalog)
        for row in load_questions():
            question = Question(question=row["question"], language=row["language"])
            knowledge = library.knowledge(question.spoken)
            product = shop.catalog.product(row["product_id"]) if row.get("product_id") else None
            vector = model.embed_queries([question.question])
            found = knowledge.find(question.question, shop.catalog, vector, product)
            sentences = shortlist(question.question, found.sentences, knowledge.words)
            passages = embeddings.passages([sentence.in_context for sentence in sentences])
            yield Asked(
                "sample shop",
                question.question,
                sentences,
                [row["source"] == each.source and holds(each.text, row["answer"]) for each in sentences],
                knowledge.words,
                (passages @ np.array(vector.vectors[0])).tolist(),
                found.spread or 1.0,
            )


def _of_pages(embeddings: LocalEmbeddings) -> Iterator[Asked]:
    pages = list(documents())
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        texts = [
            "\n".join([page["title"], *page["sentences"]]) for page in pages if page["language"] == language
        ]
        words, everything = WordIndex(texts), embeddings.passages(texts)
        for page in documents(held_out=True):
            if page["language"] != language:
                continue
            product = page["kind"] == "product"
            source = "product:page" if product else "article:page"
            kind: Kind = "detail" if product else "paragraph"
            sentences = [
                Sentence(source, 0, language, page["title"], text, kind) for text in page["sentences"]
            ]
            passages = embeddings.passages([sentence.in_context for sentence in sentences])
            vectors = embeddings.queries([question["q"] for question in page["questions"]])
            for question, vector in zip(page["questions"], vectors, strict=True):
                near = np.sort(everything @ vector)[-_NEAR:]
                yield Asked(
                    "pages",
                    question["q"],
                    sentences,
                    [at in question["a"] for at in range(len(sentences))],
                    words,
                    (passages @ vector).tolist(),
                    statistics.pstdev(near.tolist()),
                )


if __name__ == "__main__":
    typer.run(main)
