"""``python -m local.benchmarks.answerability``: does similarity alone tell whether a sentence answers?

Over the documents of local/training/data/answerability: every question against all sentences of its document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer

from local.embedding import LocalEmbeddings

_DOCUMENTS = Path(__file__).parents[1] / "training" / "data" / "answerability"
_REFUSED = 0.95  # the share of unanswerable questions that has to be refused

Floats = npt.NDArray[np.floating[Any]]


def documents() -> Iterator[dict[str, Any]]:
    """Each `language`, `kind`, `title`, `sentences`, and `questions`: `q`, and in `a` the places of the
    sentences that answer it by themselves."""
    for file in sorted(_DOCUMENTS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def measured(scores: list[tuple[Floats, list[int]]]) -> dict[str, float]:
    """What scores are worth.

    Args:
        scores: a question each: of every sentence, and the places of those that answer.

    Returns:
        `first`: of the answerable, the share whose best sentence answers. `auc`: the probability that the
        best score of an answerable question is above that of another one. `answered`: the share of the
        answerable that are answered rightly where 95 % of the others are refused.
    """
    told = [(float(row.max()), int(row.argmax()) in right) for row, right in scores if right]
    others = np.array([float(row.max()) for row, right in scores if not right])
    best, first = np.array([score for score, _ in told]), np.array([right for _, right in told])
    pairs = (best[:, None] > others).mean() + (best[:, None] == others).mean() / 2
    return {
        "questions": len(scores),
        "answerable": len(told),
        "first": round(float(first.mean()), 3),
        "auc": round(float(pairs), 3),
        "answered": round(float((first & (best > np.quantile(others, _REFUSED))).mean()), 3),
    }


def main() -> None:
    """Print, per language, one JSON object."""
    embeddings = LocalEmbeddings()
    by_language: dict[str, list[tuple[Floats, list[int]]]] = {}
    for number, document in enumerate(documents(), 1):
        if number % 50 == 0:
            typer.echo(f"{number} documents", err=True)
        sentences = embeddings.passages([f"{document['title']}: {text}" for text in document["sentences"]])
        asked = embeddings.queries([question["q"] for question in document["questions"]])
        rows = by_language.setdefault(document["language"], [])
        rows += zip(asked @ sentences.T, [question["a"] for question in document["questions"]], strict=True)
    for language, rows in by_language.items():
        typer.echo(json.dumps({"language": language, **measured(rows)}))


if __name__ == "__main__":
    typer.run(main)
