"""What customers do: GA4's recommended e-commerce events.

Names and fields follow https://developers.google.com/analytics/devguides/collection/ga4/reference/events,
plus what GA4 keeps in its own envelope: `event_id`, `event_time`, `customer_id`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator

from .products import Id, Language, Short, Strict

EventName = Literal[
    "page_view",
    "view_item",
    "view_item_list",
    "select_item",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "add_to_wishlist",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
    "refund",
    "search",
    "view_promotion",
    "select_promotion",
    "share",
]

# How much an event says about liking what it is about. A purchase is the clearest word a customer gives;
# being shown a list says nothing, and taking something out of the cart takes back what putting it in said.
INTEREST: dict[str, float] = {
    "view_item": 1.0,
    "select_item": 0.5,
    "add_to_wishlist": 3.0,
    "add_to_cart": 3.0,
    "remove_from_cart": -2.0,
    "begin_checkout": 1.0,
    "purchase": 5.0,
    "refund": -4.0,
    "share": 2.0,
}

NEEDS_ITEMS = frozenset(
    {
        "view_item",
        "add_to_cart",
        "remove_from_cart",
        "add_to_wishlist",
        "begin_checkout",
        "purchase",
        "refund",
    }
)


class EventItem(Strict):
    """One product in an event. `price` is for one piece, in the event's currency."""

    item_id: Id
    item_name: Short | None = None
    item_brand: Short | None = None
    item_category: Short | None = None
    quantity: int = Field(default=1, ge=1, le=10_000)
    price: float | None = Field(default=None, ge=0, le=1e9)
    discount: float | None = Field(default=None, ge=0, le=1e9)
    index: int | None = Field(default=None, ge=0, le=10_000)


class Event(Strict):
    """Something a customer did at `event_time`. The same `event_id` of one customer is the same event."""

    event_id: Id
    event_name: EventName
    event_time: AwareDatetime
    customer_id: Id
    session_id: Short | None = None
    items: list[EventItem] = Field(default=[], max_length=200)
    search_term: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] | None = None
    value: float | None = Field(default=None, ge=0, le=1e9)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    transaction_id: Short | None = None
    item_list_id: Short | None = None
    item_list_name: Short | None = None
    language: Language | None = None
    page_location: Annotated[str, StringConstraints(max_length=2000)] | None = None

    @field_validator("event_time", mode="after")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.astimezone(UTC)

    @model_validator(mode="after")
    def _is_complete(self) -> Event:
        if self.event_name in NEEDS_ITEMS and not self.items:
            raise ValueError(f"{self.event_name} needs items")
        if self.event_name == "search" and not self.search_term:
            raise ValueError("search needs search_term")
        return self

    @property
    def interest(self) -> float:
        """How much this event says about liking its items; 0 where it says nothing."""
        return INTEREST.get(self.event_name, 0.0)


def anonymous(event: Event) -> Event:
    """An event with items without the person: what happened to which products, in which hour.

    Its ids are a digest, the same each time. Only who knows both ids of the event can make it again.
    """
    digest = sha256(f"{event.customer_id}/{event.event_id}".encode()).hexdigest()[:32]
    return Event(
        event_id=digest,
        event_name=event.event_name,
        event_time=event.event_time.replace(minute=0, second=0, microsecond=0),
        customer_id=f"anonymous.{digest}",
        items=event.items,
    )


# A device's clock may run a little ahead; an event from further in the future would never age.
CLOCK_SKEW = timedelta(minutes=10)
