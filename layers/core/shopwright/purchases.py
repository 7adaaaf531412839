"""Questions about what a customer bought, answered from their own purchases; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .events import Event
from .products import Language, Product

_EVER = r"(?:不是|以前|之前|上次|有没有|什么时候|何时|曾经)*(?:买|购买|订购|下单)过?"
_ASKED = [
    re.compile(pattern, re.I)
    for pattern in (
        r"^(?:hi|hello|hey|please|[ ,])*(?:when|did|have|haven't|didn't) (?:did )?i "
        r"(?:(?:last|ever|already|not|just) )*(?:buy|bought|get|order|ordered|purchased?) (?P<what>.+)",
        rf"^(?:请问)?我(?:是)?{_EVER}(?:了|的)?(?:这个|那个|你们的)?(?P<what>.+)",
        rf"^(?P<what>.+?)我(?:是)?{_EVER}",
    )
]
_ASKS = re.compile(r"\?|？|吗|没有|什么时候|何时|^(?:when|did|have)\b", re.I)
_AROUND = re.compile(
    r"^(?:the|a|an|my|your|one of your)\b\s*|[?？。.!！,，\s]+$"
    r"|\s*\b(?:from you|here|before|already|yet)\b|(?:吗|没有|么|了|的)+[?？]*$",
    re.I,
)


@dataclass(frozen=True)
class Purchase:
    """When a product was bought, and the event that says so."""

    product: Product
    event: Event

    def told(self, language: Language) -> str:
        """It in a sentence."""
        title, day = self.product.in_either(language).title, self.event.event_time
        if language == "zh":
            return f"您在{day.year}年{day.month}月{day.day}日购买过{title}。"
        return f"You bought the {title} on {day.day} {day:%B %Y}."


def asked_about(question: str) -> str | None:
    """The product of which a customer asks whether, or when, they bought it, in their words."""
    if not _ASKS.search(question):
        return None
    for pattern in _ASKED:
        if found := pattern.search(question):
            what, before = found["what"], ""
            while what != before:
                before, what = what, _AROUND.sub("", what.strip())
            return what
    return None


def latest(product: Product, events: Sequence[Event]) -> Purchase | None:
    """The last purchase of the product.

    Args:
        events: newest first.
    """
    for event in events:
        if event.event_name == "purchase" and any(item.item_id == product.id for item in event.items):
            return Purchase(product, event)
    return None
