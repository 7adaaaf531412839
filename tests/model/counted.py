"""A recommender that counts: small, deterministic, and read from a folder as the trained one is."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "counts.json"


@dataclass(frozen=True)
class Suggestion:
    product_id: str
    score: float
    because: dict[str, float]


@dataclass(frozen=True)
class Suggestions:
    products: list[Suggestion]
    known: int


@dataclass
class Counted:
    """Implements engines.RecommenderEngine. `counts[a][b]`: how often b came after a.

    A product's score is n / (n + 1), n counted over the whole history; an arrival's is half the first number
    of its vector. `before` is run before each answer, with the history.
    """

    version: str
    counts: dict[str, dict[str, int]]
    dimensions: int = 0
    embedding_model: str = ""
    before: Callable[[Sequence[str]], None] = lambda history: None
    asked: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> Counted:
        return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))

    def best(
        self,
        history: Sequence[str],
        *,
        limit: int,
        exclude: Collection[str] = (),
        arrivals: Mapping[str, Any] | None = None,
        explain: int = 0,
    ) -> Suggestions:
        asked = {"history": list(history), "limit": limit, "exclude": set(exclude), "explain": explain}
        self.asked.append(asked | {"arrivals": {key: list(row) for key, row in (arrivals or {}).items()}})
        self.before(history)
        scores = self._scores(history) | {key: float(row[0]) / 2 for key, row in (arrivals or {}).items()}
        best = sorted(set(scores) - set(exclude) - set(history), key=lambda key: (-scores[key], key))[:limit]
        latest = list(history)[-explain:] if explain else []
        without = {key: self._scores([each for each in history if each != key]) for key in latest}
        return Suggestions(
            [
                Suggestion(
                    product,
                    scores[product],
                    {key: scores[product] - without[key].get(product, 0) for key in latest},
                )
                for product in best
            ],
            sum(product in self.counts for product in history),
        )

    def _scores(self, history: Sequence[str]) -> dict[str, float]:
        sums: dict[str, int] = {}
        for product in history:
            for after, count in self.counts.get(product, {}).items():
                sums[after] = sums.get(after, 0) + count
        return {product: count / (count + 1) for product, count in sums.items()}


def artifact(version: str, counts: dict[str, dict[str, int]], **more: Any) -> bytes:
    """A .tar.gz that Counted.load reads once it is unpacked."""
    text = json.dumps({"version": version, "counts": counts} | more).encode()
    return packed({FILE: text})


def packed(files: Mapping[str, bytes], *members: tarfile.TarInfo) -> bytes:
    """A .tar.gz of these files, and of members that need no content."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return made.getvalue()


def pointer(version: str, artifact: str) -> bytes:
    """The text of current.json."""
    return json.dumps({"version": version, "artifact": artifact}).encode()


def publish(folder: Path, version: str, counts: dict[str, dict[str, int]], **more: Any) -> None:
    """As who trains does: the artifact first, the pointer last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{version}.tar.gz").write_bytes(artifact(version, counts, **more))
    point(folder, version, f"{version}.tar.gz")


def point(folder: Path, version: str, artifact: str) -> None:
    """Put another pointer in place, whole."""
    made = folder / "current.json.new"
    made.write_bytes(pointer(version, artifact))
    made.replace(folder / "current.json")
