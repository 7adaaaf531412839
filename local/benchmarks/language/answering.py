"""The sample shop's questions, asked of the whole: answered right or wrongly, refused rightly or wrongly."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local.benchmarks.model_quality.shelf import Shelf, shelf
from local.benchmarks.model_quality.verdicts import verdict
from local.embedding import LocalEmbeddings
from local.evidence import evidence_here
from local.sample import load_articles, load_products, load_questions
from shopwright.answers import Answers, Question
from shopwright.cataloguing import MAX_ITEMS, Cataloguing
from shopwright.errors import ModelUnavailable
from shopwright.ports import Embedded, LanguageModel

_NOW = datetime(2026, 11, 1, tzinfo=UTC)


class RulesOnly:
    """ports.LanguageModel that embeds and writes nothing: the rung that stands without a text model."""

    def __init__(self, embeddings: LocalEmbeddings) -> None:
        self._embeddings = embeddings

    def generate(self, *_: Any, **__: Any) -> Any:
        raise ModelUnavailable("there is no text model here")

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        return Embedded(self._embeddings.model.id, self._embeddings.queries(texts).tolist())

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        return Embedded(self._embeddings.model.id, self._embeddings.passages(texts).tolist())


@contextmanager
def shop_of_sample(model: LanguageModel) -> Iterator[Shelf]:
    """The sample shop, its products and articles embedded."""
    with shelf(dimensions=len(model.embed_queries(["a"]).vectors[0])) as shop:
        cataloguing = Cataloguing(shop.catalog, model)
        products = load_products()
        for start in range(0, len(products), MAX_ITEMS):
            cataloguing.put_products(products[start : start + MAX_ITEMS], _NOW)
        cataloguing.put_articles(load_articles())
        yield shop


def measure(embeddings: LocalEmbeddings, say: Callable[[str], None]) -> dict[str, Any]:
    """By set of questions and language: of the `answerable` ones `right`, `wrong` and `refused`, of the
    `unanswerable` ones `refused_rightly`; and each set's seconds an answer, median and 95th percentile."""
    model = RulesOnly(embeddings)
    found: dict[str, Any] = {}
    with shop_of_sample(model) as shop:
        service = Answers(
            shop.catalog, shop.customers, model, frozenset({"en"}), evidence_model=evidence_here()
        )
        for name, rows in (("fitted on", load_questions()), ("held out", load_questions(held_out=True))):
            say(f"answers: {len(rows)} questions, {name}")
            found[name] = _asked(service, rows)
    return found


def _asked(service: Answers, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    seconds = []
    for row in rows:
        asked = {name: row[name] for name in ("question", "language", "product_id") if row.get(name)}
        started = time.perf_counter()
        answer = service.answer(Question.model_validate(asked), _NOW)
        seconds.append(time.perf_counter() - started)
        count, judged = counts[row["language"]], verdict(row, answer)
        if row["source"]:
            count["answerable"] += 1
            count[judged] += 1
        else:
            count["unanswerable"] += 1
            count["refused_rightly"] += judged == "refused"
    seconds.sort()
    return {
        **{language: dict(count) for language, count in counts.items()},
        "seconds": {
            "median": round(seconds[len(seconds) // 2], 3),
            "p95": round(seconds[int(len(seconds) * 0.95)], 3),
        },
    }
