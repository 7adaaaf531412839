"""``python -m local.training.intents``: trains the linear layer that tells what a customer wants done.

From customers' words with their intents (Bitext's customer service set: columns `utterance` and `intent`), a
few Chinese ones of our own for each intent, and, as `other`, questions about invented products and policies.
What is below 0.97 on the validation file is not written.
"""

from __future__ import annotations

import base64
import csv
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from local.embedding import LocalEmbeddings
from local.template import ROOT
from local.training.answering import questions_of
from local.training.catalogue import invent
from local.training.policies import policies
from local.training.shelves import shelves

_WEIGHTS = ROOT / "layers" / "core" / "shopwright" / "intents.json"
_CHINESE = Path(__file__).parent / "data" / "intents_zh.json"
_OTHER = "other"
_PRODUCTS = 120  # invented, each with a question for each of its facts
_OWN_TIMES = 8  # each Chinese line counts as so many: there are five for an intent, of English ones 240
_STEPS = 300
_DECAY = 1e-5
_WANTED = 0.97


def main(
    train: Annotated[Path, typer.Option(help="CSV with utterance and intent.")],
    validation: Annotated[Path, typer.Option(help="The same, never trained on.")],
    output: Annotated[Path, typer.Option(help="The weights.")] = _WEIGHTS,
    seed: Annotated[int, typer.Option(help="Of the invented products.")] = 1,
) -> None:
    """Train, test, write."""
    embeddings = LocalEmbeddings()

    def embedded(texts: Sequence[str]) -> np.ndarray:
        return embeddings.queries(texts).astype(np.float64)

    rows = [*_read(train), *_chinese(), *_others(seed)]
    names = sorted({name for _, name in rows})
    typer.echo(f"{len(rows):,} lines, {len(names)} intents; embedding", err=True)
    weights = fit(
        embedded([text for text, _ in rows]), np.array([names.index(name) for _, name in rows]), len(names)
    )
    tested = _read(validation)
    right = accuracy(
        weights, embedded([text for text, _ in tested]), [names.index(name) for _, name in tested]
    )
    typer.echo(f"validation: {right:.4f} of {len(tested)}")
    if right < _WANTED:
        typer.echo(f"below {_WANTED}: nothing written", err=True)
        raise typer.Exit(1)
    document = {
        "model": embeddings.model.id,
        "names": names,
        "validation_accuracy": round(right, 4),
        "weights": base64.b64encode(weights.astype("<f2").tobytes()).decode(),
    }
    output.write_text(json.dumps(document) + "\n", encoding="utf-8")


def fit(vectors: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Multinomial logistic regression; (classes, width + 1), the last column the bias.

    Args:
        vectors: (rows, width).
        labels: (rows,), from 0.
    """
    import torch

    center, spread = vectors.mean(axis=0), vectors.std()
    inputs, wanted = torch.tensor((vectors - center) / spread), torch.tensor(labels)
    weights = torch.zeros(vectors.shape[1], classes, dtype=torch.float64, requires_grad=True)
    biases = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, biases], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        missed = torch.nn.functional.cross_entropy(inputs @ weights + biases, wanted)
        total = missed + _DECAY * (weights**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    # For vectors as they come, neither centred nor scaled.
    folded = weights.detach().numpy() / spread
    shifted = biases.detach().numpy() - center @ folded
    return np.concatenate([folded, shifted[None]]).T


def accuracy(weights: np.ndarray, vectors: np.ndarray, labels: Sequence[int]) -> float:
    """The share of rows whose highest score is their label's."""
    scores = vectors @ weights[:, :-1].T + weights[:, -1]
    return float((scores.argmax(axis=1) == np.array(labels)).mean())


def _read(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"utterance", "intent"} <= {*(rows.fieldnames or ())}:
            raise typer.BadParameter(f"{path} has no columns utterance and intent")
        return [(row["utterance"], row["intent"]) for row in rows]


def _chinese() -> Iterator[tuple[str, str]]:
    for name, texts in json.loads(_CHINESE.read_text(encoding="utf-8")).items():
        for text in texts:
            yield from [(text, name)] * _OWN_TIMES


def _others(seed: int) -> Iterator[tuple[str, str]]:
    rng = random.Random(seed)
    table = shelves(held_out=False)
    for number in range(_PRODUCTS):
        for question in questions_of(invent(table[number % len(table)], number, rng), rng):
            yield question, _OTHER
    for policy in policies(rng):
        for question in policy.questions:
            yield question, _OTHER


if __name__ == "__main__":
    typer.run(main)
