"""A recommender of any size whose network is as drawn: as fast as a trained one, and of no use."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from local.benchmarks.recommendation.made_up import number_of, product_id
from model.recommender.kept import save
from model.recommender.network import Network, Settings
from model.recommender.next_product import NextProduct
from model.recommender.parts import Parts, Texts
from model.recommender.popularity import counted
from model.recommender.reranker import Reranker
from model.recommender.train import put
from model.recommender.trained import TrainedRecommender
from shopwright.events import Event

_DIMENSIONS = 384
_VERSION = "20261101T000000Z"


def publish(size: int, events: Iterable[Event], seed: int, folder: Path) -> None:
    """Publish one in a folder, its counts made from the events of a made-up shop."""
    histories: dict[str, list[int]] = defaultdict(list)
    for event in events:
        histories[event.customer_id] += [number_of(item.item_id) + 1 for item in event.items]
    rows = [np.array(history, np.int64) for history in histories.values()]
    draw = np.random.default_rng(seed)
    torch.manual_seed(seed)
    vectors = draw.standard_normal((size + 1, _DIMENSIONS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = 0
    texts = Texts("made-up", np.zeros(_DIMENSIONS, np.float32), vectors)
    network = Network(counted(rows, size + 1) > 0, torch.from_numpy(vectors), Settings())
    parts = Parts.of(rows, size + 1, texts, NextProduct(network))
    ids = ["", *map(product_id, range(size))]
    recommender = TrainedRecommender(_VERSION, ids, parts, Reranker(len(parts.scores())))
    with tempfile.TemporaryDirectory(prefix="recommendation-") as place:
        save(recommender, Path(place))
        put(Path(place), folder, _VERSION)
