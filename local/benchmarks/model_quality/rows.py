"""Results as rows: one share each, named so that rows of several models stand side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

from .shares import Share

_EXAMPLES = 2
Section = Literal["copy", "summaries", "answers", "json"]


@dataclass(frozen=True)
class Name:
    """What a share is of.

    Attributes:
        section: the table it stands in.
        task: what was asked for (`ad_copy`, `answerable`).
        language: of the texts asked for.
        data: where the facts come from.
        measure: what was counted.
    """

    section: Section
    task: str
    language: str
    data: str
    measure: str


@dataclass
class Results:
    """Shares by name, in the order in which they were first counted, and why texts failed.

    `reasons` counts struck-out sentences by the check they failed, under task and language; `examples` are a
    few texts of the model that passed, under the same.
    """

    shares: defaultdict[Name, Share] = field(default_factory=lambda: defaultdict(Share))
    reasons: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def show(self, what: str, text: str) -> None:
        """Keep the text as an example, if there are few yet."""
        if len(self.examples[what]) < _EXAMPLES:
            self.examples[what].append(text)

    def add(self, other: Results) -> None:
        """Take over the other's; what both have, as the other has it."""
        self.shares.update(other.shares)
        self.reasons.update(other.reasons)
        self.examples.update(other.examples)

    def as_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return {
            "shares": [{**vars(name), **vars(share)} for name, share in self.shares.items()],
            "reasons": {key: dict(counts) for key, counts in self.reasons.items()},
            "examples": dict(self.examples),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Results:
        """Raises KeyError or TypeError for what `as_json` did not write."""
        results = cls()
        for row in document["shares"]:
            counted = Share(row.pop("passed"), row.pop("of"))
            results.shares[Name(**row)] = counted
        for key, counts in document["reasons"].items():
            results.reasons[key] = Counter(counts)
        results.examples.update(document["examples"])
        return results
