"""Invented shop policies (`policies.jsonl`): sentences with numbers, and questions that they answer."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shopwright.passages import Sentence

_FILE = Path(__file__).with_name("policies.jsonl")


@dataclass(frozen=True)
class Policy:
    """A sentence of a policy, and questions it answers. `yes` opens an answer where one may say yes."""

    sentence: Sentence
    questions: Sequence[str]
    yes: str


def policies(rng: random.Random) -> list[Policy]:
    """Every policy, with numbers drawn anew."""
    return [_drawn(json.loads(line), rng) for line in _FILE.read_text(encoding="utf-8").splitlines()]


def _drawn(row: dict[str, str], rng: random.Random) -> Policy:
    title = row["title"]
    text = row["sentence"].format(
        days=rng.randint(2, 60),
        opens=rng.randint(6, 11),
        closes=rng.randint(13, 21),
        fee=rng.randint(2, 19),
        sum=rng.randint(3, 20) * 10,
        few=rng.randint(4, 9),
        years=rng.randint(2, 9),
    )
    source = f"article:{title.lower().replace(' ', '-')}"
    return Policy(Sentence(source, 0, "en", title, text, "paragraph"), row["questions"], row["yes"])
