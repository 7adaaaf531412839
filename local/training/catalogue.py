"""Invented products: a name, a shelf, and facts drawn from what the shelf offers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.training.shelves import Shelf
from local.training.wordings import phrases
from shopwright.products import Detail, Product

_STARTS = "Bal Bren Cas Cor Dol El Fen Gal Har Il Jun Kar Lum Mal Nor Ol Per Ros Sel Tor Ul Ver Wil"
_ENDS = "ado amber bury cote dale eska field gate ham ista jo kin low mere nova ona pine quist rova via"
_LINES = "Alto Basic Breeze Classic Drift Duo Echo Field Grand Home Icon Juno Kite Lite Mono Nova Solo"
# Attributes whose value can stand before their name: "12 V voltage" cannot.
_MEASURED = frozenset(
    ("Capacity", "Display", "Power", "Battery", "Storage", "Resolution", "Viewing angle", "Tank", "Bowl")
) | {"Bin", "Range", "Load", "Shelf life", "Folded length", "Cutting diameter", "Torque", "Run time"}
_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)((?: |%|°).*)?$")
_BARE = re.compile(r"\d+(?:\.\d+)?$")


@dataclass(frozen=True)
class Invented:
    """A product that no shop sells, and of what kind each of its highlights is: `+`, `=` or `>`."""

    product: Product
    highlights: Mapping[str, str]


def invent(shelf: Shelf, number: int, rng: random.Random) -> Invented:
    """A product of the shelf."""
    thing = rng.choice(shelf.things)
    brand = rng.choice(_STARTS.split()) + rng.choice(_ENDS.split())
    chosen = rng.sample(sorted(shelf.attributes.items()), min(len(shelf.attributes), rng.randint(2, 7)))
    details = {name: _value(values, rng) for name, values in chosen}
    highlights = _highlights(shelf, details, rng)
    product = Product(
        id=f"t-{number:05}",
        title=_title(brand, thing, details, rng),
        description=_description(thing, details, rng),
        product_type=shelf.category,
        product_detail=[
            Detail(attribute_name=name, attribute_value=value) for name, value in details.items()
        ],
        product_highlight=list(highlights),
        brand=brand,
        color=details.get("Colour"),
        material=details.get("Material"),
        size=details.get("Size"),
        price=f"{rng.randint(5, 900)}.{rng.choice(('00', '50', '99'))} {rng.choice(('CNY', 'EUR', 'USD'))}",
        availability=rng.choice(("in_stock", "in_stock", "out_of_stock", "preorder")),
    )
    return Invented(product, highlights)


def _title(brand: str, thing: str, details: Mapping[str, str], rng: random.Random) -> str:
    line = rng.choice(_LINES.split())
    title = rng.choice(
        [f"{brand} {thing}", f"{brand} {line} {thing}", f"{brand} {line} {rng.randint(2, 90)} {thing}"]
    )
    added = [
        details[name] for name in ("Diameter", "Volume", "Length", "Size", "Net weight") if name in details
    ]
    if added and rng.random() < 0.25:
        return f"{title} {added[0]}"
    if "Colour" in details and rng.random() < 0.4:
        return f"{title}, {details['Colour']}"
    return title


def _highlights(shelf: Shelf, details: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    own = {text[1:]: text[0] for text in rng.sample(shelf.highlights, rng.randint(0, 2))}
    measured = [f"{details[name]} {name.lower()}" for name in details if name in _MEASURED]
    if measured and rng.random() < 0.5:
        own[rng.choice(measured)] = "+"
    return dict(rng.sample(sorted(own.items()), len(own)))


def _description(thing: str, details: Mapping[str, str], rng: random.Random) -> str:
    """One or two sentences, as a shop writes them beside its table of attributes."""
    told = [phrase for name, value in details.items() for phrase in phrases(f"{name}: {value}", {})]
    things = [phrase.words for phrase in told if phrase.kind == "thing"]
    deeds = [phrase.words for phrase in told if phrase.kind == "deed"]
    article = "An" if thing[0] in "AEIOU" else "A"
    plural = thing.endswith("s") and not thing.endswith("ss")
    sentences = []
    if things and not plural:
        sentences.append(f"{article} {thing.lower()} with {rng.choice(things)}.")
    if deeds and not plural and rng.random() < 0.7:
        sentences.append(f"It {rng.choice(deeds)}.")
    return " ".join(sentences)


def _value(values: str, rng: random.Random) -> str:
    """One of the values a shelf's table allows."""
    if match := _RANGE.match(values):
        low, high, unit = match[1], match[2], match[3] or ""
        if "." in low:
            return f"{rng.uniform(float(low), float(high)):.1f}{unit}"
        whole = rng.randint(int(low), int(high))
        return f"{_rounded(whole)}{unit}"
    options: Sequence[str] = values.split("/")
    chosen = rng.choice(options)
    if _BARE.match(chosen) and not _BARE.match(options[-1]):  # "250/500/750 ml"
        return chosen + re.sub(r"^[\d.]+", "", options[-1])
    return chosen


def _rounded(whole: int) -> int:
    """As products are measured: 347 g is 345 g, 1783 g is 1780 g."""
    step = 10 if whole > 1000 else 5 if whole > 100 else 1
    return whole // step * step
