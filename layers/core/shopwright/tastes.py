"""The categories and brands a customer likes, as counters, traits and their own word say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .affinity import affinities
from .events import Event
from .refusals import Refusals, uncounted

_DOUBT = 3.0  # events
# Of their interest, to be called a taste. No best few are picked: whether one is a taste must not depend on
# how many others are stronger.
_LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Taste:
    """A category or brand they like.

    `strength` is its share of their interest, less the doubt that few events leave; `stated` that they said
    so themselves.
    """

    kind: Literal["category", "brand"]
    name: str
    strength: float
    stated: bool
    events: tuple[str, ...]  # of the trait, where the profile has it

    @property
    def trait_id(self) -> str:
        """The trait's id in the profile."""
        return f"{self.kind}_affinity:{self.name}"


def tastes(profile: dict[str, Any], events: Sequence[Event], refused: Refusals, now: datetime) -> list[Taste]:
    """The tastes of each kind, strongest first.

    Args:
        profile: as it is stored.
        events: the latest, oldest first.
        refused: products nothing may be concluded from.
        now: aware, UTC.
    """
    corrections = profile["corrections"]
    silent = {
        event.event_id
        for event in events
        if event.items and all(item.item_id in refused.because for item in event.items)
    }
    evidence = {
        trait["id"]: tuple(event_id for event_id in trait["evidence"] if event_id not in silent)
        for trait in profile["document"].get("traits", [])
        if datetime.fromisoformat(trait["expires_at"]) > now
    }
    shares = affinities(uncounted(profile["counters"], events, refused), corrections)
    seen = profile["counters"].get("events", 0.0)
    sure = seen / (seen + _DOUBT)
    found = []
    kinds: Sequence[tuple[Literal["category", "brand"], dict[str, float]]] = (
        ("category", shares.category),
        ("brand", shares.brand),
    )
    for kind, own in kinds:
        for name, share in own.items():
            trait_id = f"{kind}_affinity:{name}"
            stated = corrections.get(trait_id, {}).get("action") == "set"
            if stated or share >= _LEAST_SHARE:
                found.append(Taste(kind, name, share * sure, stated, evidence.get(trait_id, ())))
    return found


def unwanted(corrections: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Kinds and names of the tastes they removed."""
    return frozenset(
        (trait_id.partition("_affinity:")[0], trait_id.partition("_affinity:")[2])
        for trait_id, correction in corrections.items()
        if correction["action"] == "remove" and "_affinity:" in trait_id
    )
