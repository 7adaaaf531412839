"""Copy that has parts: an ad's headlines and descriptions, an e-mail's subject, preheader and body.

Lengths are those of Google's responsive ads (headline 30, long headline 90, description 90), of Meta's ads
as Meta recommends them (primary text 125, headline 40, description 30), and for e-mails what most inboxes
show of a subject (60) and a preheader (100).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .clauses import core
from .growing import Draft, GrowingText
from .platforms import AdPlatform, Room, room_in_google_ads
from .products import Language

Part = Literal[
    "name",  # what the product is called
    "line",  # the same with facts
    "facts",  # facts that nothing before told
    "body",  # the text itself
]
_ENDS = (".", "。", "!", "！")


@dataclass(frozen=True)
class Field:
    """One part of a text, its room, and what stands in it."""

    name: str
    part: Part
    room: Room


Layout = tuple[Field, ...]


def ad_layout(platform: AdPlatform) -> Layout:
    """An advertisement's parts, in the order in which they are filled."""
    if platform == "google":
        return (
            Field("description", "body", room_in_google_ads(90)),
            Field("headline", "name", room_in_google_ads(30)),
            Field("long_headline", "line", room_in_google_ads(90)),
        )
    return (
        Field("primary_text", "body", Room(125)),
        Field("headline", "line", Room(40)),
        Field("description", "facts", Room(30)),
    )


def email_layout(body: Room) -> Layout:
    """An e-mail's parts, in the order in which they are filled."""
    return (
        Field("body", "body", body),
        Field("subject", "line", Room(60)),
        Field("preheader", "facts", Room(100)),
    )


def body_of(layout: Layout) -> Field:
    """The part that holds the text itself."""
    return next(field for field in layout if field.part == "body")


def fillings(
    field: Field, argument: Sequence[str], names: Sequence[str], told: Sequence[str], language: Language
) -> Iterator[Draft]:
    """What a part other than the body may say, by rule, the first choice first; no full stop ends it.

    Args:
        argument: the facts, those first that the text argues with.
        names: what the product may be called: its name in full, title, brand, parts of its category.
        told: facts that the parts before tell.
    """
    short = [fact for fact in argument if not fact.endswith(_ENDS) and field.room.fits(fact)]
    if field.part == "facts":
        text = GrowingText(language, field.room)
        text.lists([fact for fact in short if fact not in told][:3])
        if text.text:
            yield Draft(text.text, tuple(text.told))
    shorter = [each for name in names for each in (name, core(name).strip())]
    fitting = [name for name in shorter if name and field.room.fits(name)]
    for name in fitting:
        if field.part == "line":
            text = GrowingText(language, field.room)
            text.open(name)
            text.tell(short[:2])
            if text.told:
                yield Draft(text.text.rstrip("".join(_ENDS)), tuple(text.told))
    for name in fitting:
        yield Draft(name, ())
