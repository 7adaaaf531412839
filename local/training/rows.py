"""``python -m local.training.rows``: rows to train the shop's text model on, for ``model.train``."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from local.training import answering, copywriting, summarising
from local.training.catalogue import Invented, invent
from local.training.policies import policies
from local.training.shelves import shelves
from shopwright.passages import product_passage
from shopwright.prompts import TextKind
from shopwright.retrieval import WordIndex

_KINDS: tuple[TextKind, ...] = ("product_description", "ad_copy", "social_post")
_VALIDATION_PRODUCTS = 40


def make_rows(products: int, seed: int, *, held_out: bool) -> Iterator[dict[str, Any]]:
    """Rows about that many invented products; the same seed gives the same rows.

    Each product gives texts of two kinds and an answer; every fourth a refusal, every third a customer's
    summary and an answer from a policy.

    Args:
        held_out: from the shelves kept out of training.
    """
    rng = random.Random(f"{seed} {held_out}")
    table = shelves(held_out=held_out)
    goods = [invent(table[number % len(table)], number, rng) for number in range(products)]
    rules = policies(rng)
    passages = [product_passage(each.product, "en") for each in goods]
    index = WordIndex(
        [*(f"{each.title}\n{each.text}" for each in passages), *(each.sentence.in_context for each in rules)]
    )
    for number, each in enumerate(goods):
        for turn in (0, 1):
            yield from _present(copywriting.row(each, _KINDS[(number + turn) % 3], rng))
        yield from _present(answering.product_row(each, index, rng))
        if number % 4 == 0:
            yield from _present(_refusal(each, rng.choice(goods), index, rng))
        if number % 3 == 0:
            yield from _present(summarising.row(table, goods, rng))
            if number % len(rules) == 0:
                rules = policies(rng)
            yield from _present(answering.policy_row(rng.choice(rules), index, rng))


def _refusal(each: Invented, other: Invented, words: WordIndex, rng: random.Random) -> dict[str, Any] | None:
    sentence = rng.choice(answering.product_sentences(each.product, "en"))
    return answering.refusal_row(sentence, answering.questions_of(other, rng), words, rng)


def _present(row: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    if row is not None:
        yield row


def main(
    output: Annotated[Path, typer.Option(help="Folder for train.jsonl and validation.jsonl.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same rows.")] = 7,
    products: Annotated[
        int, typer.Option(min=50, help="Invented products to train on; 40 more to validate.")
    ] = 600,
) -> None:
    """Make rows from invented products: facts to copy, passages to answer, evidence to summary.

    The prompts are those the functions send, and every target is one that they would let through. No product
    of the sample shop is among them; validation is on kinds of product that training has none of.
    """
    output.mkdir(parents=True, exist_ok=True)
    for name, count, held_out in (
        ("train", products, False),
        ("validation", _VALIDATION_PRODUCTS, True),
    ):
        counts: Counter[str] = Counter()
        with (output / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for row in make_rows(count, seed, held_out=held_out):
                counts[row["task"]] += 1
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        told = ", ".join(f"{task} {number}" for task, number in sorted(counts.items()))
        typer.echo(f"{output / name}.jsonl: {counts.total()} rows ({told})")


if __name__ == "__main__":
    typer.run(main)
