"""Ways to say one fact: as a thing the product has, as what it does, as a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# A thing follows "has" or "with"; a deed follows "It"; a sentence stands alone.
Kind = Literal["thing", "deed", "sentence"]

_THINGS: dict[str, tuple[str, ...]] = {
    "Weight": ("a weight of {v}",),
    "Net weight": ("a net weight of {v}",),
    "Capacity": ("a capacity of {v}", "room for {v}"),
    "Power": ("{v} of power", "a power of {v}"),
    "Warranty": ("a warranty of {v}", "a {y} warranty"),
    "Sizes": ("sizes {v}",),
    **dict.fromkeys(
        (
            "Colour",
            "Origin",
            "Material",
            "Machine washable",
            "Oven safe",
            "For rooms up to",
            "Keeps cold",
            "Steps of",
        ),
        (),
    ),
}
_DEEDS: dict[str, tuple[str, ...]] = {
    "Weight": ("weighs {v}", "weighs just {v}"),
    "Material": ("is made of {v}",),
    "Colour": ("comes in {v}",),
    "Capacity": ("holds {v}",),
    "Volume": ("holds {v}",),
    "Size": ("measures {v}",),
    "Packed size": ("has a packed size of {v}",),
    "Origin": ("comes from {v}",),
    "Sizes": ("comes in sizes {v}",),
    "Machine washable": ("is machine washable at {v}",),
    "Oven safe": ("is oven safe up to {v}",),
    "Battery life": ("has a battery life of {v}",),
    "For rooms up to": ("is for rooms up to {v}",),
    "Keeps cold": ("keeps cold for {v}",),
    "Steps of": ("measures in steps of {v}",),
    "Warranty": ("comes with a warranty of {v}",),
    "Net weight": ("has a net weight of {v}",),
}
_SILENT = frozenset({"Age", "Brand", "Price", "Availability"})
_AS_WRITTEN = frozenset({"Origin", "Valves", "Lock"})
_UNCOUNTED = frozenset(
    ("glass", "salt", "GPS", "Bluetooth", "feet", "storage", "power", "shatter", "protection", "pile")
)
_YES = re.compile(r"(?:yes|included)$", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.]+(?:-[\d.]+)?$")


@dataclass(frozen=True)
class Phrase:
    """One way to say `fact`."""

    kind: Kind
    words: str
    fact: str


def phrases(fact: str, highlights: Mapping[str, str]) -> list[Phrase]:
    """All ways to say a fact; none for what copy leaves out.

    Args:
        fact: as it stands in the prompt.
        highlights: of what kind those without a name are.
    """
    if fact in highlights:
        return [Phrase(*_highlight(fact, highlights[fact]), fact)]
    name, colon, value = fact.partition(": ")
    if not colon or name in _SILENT or value == "None":
        return []
    spoken = value if name in _AS_WRITTEN else lowered(value)
    said = _own_lower(name)
    if _YES.match(value):
        return [Phrase("deed", f"is {said}", fact)]
    things = _THINGS.get(name, _usual_things(name, said, spoken))
    deeds = _DEEDS.get(name, tuple(f"has {thing}" for thing in things))
    by_year = re.sub(r" years?$", "-year", spoken)
    found = [Phrase("thing", words.format(v=spoken, y=by_year), fact) for words in things]
    found += [Phrase("deed", words.format(v=spoken, y=by_year), fact) for words in deeds]
    if name not in _DEEDS and not name.endswith("s") and not _NUMBER.match(value):
        found.append(Phrase("sentence", f"The {said} is {spoken}.", fact))
    return found


def lowered(value: str) -> str:
    """`Recycled plastic` as in the middle of a sentence; `ABS` and `USB-C` stay."""
    return value[0].lower() + value[1:] if re.match(r"[A-Z][a-z]", value) else value


def article(words: str) -> str:
    """`a` or `an`."""
    return "an" if re.match(r"[aeio]|u(?!-|ni|s)|8|11|18|[AEFHILMNORSX][A-Z]", words) else "a"


def _own_lower(name: str) -> str:
    return name if name[1:2].isupper() else lowered(name)


def _usual_things(name: str, said: str, value: str) -> tuple[str, ...]:
    if _NUMBER.match(value) and name.endswith("s"):
        return (f"{value} {said if value != '1' else said[:-1]}",)
    if any(character.isdigit() for character in value) and not name.endswith("s"):
        return (f"{article(said)} {said} of {value}",)
    if " " not in value and not name.endswith("s") and name != "Material":
        return (f"{article(value)} {value} {said}",)
    return ()


def _highlight(text: str, kind: str) -> tuple[Kind, str]:
    said = lowered(text)
    if kind == ">":
        return "deed", said
    if kind == "=":
        return "deed", f"is {said}"
    last = re.split(r" (?:with|of|on|for|in) ", said)[0].split()[-1]
    bare = last in _UNCOUNTED or (last.endswith("s") and not last.endswith("ss"))
    return "thing", said if bare else f"{article(said)} {said}"
