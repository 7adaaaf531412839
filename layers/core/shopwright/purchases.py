"""Questions about what a customer bought and gave back, answered from their own events; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .events import Event
from .products import Language, Product

Done = Literal["purchase", "refund"]

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
_GAVE_BACK = [
    re.compile(pattern, re.I)
    for pattern in (
        r"^(?:hi|hello|hey|please|[ ,])*(?:when|did|have|haven't|didn't) (?:did )?i "
        r"(?:(?:ever|already|not) )*(?:return|returned|send back|sent back) (?P<what>.+)",
        r"^(?:hi|hello|hey|please|[ ,])*(?:did|have) i (?:get|got|gotten|receive|received) "
        r"(?:my money back|(?:a|my|the) refund) for (?P<what>.+)",
        r"^(?:when )?(?:was|has|is) (?P<what>.+?) (?:been )?(?:already )?refunded",
        r"^(?:请问)?我(?:之前|以前|是不是|有没有|什么时候|何时)*退(?:过|了|掉)*(?:这个|那个|你们的)?(?P<what>.+)",
        r"^(?:请问)?(?:我的|我买的)?(?P<what>.+?)(?:已经|是不是|有没有)*退(?:款|货)(?:了|过|成功)",
    )
]
# What depends on when it was bought, and what the shop's pages say of it.
_SINCE_BOUGHT = re.compile(
    r"\b(?:return(?:ed|ing)?|send (?:it|this|them) back|refund(?:ed)?|exchanged?|warranty|guaranteed?)\b"
    r"|退|换货|保修|质保",
    re.I,
)
_ORDER_NUMBER = re.compile(r"\d{4,}")
_UNDER_WAY = timedelta(days=60)  # older orders have long arrived
_TITLES = 3  # named of an order
_ASKS = re.compile(r"\?|？|吗|没有|什么时候|何时|^(?:when|did|have)\b", re.I)
_AROUND = re.compile(
    r"^(?:the|a|an|my|your|one of your)\b\s*|[?？。.!！,，\s]+$"
    r"|\s*\b(?:from you|here|before|already|yet)\b|(?:吗|没有|么|了|的)+[?？]*$",
    re.I,
)


@dataclass(frozen=True)
class Purchase:
    """When products were bought, or given back, and the event that says so."""

    products: list[Product]
    event: Event

    def title(self, language: Language) -> str:
        """What the products are called."""
        titles = [product.in_either(language).title for product in self.products]
        more = len(titles) - _TITLES
        if language == "zh":
            return "、".join(titles[:_TITLES]) + (f"等{len(titles)}件商品" if more > 0 else "")
        return ", ".join(titles[:_TITLES]) + (f" and {more} more" if more > 0 else "")

    def told(self, language: Language) -> str:
        """It in a sentence."""
        title, day, refunded = self.title(language), self.event.event_time, self.event.event_name == "refund"
        if language == "zh":
            when = f"{day.year}年{day.month}月{day.day}日"
            return f"{title}已于{when}退款。" if refunded else f"您在{when}购买过{title}。"
        when = f"on {day.day} {day:%B %Y}"
        return f"A refund for the {title} was made {when}." if refunded else f"You bought the {title} {when}."


def asked_about(question: str) -> tuple[Done, str] | None:
    """Whether a customer asks if, or when, they bought something or gave it back; what, in their words."""
    if not _ASKS.search(question):
        return None
    asked: list[tuple[Done, list[re.Pattern[str]]]] = [("refund", _GAVE_BACK), ("purchase", _ASKED)]
    for done, patterns in asked:
        for pattern in patterns:
            if found := pattern.search(question):
                what, before = found["what"], ""
                while what != before:
                    before, what = what, _AROUND.sub("", what.strip())
                return done, what
    return None


def depends_on_purchase(question: str) -> bool:
    """Whether it matters to the answer when the customer bought the product: may they still return it?"""
    return bool(_SINCE_BOUGHT.search(question))


def latest(product: Product, events: Sequence[Event], done: Done = "purchase") -> Purchase | None:
    """The last purchase, or refund, of the product.

    Args:
        events: newest first.
    """
    for event in events:
        if event.event_name == done and any(item.item_id == product.id for item in event.items):
            return Purchase([product], event)
    return None


def order(question: str, events: Sequence[Event], now: datetime) -> Event | None:
    """The order that a question is about: that of its number, else the last, if it may still be under way.

    Args:
        events: newest first.
    """
    bought = [event for event in events if event.event_name == "purchase"]
    if number := _ORDER_NUMBER.search(question):
        return next((event for event in bought if number[0] in (event.transaction_id or "")), None)
    return bought[0] if bought and now - bought[0].event_time < _UNDER_WAY else None
