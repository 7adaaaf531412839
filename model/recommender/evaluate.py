"""``python -m model.recommender.evaluate``: train on a file of histories, tune on validation, test once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from .blend import Blend
from .measure import Measured, Score, Scores, hit_rate, ndcg, ranks
from .next_product import NextProduct
from .popularity import Popularity
from .sequences import BadFile, Sequences, read_sequences, read_texts
from .text_likeness import TextLikeness, centred
from .transitions import Transitions

Say = Callable[[str], None]

_BATCH = 512  # texts embedded in one call
_NEAR, _FAR = 0.6, 0.8  # how fast histories fade: two views, weighed by the blend


def main(
    sequences: Annotated[
        Path, typer.Option(help="Histories: a line a customer, `customer product product ...`, oldest first.")
    ],
    items: Annotated[
        Path | None, typer.Option(help="What products are called: JSON lines with item, title, attributes.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the Transformer's weights, order and dropout.")] = 1,
    only_json: Annotated[bool, typer.Option("--json", help="No table, just the JSON line.")] = False,
) -> None:
    """Measure the recommender and each of its parts: leave one out, all products ranked, seen ones removed.

    Every part learns from each history without its last two products. The last but one chooses the
    Transformer's epoch and the blend's weights; the last is looked at once, at the end. The last line is one
    JSON object.
    """
    began = time.monotonic()

    def say(words: str) -> None:
        typer.echo(f"[{time.monotonic() - began:4.0f} s] {words}", err=True)

    try:
        histories = read_sequences(sequences)
        texts = None if items is None else read_texts(items, histories.numbers)
    except BadFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    say(f"{len(histories.histories)} histories, {histories.places - 1} products")
    vectors = _vectors(texts, say) if texts and any(texts) else None
    found = measured(histories, vectors, seed, say)
    if not only_json:
        for name, row in [*found["parts"].items(), ("all together", found)]:
            typer.echo(f"{name:26} HR@10 {row['hr@10']:.4f}  NDCG@10 {row['ndcg@10']:.4f}")
    typer.echo(json.dumps({"sequences": sequences.name, "seed": seed, **found}))


def measured(histories: Sequences, vectors: Scores | None, seed: int, say: Say) -> dict[str, Any]:
    """HR@10 and NDCG@10 with their 95 % intervals on the test products: of all together, and of each part.

    Args:
        vectors: the products' texts as text_likeness.centred gives them; None without.
    """
    validation = histories.validation()
    parts = trained(histories, vectors, seed, say)
    say("weighing the parts on the validation products")
    blend = Blend(parts, validation)
    test = histories.test()
    results = {}
    for name, score in {**parts, "all together": blend.scores}.items():
        results[name] = _row(ranks(score, test))
        say(f"{name}: HR@10 {results[name]['hr@10']:.4f}, NDCG@10 {results[name]['ndcg@10']:.4f}")
    return {
        **results.pop("all together"),
        "validation_ndcg@10": round(ndcg(ranks(blend.scores, validation)).mean, 5),
        "histories": len(histories.histories),
        "products": histories.places - 1,
        "parts": results,
        "weights": blend.weights,
    }


def trained(histories: Sequences, vectors: Scores | None, seed: int, say: Say) -> dict[str, Score]:
    """The parts by name, learned from the training part."""
    learned, places = histories.training(), histories.places
    transitions = Transitions(learned, places)
    parts: dict[str, Score] = {
        "popularity": Popularity(learned, places).scores,
        "transitions": partial(transitions.scores, decay=_NEAR),
        "transitions, fading slower": partial(transitions.scores, decay=_FAR),
        "transitions, two steps": partial(transitions.two_steps, decay=_NEAR),
    }
    if vectors is not None:
        texts = TextLikeness(vectors)
        parts["text of the latest"] = texts.to_latest
        parts["text of all"] = partial(texts.to_all, decay=_NEAR)
    network = NextProduct(learned, places, vectors, histories.validation(), seed=seed, say=say)
    return {**parts, "Transformer": network.scores}


def _vectors(texts: Sequence[str], say: Say) -> Scores:
    from ..loading import load_embeddings
    from ..registry import default_embedding

    model = default_embedding()
    engine = load_embeddings(model)
    found = np.zeros((len(texts), engine.dimensions), np.float32)
    for start in range(0, len(texts), _BATCH):
        some = [model.passage_prefix + text for text in texts[start : start + _BATCH]]
        found[start : start + len(some)] = engine.embed(some).vectors
        say(f"{start + len(some)} of {len(texts)} texts embedded by {model.id}")
    return centred(found, texts)


def _row(rank: Any) -> dict[str, Any]:
    def pair(name: str, value: Measured) -> dict[str, Any]:
        return {name: round(value.mean, 5), f"{name}_interval": [round(value.low, 5), round(value.high, 5)]}

    return {**pair("hr@10", hit_rate(rank)), **pair("ndcg@10", ndcg(rank))}


if __name__ == "__main__":
    typer.run(main)
