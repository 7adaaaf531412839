"""implicit and RecTools answering the same requests, in a child process that alone sees their packages.

Question: `interactions` and `baskets` (.npz files with rows, columns, weights, shape), and by rung what is
asked: `for_you` and `unknown` customers, `similar` and `bought_together` products, by number; `warm_up`.
Answer: by library and rung the seconds of each call; how long each took to learn. They answer with numbers:
no store, no products, no reasons, no HTTP.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import scipy.sparse as sparse

from local.benchmarks.model_speed.processes import asked_of_job

_TOP = 10
_FACTORS = 64
Asks = dict[str, Callable[[int], Any]]


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    warnings.simplefilter("ignore")  # about formats of matrices: they are converted
    seen, together = _matrix(asked["interactions"]), _matrix(asked["baskets"])
    found: dict[str, Any] = {"versions": {}, "missing": {}, "libraries": {}}
    for package, libraries in (("implicit", _implicit), ("rectools", _rectools)):
        try:
            made = libraries(seen, together)
            found["versions"][package] = version(package)
        except ImportError as error:
            found["missing"][package] = str(error)
            continue
        for name, (learned_s, asks) in made.items():
            rungs = {rung: _timed(ask, asked["rungs"][rung], asked["warm_up"]) for rung, ask in asks.items()}
            found["libraries"][name] = {"learned_s": learned_s, "rungs": rungs}
    answer.write_text(json.dumps(found), encoding="utf-8")


def _implicit(seen: Any, together: Any) -> dict[str, tuple[float, Asks]]:
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

    def asks(model: Any) -> Asks:
        return {
            "for_you": lambda customer: model.recommend(customer, seen[customer], N=_TOP),
            "similar": lambda product: model.similar_items(product, N=_TOP + 1),
        }

    found = {}
    for name, model in (
        ("implicit, BM25 item-item", BM25Recommender(K=50, num_threads=1)),
        (
            "implicit, ALS",
            AlternatingLeastSquares(factors=_FACTORS, iterations=5, num_threads=1, random_state=1),
        ),
    ):
        found[name] = _learned(lambda model=model: model.fit(seen, show_progress=False)), asks(model)
    beside = CosineRecommender(K=50, num_threads=1)
    took = _learned(lambda: beside.fit(together, show_progress=False))
    of_baskets: Asks = {"bought_together": lambda product: beside.similar_items(product, N=_TOP + 1)}
    return {**found, "implicit, cosine of baskets": (took, of_baskets)}


def _rectools(seen: Any, together: Any) -> dict[str, tuple[float, Asks]]:
    import pandas as pd
    from implicit.nearest_neighbours import CosineRecommender
    from rectools import Columns
    from rectools.dataset import Dataset
    from rectools.models import ImplicitItemKNNWrapperModel, PopularModel

    def dataset(matrix: Any) -> Any:
        entries = matrix.tocoo()
        names = {Columns.User: entries.row, Columns.Item: entries.col, Columns.Weight: entries.data}
        return Dataset.construct(pd.DataFrame({**names, Columns.Datetime: pd.Timestamp("2026-11-01")}))

    found: dict[str, tuple[float, Asks]] = {}
    history, baskets = dataset(seen), dataset(together)
    near, beside = (ImplicitItemKNNWrapperModel(CosineRecommender(K=50, num_threads=1)) for _ in range(2))
    popular = PopularModel()
    found["RecTools, ItemKNN"] = (
        _learned(lambda: near.fit(history)),
        {
            "for_you": lambda customer: near.recommend([customer], history, k=_TOP, filter_viewed=True),
            "similar": lambda product: near.recommend_to_items([product], history, k=_TOP),
        },
    )
    found["RecTools, ItemKNN of baskets"] = (
        _learned(lambda: beside.fit(baskets)),
        {
            "bought_together": lambda product: beside.recommend_to_items([product], baskets, k=_TOP),
        },
    )
    found["RecTools, popular"] = (
        _learned(lambda: popular.fit(history)),
        {
            "unknown": lambda customer: popular.recommend([customer], history, k=_TOP, filter_viewed=False),
        },
    )
    return found


def _learned(fit: Callable[[], Any]) -> float:
    began = time.perf_counter()
    fit()
    return time.perf_counter() - began


def _timed(ask: Callable[[int], Any], numbers: Sequence[int], warm_up: int) -> list[float]:
    for number in numbers[:warm_up]:
        ask(number)
    seconds = []
    for number in numbers:
        began = time.perf_counter()
        ask(number)
        seconds.append(time.perf_counter() - began)
    return seconds


def _matrix(path: str) -> Any:
    with np.load(path) as kept:
        rows, columns, weights = kept["rows"], kept["columns"], kept["weights"]
        return sparse.csr_matrix((weights, (rows, columns)), shape=tuple(kept["shape"]))


if __name__ == "__main__":
    main()
