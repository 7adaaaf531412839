"""What can be measured: each part with the files it needs and the function that measures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from local.benchmarks.recommendation.progress import Progress
from local.template import ROOT

RECOMMENDERS = ROOT / ".recommenders"
"""The packages of requirements-recommenders.txt, once `make bench-recommend` has installed them."""

Keep = Callable[[dict[str, Any]], None]
"""Keeps what a part has found so far, so that a stopped run can go on."""


class Missing(RuntimeError):
    """A part cannot be measured here; the message says what it needs."""


@dataclass(frozen=True)
class Setting:
    """What every part is told."""

    data: Path | None
    quick: bool
    seed: int
    progress: Progress
    again: bool = False  # measure anew what is kept

    def file(self, name: str) -> Path:
        """A file of the data folder. Raises Missing."""
        if self.data is None:
            raise Missing(f"needs {name}: name the folder with --data")
        path = self.data / name
        if not path.is_file():
            raise Missing(f"needs {name}, which {self.data} does not have")
        return path


@dataclass(frozen=True)
class Part:
    """One part. `title` heads its section; `question` is what it answers, in a line."""

    title: str
    question: str

    def measure(self, name: str, setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
        """What the part finds; `kept` is what an earlier run of it found. Raises Missing."""
        module = import_module(f"local.benchmarks.recommendation.{name}")
        found: dict[str, Any] = module.measure(setting, kept, keep)
        return found


PARTS = {
    "bought_together": Part("Bought together", "Does the list hold what else was in the basket?"),
    "quality": Part("The next product", "Does the list hold what the customer turned to next?"),
    "cold_start": Part("Cold start", "And when little is known of the customer, or nothing of the product?"),
    "beyond": Part(
        "Beyond accuracy", "How much of the shop is shown, how unlike are the products of a list?"
    ),
    "latency": Part("Latency", "How long does a request take?"),
    "cost": Part("Cost of the counts", "What does the scheduled recount take?"),
}
