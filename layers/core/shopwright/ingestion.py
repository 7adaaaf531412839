"""Taking in what customers do: each event checked, stored once, and counted at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .affinity import increments
from .events import CLOCK_SKEW, Event
from .ports import Catalog, CustomerStore
from .products import Strict
from .rejections import Rejection, rejections

MAX_EVENTS = 100


class EventBatch(Strict):
    """Up to 100 events; each is checked on its own, so one bad event does not cost the others."""

    events: Annotated[list[Any], Field(min_length=1, max_length=MAX_EVENTS)]


def customers_named(rows: list[Any]) -> set[str]:
    """The customers that the events of a batch are about, as far as they say."""
    named = (row.get("customer_id") for row in rows if isinstance(row, dict))
    return {customer_id for customer_id in named if isinstance(customer_id, str)}


class Ingested(BaseModel):
    """What became of a batch."""

    model_config = ConfigDict(frozen=True)

    accepted: int = Field(description="Events stored and counted now.")
    duplicates: int = Field(description="Events that were there already; they count once.")
    anonymous: int = Field(description="Events of customers who allow no profiling, kept without them.")
    late: int = Field(description="Events from before their customer was forgotten; not kept.")
    rejected: list[Rejection]


class Ingestion:
    """Takes events in.

    Args:
        customers: where they are stored and counted.
        catalog: says what category and brand their items are of.
        retention: how long events are kept; an older one is refused, as it would be gone at once.
    """

    def __init__(self, customers: CustomerStore, catalog: Catalog, retention: timedelta) -> None:
        self._customers = customers
        self._catalog = catalog
        self._retention = retention

    def ingest(self, rows: list[Any], now: datetime) -> Ingested:
        """Store the valid events of a batch and count them; the profiles they belong to are stale then.

        Raises:
            StoreUnavailable: if the store did not take them all; sending the same again is safe.
        """
        events: list[Event] = []
        rejected: list[Rejection] = []
        for index, row in enumerate(rows):
            try:
                event = Event.model_validate(row)
            except ValidationError as error:
                rejected += rejections(index, error)
                continue
            if why := self._untimely(event, now):
                rejected.append(Rejection(index=index, field="event_time", why=why))
            else:
                events.append(event)
        wanted = {item.item_id for event in events if event.interest for item in event.items}
        products = self._catalog.products(sorted(wanted)) if wanted else {}
        kept = [self._customers.add_event(event, increments(event, products), now) for event in events]
        return Ingested(
            accepted=kept.count("stored"),
            duplicates=kept.count("duplicate"),
            anonymous=kept.count("anonymous"),
            late=kept.count("late"),
            rejected=rejected,
        )

    def _untimely(self, event: Event, now: datetime) -> str | None:
        if event.event_time > now + CLOCK_SKEW:
            return "lies in the future"
        if event.event_time < now - self._retention:
            return f"is older than the {self._retention.days} days for which events are kept"
        return None
