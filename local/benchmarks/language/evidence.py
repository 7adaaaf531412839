"""Ranking the texts that may answer a question about a product, in a file of ePQA's form.

A row is a candidate: `question`, `candidate`, `label` (0 says nothing, higher answers better), `ASIN`, and,
where the file has them, `qid` and `title`. Commas or tabs part the columns. The form is that of
amazon-science/contextual-product-qa.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from shopwright.retrieval import WordIndex, blend, terms

METHODS = ("bm25", "dense", "fused")
_NEEDED = ("question", "candidate", "label", "ASIN")
_CUT = 5
_RESAMPLES = 2000
_AT_ONCE = 256


class Unreadable(RuntimeError):
    """The file is not what it has to be; the message names the file, and the line or the columns."""


class Embedder(Protocol):
    """A text embedding model; vectors have length 1."""

    def queries(self, texts: Sequence[str]) -> np.ndarray: ...
    def passages(self, texts: Sequence[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Asked:
    """A question about a product, its candidate texts, and how well each answers."""

    question: str
    title: str
    candidates: tuple[str, ...]
    labels: tuple[int, ...]


def read(path: Path) -> list[Asked]:
    """The file's questions that at least one candidate answers. Raises Unreadable."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    header = text.partition("\n")[0].strip()
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in header else ",")
    missing = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise Unreadable(f"{path}: no column {', '.join(missing)}; there are {header[:200] or 'none'}")
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        label = row["label"] or ""
        if not label.isdecimal() or not row["question"] or row["candidate"] is None:
            raise Unreadable(
                f"{path}, line {rows.line_num}: {'label' if not label.isdecimal() else 'text'} missing"
            )
        groups.setdefault((row.get("qid") or row["ASIN"], row["question"]), []).append(row)
    asked = [
        Asked(
            group[0]["question"],
            group[0].get("title") or "",
            # A text from another customer's question ends with that question.
            tuple(row["candidate"].partition(" Question: ")[0].strip() for row in group),
            tuple(int(row["label"]) for row in group),
        )
        for group in groups.values()
    ]
    answered = [each for each in asked if any(each.labels)]
    if not answered:
        raise Unreadable(f"{path}: no question has a candidate with a label above 0")
    return answered


def measure(asked: Sequence[Asked], embedder: Embedder, say: Callable[[str], None]) -> dict[str, Any]:
    """MRR@5 and nDCG@5 (gain 2^label - 1) of each method, with 95 % intervals over resampled questions."""
    contexts = [f"{each.title}: {text}" if each.title else text for each in asked for text in each.candidates]
    words = WordIndex(text for each in asked for text in each.candidates)
    questions = embedder.queries([each.question for each in asked])
    passages = _embedded(contexts, embedder, say)
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}
    at = 0
    for each, question in zip(asked, questions, strict=True):
        places = range(at, at + len(each.candidates))
        at += len(each.candidates)
        said = dict(words.search(terms(each.question), top=len(places), among=places))
        by_words = [said.get(place, 0.0) for place in places]
        by_meaning = (passages[places.start : places.stop] @ question).tolist()
        for name, ranked in (
            ("bm25", by_words),
            ("dense", by_meaning),
            ("fused", blend(by_meaning, by_words)),
        ):
            order = sorted(range(len(ranked)), key=lambda place, ranked=ranked: -ranked[place])
            scores[name].append(_measured([each.labels[place] for place in order]))
    return {"questions": len(asked), **{name: _summed(pairs) for name, pairs in scores.items()}}


def _embedded(texts: Sequence[str], embedder: Embedder, say: Callable[[str], None]) -> np.ndarray:
    parts = []
    for start in range(0, len(texts), _AT_ONCE):
        parts.append(embedder.passages(texts[start : start + _AT_ONCE]))
        say(f"embedded {min(start + _AT_ONCE, len(texts)):,} of {len(texts):,} texts")
    return np.concatenate(parts)


def _measured(labels: Sequence[int]) -> tuple[float, float]:
    """Reciprocal rank and nDCG of labels in the order they were ranked."""
    first = next((rank for rank, label in enumerate(labels[:_CUT], 1) if label), None)
    return (1 / first if first else 0.0), _gained(labels) / _gained(sorted(labels, reverse=True))


def _gained(labels: Sequence[int]) -> float:
    return sum((2**label - 1) / math.log2(rank + 1) for rank, label in enumerate(labels[:_CUT], 1))


def _summed(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    values = np.array(pairs)
    drawn = np.random.default_rng(1).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5], axis=0)
    return {
        measure: round(float(values[:, column].mean()), 4)
        for column, measure in enumerate((f"mrr@{_CUT}", f"ndcg@{_CUT}"))
    } | {
        f"{measure}_interval": [round(float(low[column]), 4), round(float(high[column]), 4)]
        for column, measure in enumerate((f"mrr@{_CUT}", f"ndcg@{_CUT}"))
    }
