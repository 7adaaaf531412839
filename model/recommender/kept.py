"""A trained recommender in a folder.

recommender.json         version, products' ids, the network's settings, who embedded the texts
recommender.safetensors  counts, transitions, text vectors, weights
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from .network import Network, Settings
from .next_product import NextProduct
from .parts import Parts, Texts
from .popularity import Popularity
from .reranker import Reranker
from .trained import TrainedRecommender
from .transitions import Transitions

_JSON, _ARRAYS = "recommender.json", "recommender.safetensors"


class BadRecommender(Exception):
    """The folder does not hold a recommender; the message says what is wrong."""


def save(recommender: TrainedRecommender, folder: Path) -> None:
    """Write it into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = recommender.parts
    near = parts.transitions.near
    arrays: dict[str, Any] = {
        "popularity": parts.popularity.counts,
        "transitions.near": near.data,
        "transitions.products": near.indices.astype(np.int32),
        "transitions.rows": near.indptr.astype(np.int64),
        **_arrays("network", parts.network.network),
        **_arrays("reranker", recommender.reranker),
    }
    if parts.texts:
        arrays["texts.vectors"] = parts.texts.vectors.astype(np.float16)
        arrays["texts.middle"] = parts.texts.middle
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / _ARRAYS)
    told = {
        "version": recommender.version,
        "embedding_model": recommender.embedding_model,
        "settings": asdict(parts.network.network.settings),
        "ids": recommender.ids[1:],
    }
    (folder / _JSON).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> TrainedRecommender:
    """The one in a folder. Raises BadRecommender."""
    try:
        told = json.loads((folder / _JSON).read_text(encoding="utf-8"))
        arrays = load_file(folder / _ARRAYS)
        ids = ["", *map(str, told["ids"])]
        counts = arrays["popularity"]
        if len(counts) != len(ids):
            raise ValueError(f"{len(ids) - 1} ids and {len(counts) - 1} counts")
        texts = None
        if "texts.vectors" in arrays:
            vectors = arrays["texts.vectors"].astype(np.float32)
            texts = Texts(str(told["embedding_model"]), arrays["texts.middle"], vectors)
        network = Network(
            counts > 0,
            None if texts is None else torch.from_numpy(texts.vectors),
            Settings(**told["settings"]),
        )
        network.load_state_dict(_state("network", arrays))
        near = sparse.csr_array(
            (arrays["transitions.near"], arrays["transitions.products"], arrays["transitions.rows"]),
            shape=(len(ids), len(ids)),
        )
        parts = Parts(Popularity(counts), Transitions(near), texts, NextProduct(network))
        reranker = Reranker(len(parts.scores()))
        reranker.load_state_dict(_state("reranker", arrays))
        return TrainedRecommender(str(told["version"]), ids, parts, reranker)
    except Exception as error:  # whatever files that somebody else wrote can cause
        raise BadRecommender(f"{folder} holds no recommender ({type(error).__name__}: {error})") from error


def _arrays(name: str, module: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    return {f"{name}.{key}": value.numpy() for key, value in module.state_dict().items()}


def _state(name: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, torch.Tensor]:
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): torch.from_numpy(array)
        for key, array in arrays.items()
        if key.startswith(prefix)
    }
