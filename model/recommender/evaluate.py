"""``python -m model.recommender.evaluate``: train on a file of histories, tune on validation, test once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .learning import Learning, Say
from .measure import Measured, hit_rate, ndcg, ranks
from .parts import Parts, Texts
from .reranker import Reranked, learned
from .sequences import BadFile, Cases, History, Sequences, read_sequences, read_texts
from .texts import embedded


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
    Transformer's epoch and teaches the reranker; the last is looked at once, at the end. The last line is
    one JSON object.
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
    vectors = embedded(texts, say) if texts and any(texts) else None
    parts, together = tuned(
        histories.training(), histories.validation(), histories.places, vectors, seed, say
    )
    found = tested(histories, parts, together, say)
    if not only_json:
        for name, row in [*found["parts"].items(), ("all together", found)]:
            typer.echo(f"{name:26} HR@10 {row['hr@10']:.4f}  NDCG@10 {row['ndcg@10']:.4f}")
    typer.echo(json.dumps({"sequences": sequences.name, "seed": seed, **found}))


def tuned(
    training: Sequence[History], validation: Cases, places: int, texts: Texts | None, seed: int, say: Say
) -> tuple[Parts, Reranked]:
    """The parts learned from the training part, and all together, tuned on the validation products."""
    vectors = None if texts is None else texts.vectors
    network = Learning(training, places, vectors, seed=seed, say=say).until_best(validation)
    network.freeze()
    parts = Parts.of(training, places, texts, network)
    say("the reranker learns from the validation products")
    return parts, learned(parts.scores(), validation, seed)


def tested(histories: Sequences, parts: Parts, together: Reranked, say: Say) -> dict[str, Any]:
    """HR@10 and NDCG@10 with their 95 % intervals on the test products: of all together, and of each part."""
    test, results = histories.test(), {}
    for name, score in {**parts.scores(), "all together": together.scores}.items():
        results[name] = _row(ranks(score, test))
        say(f"{name}: HR@10 {results[name]['hr@10']:.4f}, NDCG@10 {results[name]['ndcg@10']:.4f}")
    return {
        **results.pop("all together"),
        "histories": len(histories.histories),
        "products": histories.places - 1,
        "parts": results,
    }


def _row(rank: Any) -> dict[str, Any]:
    def pair(name: str, value: Measured) -> dict[str, Any]:
        return {name: round(value.mean, 5), f"{name}_interval": [round(value.low, 5), round(value.high, 5)]}

    return {**pair("hr@10", hit_rate(rank)), **pair("ndcg@10", ndcg(rank))}


if __name__ == "__main__":
    typer.run(main)
