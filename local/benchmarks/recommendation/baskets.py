"""Real baskets (UCI's Online Retail), and what to recommend beside a product, counted from them plainly."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from local.benchmarks.model_speed.processes import job
from local.benchmarks.recommendation.parts import RECOMMENDERS, Missing
from shopwright.events import Event
from shopwright.products import Product

FILE = "online-retail/online_retail_2010-2011.parquet"


@dataclass(frozen=True)
class Orders:
    """All orders and what was ordered. `left_out`: order lines by the reason they were not taken."""

    events: list[Event]
    products: dict[str, Product]
    lines: int
    left_out: dict[str, int]


def orders(file: Path) -> Orders:
    """What the file holds. Raises Missing without pyarrow."""
    if not (RECOMMENDERS / "pyarrow").is_dir():
        raise Missing("needs pyarrow in .recommenders: `make bench-recommend` installs it")
    with tempfile.TemporaryDirectory(prefix="order-lines-") as folder:
        events, products = Path(folder) / "events.jsonl", Path(folder) / "products.jsonl"
        found = job(
            "order_lines",
            {"file": str(file.resolve()), "events": str(events), "products": str(products)},
            recommenders_environment(),
            package="local.benchmarks.recommendation",
        )
        rows = [Product.model_validate_json(line) for line in _lines(products)]
        read = [Event.model_validate_json(line) for line in _lines(events)]
    return Orders(read, {product.id: product for product in rows}, found["lines"], found["left_out"])


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def recommenders_environment() -> dict[str, str]:
    """What a child needs to import the packages in .recommenders: before ours, as they pin older ones."""
    paths = [str(RECOMMENDERS), *filter(None, [os.environ.get("PYTHONPATH")])]
    # Threads of a library that computes for one request at a time only get in each other's way.
    return {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}


def with_variants(products: Iterable[Product]) -> dict[str, Product]:
    """The same, where articles whose codes have the same five digits (85123A, 85123B) are variants."""
    return {product.id: product.model_copy(update={"item_group_id": product.id[:5]}) for product in products}


class Counted:
    """Plain counts of baskets.

    Args:
        baskets: products, each at most once.
    """

    def __init__(self, baskets: Sequence[Sequence[str]]) -> None:
        self._ids = sorted({key for basket in baskets for key in basket})
        self._place = {key: place for place, key in enumerate(self._ids)}
        rows = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
        columns = [self._place[key] for basket in baskets for key in basket]
        shape = (len(baskets), len(self._ids))
        held = sparse.csr_array((np.ones(len(columns), np.float32), (rows, columns)), shape=shape)
        self._together = sparse.csr_array(held.T @ held)
        self._in = np.asarray(held.sum(0)).ravel()
        self._best = np.argsort(-self._in, kind="stable")

    @property
    def counts(self) -> dict[str, float]:
        """How many baskets hold each product."""
        return {key: float(count) for key, count in zip(self._ids, self._in, strict=True)}

    def most_often(self, query: str, top: int = 10) -> list[str]:
        """What lies in most baskets with it; equal ones by id."""
        return self._ranked(query, top, False)

    def by_cosine(self, query: str, top: int = 10) -> list[str]:
        """The same count over the root of both products' baskets, as item-to-item libraries divide it."""
        return self._ranked(query, top, True)

    def popular(self, query: str, top: int = 10) -> list[str]:
        """What lies in most baskets at all."""
        return [self._ids[place] for place in self._best[: top + 1] if self._ids[place] != query][:top]

    def _ranked(self, query: str, top: int, divide: bool) -> list[str]:
        own = self._place.get(query)
        if own is None:
            return []
        span = slice(self._together.indptr[own], self._together.indptr[own + 1])
        places, scores = self._together.indices[span], self._together.data[span].astype(np.float64)
        if divide:
            scores = scores / np.sqrt(self._in[places] * self._in[own])
        order = np.lexsort((places, -scores))
        return [self._ids[places[at]] for at in order if places[at] != own][:top]
