"""``python -m local.benchmarks.answerability``: what tells whether a sentence answers, and how well.

Over the documents of local/training/data/answerability, every question against all sentences of its document:
the similarity of the default embeddings, and the odds of the network that was trained on the other documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer

from local.embedding import LocalEmbeddings
from local.evidence import LocalEvidence
from model.evidence.judging import Scores, judged
from shopwright.ports import Page

_DOCUMENTS = Path(__file__).parents[1] / "training" / "data" / "answerability"


def documents(*, held_out: bool = False) -> Iterator[dict[str, Any]]:
    """Each `language`, `kind`, `title`, `sentences`, and `questions`: `q`, and in `a` the places of the
    sentences that answer it by themselves.

    Args:
        held_out: only the last of each file, which model.evidence.train tests with.
    """
    for file in sorted(_DOCUMENTS.glob("*.jsonl")):
        lines = file.read_text(encoding="utf-8").splitlines()
        for line in lines[-1:] if held_out else lines:
            yield json.loads(line)


def main() -> None:
    """Print, per method and language, one JSON object."""
    embeddings, evidence = LocalEmbeddings(), LocalEvidence()
    found: dict[tuple[str, str], list[tuple[Scores, Sequence[int]]]] = {}
    for document in documents(held_out=True):
        sentences = embeddings.passages([f"{document['title']}: {text}" for text in document["sentences"]])
        page = Page(document["title"], document["sentences"])
        vectors = embeddings.queries([question["q"] for question in document["questions"]])
        for question, asked in zip(document["questions"], vectors, strict=True):
            [odds] = evidence.log_odds(question["q"], [page])
            for method, scores in (("similarity", sentences @ asked), ("evidence", np.array(odds))):
                found.setdefault((method, document["language"]), []).append((scores, question["a"]))
    for (method, language), rows in sorted(found.items()):
        typer.echo(json.dumps({"method": method, "language": language, **vars(judged(rows))}))


if __name__ == "__main__":
    typer.run(main)
