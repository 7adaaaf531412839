"""Finding in the sample shop: the passage that answers among all that it knows; and Chinese by words."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from local.sample import load_articles, load_products, load_questions
from shopwright.knowledge import Knowledge
from shopwright.products import Article, Language, Product
from shopwright.retrieval import WordIndex, blend, is_chinese, runs, terms, tokens

from .copy import Described
from .evidence import METHODS, Embedder

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_TOP = 20
Cut = Callable[[str], list[str]]


def sample_shop(embedder: Embedder) -> dict[str, Any]:
    """Of the questions that name no product by id: how often the right passage is first, and among six."""
    found: dict[str, Any] = {}
    for language in _LANGUAGES:
        knowledge = _knowledge(language)
        rows = [
            row
            for row in load_questions()
            if row["source"] and not row.get("product_id") and row["language"] == language
        ]
        asked = [row["question"] for row in rows]
        passages = embedder.passages([f"{each.title}\n{each.text}" for each in knowledge.passages])
        similarities = embedder.queries(asked) @ passages.T
        ranks: dict[str, list[int]] = {name: [] for name in METHODS}
        for row, similar in zip(rows, similarities.tolist(), strict=True):
            said = dict(knowledge.words.search(terms(row["question"]), top=len(similar)))
            by_words = [said.get(at, 0.0) for at in range(len(similar))]
            for name, scores in (("bm25", by_words), ("dense", similar), ("fused", blend(similar, by_words))):
                ranks[name].append(_rank(scores, [each.source for each in knowledge.passages], row["source"]))
        found[language] = {"questions": len(rows), **{name: _told(each) for name, each in ranks.items()}}
    return found


def chinese(copies: Sequence[Described]) -> dict[str, Any]:
    """BM25 alone, Chinese cut in several ways: MRR of the right passage, and of the copy for attributes."""
    knowledge = _knowledge("zh")
    questions = [
        row
        for row in load_questions()
        if row["source"] and not row.get("product_id") and row["language"] == "zh"
    ]
    sources = [each.source for each in knowledge.passages]
    shop = [f"{each.title}\n{each.text}" for each in knowledge.passages]
    found: dict[str, Any] = {}
    for name, cut in _ways().items():
        index = _Cut(shop, cut)
        ranks = [
            index.rank(row["question"], lambda at, row=row: sources[at] == row["source"]) for row in questions
        ]
        found[name] = {"questions": round(float(np.mean(ranks)), 4)}
        if copies:
            index = _Cut([each.text for each in copies], cut)
            ranks = [
                index.rank(_attributes(each), lambda at, place=place: at == place)
                for place, each in enumerate(copies)
            ]
            found[name]["copies"] = round(float(np.mean(ranks)), 4)
    return found


class _Cut:
    """BM25 over texts that are cut in another way: as words parted by spaces, which stay as they are."""

    def __init__(self, texts: Iterable[str], cut: Cut) -> None:
        self._names: dict[str, str] = {}
        self._cut = cut
        self._index = WordIndex(" ".join(self._named(text)) for text in texts)

    def rank(self, question: str, right: Callable[[int], bool]) -> float:
        """The reciprocal rank of the first right text; 0 beyond the first twenty."""
        hits = self._index.search(self._named(question), top=_TOP)
        return next((1 / rank for rank, (at, _) in enumerate(hits, 1) if right(at)), 0.0)

    def _named(self, text: str) -> list[str]:
        # A number for each word: the index does not cut numbers.
        return [self._names.setdefault(word, str(len(self._names))) for word in self._cut(text)]


def _ways() -> dict[str, Cut]:
    def characters(text: str) -> list[str]:
        return [part for run in runs(text) for part in (run if is_chinese(run) else [run])]

    ways: dict[str, Cut] = {"pairs": tokens, "pairs and characters": terms, "characters": characters}
    ways["threes"] = lambda text: [
        part
        for run in runs(text)
        for part in (
            [run[at : at + 3] for at in range(len(run) - 2)] if is_chinese(run) and len(run) > 3 else [run]
        )
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import jieba
        except ImportError:
            return ways
    jieba.setLogLevel(logging.ERROR)
    ways["jieba, for searching"] = lambda text: [
        word for run in runs(text) for word in (jieba.cut_for_search(run) if is_chinese(run) else [run])
    ]
    return ways


def _attributes(row: Described) -> str:
    return "，".join(f"{name}：{value}" for name, values in row.attributes.items() for value in values)


def _knowledge(language: Language) -> Knowledge:
    return Knowledge(
        [Product.model_validate(row) for row in load_products()],
        [Article.model_validate(row) for row in load_articles()],
        language,
    )


def _rank(scores: Sequence[float], sources: Sequence[str], right: str) -> int:
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return next(rank for rank, at in enumerate(order, 1) if sources[at] == right)


def _told(ranks: Sequence[int]) -> dict[str, float]:
    return {
        "mrr": round(float(np.mean([1 / rank for rank in ranks])), 4),
        "first": round(float(np.mean([rank == 1 for rank in ranks])), 4),
        "among_six": round(float(np.mean([rank <= 6 for rank in ranks])), 4),
    }
