"""From what a customer did to what they are like: traits, each with the evidence it rests on. Pure.

The same set of events gives the same traits, in whatever order and however often they arrive.

Confidence is share x n / (n + 3): `share` is the part of the evidence that speaks for this value and not for
another, `n` the number of events (visits, for rhythm) behind it, each counting half as much every 90 days.
One view alone gives 0.25 at most, nine give 0.75, and it fades while nothing new comes.

A trait expires a fixed time after its newest evidence; what tastes last long (a language) lives longer.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .affinity import category_of, interests, weight
from .events import Event
from .prices import PriceBand, PriceLevels, band, price_of
from .products import Product

TraitName = Literal["category_affinity", "brand_affinity", "price_band", "interest", "rhythm", "language"]

LIFETIME: dict[TraitName, timedelta] = {
    "category_affinity": timedelta(days=180),
    "brand_affinity": timedelta(days=180),
    "price_band": timedelta(days=180),
    "interest": timedelta(days=60),
    "rhythm": timedelta(days=90),
    "language": timedelta(days=365),
}

PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")  # six hours each, UTC
PARTS_OF_WEEK = ("weekday", "weekend")

_DOUBT = 3.0
_EVIDENCE = 10
_CATEGORIES, _BRANDS, _TERMS = 5, 3, 5
_LEAST_SHARE = 0.05  # below it a category or brand was only passed by
_PRICES_NEEDED = 3
_VISITS_NEEDED = 5
# Two of seven days are weekend, so half of the visits there, or next to none, is a habit.
_HABIT = {**dict.fromkeys(PARTS_OF_DAY, 0.5), "weekday": 0.9, "weekend": 0.5}


class Trait(BaseModel):
    """One thing known of a customer."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Its name and what it is about: `category_affinity:Headphones`.")
    name: TraitName
    value: str | PriceBand
    confidence: float = Field(ge=0, le=1)
    evidence: list[str] = Field(description="Ids of the events it rests on, the strongest, up to 10.")
    source: Literal["behaviour", "customer"]
    expires_at: datetime | None = Field(description="When it is forgotten unless new evidence comes.")
    updated_at: datetime = Field(description="Its newest evidence, or when the customer stated it.")


def traits(
    events: Iterable[Event], products: Mapping[str, Product], levels: PriceLevels, now: datetime
) -> list[Trait]:
    """What the events show of the one customer they are of, without what has expired by `now`.

    Args:
        events: all that is kept; order and repetitions do not matter.
        products: those of their items that the catalogue knows, by id.
        levels: the catalogue's prices.
        now: aware, UTC.

    Returns:
        Traits by name in the order of TraitName, within a name the surest first.
    """
    known = {event.event_id: event for event in events}
    ordered = sorted(known.values(), key=lambda event: (event.event_time, event.event_id))
    found = [
        *_affinities(ordered, products, now),
        *_price_bands(ordered, products, levels, now),
        *_search_interests(ordered, now),
        *_rhythm(ordered, now),
        *_language(ordered, now),
    ]
    return [trait for trait in found if trait.expires_at and trait.expires_at > now]


def term_key(term: str) -> str:
    """A search term without what differs between two ways of typing it: case, width, spaces."""
    return " ".join(unicodedata.normalize("NFKC", term).casefold().split())


@dataclass
class _Support:
    """What speaks for one value. Events are added oldest first, so that sums are always the same."""

    score: float = 0.0  # what speaks against it (a refund) taken off
    strengths: dict[str, float] = field(default_factory=dict)  # by event, of those that speak for it
    weights: dict[str, float] = field(default_factory=dict)
    newest: Event | None = None

    def add(self, event: Event, interest: float = 1.0) -> None:
        strength = interest * weight(event.event_time)
        self.score += strength
        if strength > 0:
            self.strengths[event.event_id] = self.strengths.get(event.event_id, 0.0) + strength
            self.weights[event.event_id] = weight(event.event_time)
            self.newest = event

    def trait(
        self, name: TraitName, about: str, value: str | PriceBand, *, of: float, now: datetime
    ) -> Trait:
        """The trait, where `of` is the score of all values together."""
        assert self.newest is not None
        n = sum(min(1.0, each / weight(now)) for each in self.weights.values())
        return Trait(
            id=f"{name}:{about}" if about else name,
            name=name,
            value=value,
            confidence=round(min(1.0, self.score / of) * n / (n + _DOUBT), 3),
            evidence=sorted(self.strengths, key=lambda key: (-self.strengths[key], key))[:_EVIDENCE],
            source="behaviour",
            expires_at=self.newest.event_time + LIFETIME[name],
            updated_at=self.newest.event_time,
        )


_Supports = defaultdict[str, _Support]


def _ranked(supports: Mapping[str, _Support]) -> tuple[list[str], float]:
    """The values that more speaks for than against, best first, and the sum of their scores."""
    positive = [value for value in sorted(supports) if supports[value].score > 0]
    total = sum(supports[value].score for value in positive)
    return sorted(positive, key=lambda value: (-supports[value].score, value)), total


def _affinities(events: list[Event], products: Mapping[str, Product], now: datetime) -> list[Trait]:
    categories, brands = _Supports(_Support), _Supports(_Support)
    for event in events:
        for (kind, value), interest in interests(event, products).items():
            (categories if kind == "category" else brands)[value].add(event, interest)
    return [
        *_best("category_affinity", categories, now, most=_CATEGORIES, least=_LEAST_SHARE),
        *_best("brand_affinity", brands, now, most=_BRANDS, least=_LEAST_SHARE),
    ]


def _search_interests(events: list[Event], now: datetime) -> list[Trait]:
    terms = _Supports(_Support)
    for event in events:
        if event.search_term and (key := term_key(event.search_term)):
            terms[key].add(event)
    return _best("interest", terms, now, most=_TERMS, least=0.0)


def _best(
    name: TraitName, supports: Mapping[str, _Support], now: datetime, *, most: int, least: float
) -> list[Trait]:
    ranked, total = _ranked(supports)
    return [
        supports[value].trait(name, value, value, of=total, now=now)
        for value in ranked[:most]
        if supports[value].score >= least * total
    ]


def _price_bands(
    events: list[Event], products: Mapping[str, Product], levels: PriceLevels, now: datetime
) -> list[Trait]:
    currencies = _Supports(_Support)
    prices: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    positions: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in events:
        if event.interest <= 0:
            continue
        strength = event.interest * weight(event.event_time)
        for item in event.items:
            if priced := price_of(event, item, products):
                price, currency = priced
                currencies[currency].add(event, event.interest)
                prices[currency].append((price, strength))
                place = levels.position(category_of(item, products), currency, price)
                if place is not None:
                    positions[currency].append((place, strength))
    ranked, total = _ranked(currencies)
    return [
        currencies[currency].trait(
            "price_band", currency, band(prices[currency], positions[currency]), of=total, now=now
        )
        for currency in ranked
        if len(currencies[currency].strengths) >= _PRICES_NEEDED
    ]


def _rhythm(events: list[Event], now: datetime) -> list[Trait]:
    """When they come. A visit is a day and a part of it, however much was clicked in it."""
    visits: dict[tuple[int, str], Event] = {}
    for event in events:
        visits.setdefault((event.event_time.toordinal(), _part_of_day(event)), event)
    found = []
    aspects: dict[str, Callable[[Event], str]] = {"part_of_day": _part_of_day, "part_of_week": _part_of_week}
    for aspect, part_of in aspects.items():
        parts = _Supports(_Support)
        for event in visits.values():
            parts[part_of(event)].add(event)
        ranked, total = _ranked(parts)
        for value in ranked[:1]:
            if parts[value].score >= _HABIT[value] * total and len(parts[value].strengths) >= _VISITS_NEEDED:
                found.append(parts[value].trait("rhythm", aspect, value, of=total, now=now))
    return found


def _part_of_day(event: Event) -> str:
    return PARTS_OF_DAY[event.event_time.hour // 6]


def _part_of_week(event: Event) -> str:
    return PARTS_OF_WEEK[event.event_time.weekday() >= 5]


def _language(events: list[Event], now: datetime) -> list[Trait]:
    languages = _Supports(_Support)
    for event in events:
        if event.language:
            languages[event.language].add(event)
    ranked, total = _ranked(languages)
    return [languages[value].trait("language", "", value, of=total, now=now) for value in ranked[:1]]
