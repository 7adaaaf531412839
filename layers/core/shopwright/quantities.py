"""Numbers with their units, in English and Chinese, brought to one form so that they can be compared.

    find("6.1-inch display")[0]  ->  values (0.15494,), dimension "length"
    find("1200万像素")[0]         ->  values (12000000,), dimension "pixel"

Pure; no language detection: both languages' spellings are looked for in every text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from .units import COUNTERS, HAN_DIGITS, SCALES, SPELLINGS, SYMBOLS, UNIT, WORDS

Bound = Literal["", "over", "under", "up_to", "about"]


_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_COUNTED = rf"\s*(?:{UNIT}|[{COUNTERS}])"
_NUMBER = (
    rf"{_DIGITS}|[½¼¾]|\b(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})\b"
    rf"|(?<!第)(?:[一二三四五六七八九十百千万两]+|半)(?=[多余]?{_COUNTED})"
)
_SCALE = r"万|亿|千(?![克米瓦卡赫])|百(?!万像素)|million|billion|thousand"
_JOIN = r"-|–|—|~|～|至|到|\bto\b|\bby\b|x|×|\*|乘"


def _part(n: str) -> str:
    return (
        rf"(?P<n{n}>{_NUMBER})(?:\s?(?P<s{n}>{_SCALE})(?![A-Za-z]))?(?:\+|(?P<m{n}>[多余](?={_COUNTED})))?"
        rf"(?:[\s-]?(?P<u{n}>{UNIT}))?"
    )


@cache  # 0.1 s, which only those pay who compare numbers
def _quantity() -> re.Pattern[str]:
    second, third = (rf"\s*(?P<join{n}>{_JOIN})\s*{_part(n)}" for n in "bc")
    return re.compile(
        r"(?<![A-Za-z0-9.])(?:(?P<symbol>us\$|hk\$|[$€£¥￥])\s?)?"
        rf"{_part('a')}(?:{second}(?:{third})?)?(?P<half>半(?![年价透天月个]))?"
        # "4斤8两": digits may follow a Chinese unit.
        r"(?:(?<=[\u3400-\u9fff])|(?![A-Za-z0-9]))",
        re.I,
    )


_BOUNDS: list[tuple[Bound, str]] = [
    (
        "up_to",
        r"(?:up to|maximum(?: of)?|max\.?|最[高长大多][可放达支能进约]{0,3}|可达|高达|长达|多达|不超过)",
    ),
    (
        "over",
        r"(?:over|more than|at least|above|exceeding|beyond|minimum(?: of)?|(?:^|[.,;:(])\s*from"
        r"|超过|超|逾|至少|大于|≥|>)",
    ),
    ("under", r"(?:under|less than|below|within|小于|低于|不到|≤|<)"),
    ("about", r"(?:about|around|approximately|approx\.?|nearly|almost|roughly|约|大约|近|将近)"),
]
_BEFORE = [(bound, re.compile(pattern + r"\s*(?:a |an |the )?$", re.I)) for bound, pattern in _BOUNDS]
_UP_TO_AFTER = re.compile(r"^\s?(?:以内|以下|之内|or less|or under|at most)")
_ABOUT_AFTER = re.compile(r"^\s?(?:左右|上下|or so)")
_BETWEEN = re.compile(r"\bbetween [\d.,]+[^\d.;]{0,12}? and (?=\d)", re.I)
_OVER_AFTER = re.compile(r"^\s?(?:\+|以上|多(?!种|个|层|款)|余|or more|and up)")
# A name may hold the unit: "Weight (g): 260".
_UNIT_IN_NAME = re.compile(
    rf"[(（](?P<unit>{UNIT})[)）]\s*[:：]\s*(?P<number>{_DIGITS})(?!\s?[A-Za-z%\d])", re.I
)

_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]+-?\d[A-Za-z0-9.+]*|\d+[A-Za-z][A-Za-z0-9]*|\d-in-\d)(?<![.])"
)
_NOT_UNITS = re.compile(
    r"(?<![\d.])(?:[2-6]G(?!B)|(?:[2458]|1[26])K|\d{3,4}[pi]|\d-in-\d|[23]D)(?![A-Za-z0-9])"
)


@dataclass(frozen=True)
class Quantity:
    """A number as it stands in a text at `start:end`, its values in the dimension's base unit.

    `form`: "one" value, a "range" of two, or a "product" (140 x 70 cm). `dimension` is "" for a bare count.
    """

    raw: str
    start: int
    end: int
    values: tuple[float, ...]
    dimension: str
    system: str
    factor: float
    form: Literal["one", "range", "product"]
    bound: Bound
    decimals: int


_NEAR = 0.1
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}


def _number(raw: str) -> float:
    fractions = {"½": 0.5, "¼": 0.25, "¾": 0.75}
    if raw in fractions:
        return fractions[raw]
    if raw.lower() in WORDS:
        return float(WORDS[raw.lower()])
    if raw[0].isascii():
        return float(raw.replace(",", ""))
    if raw == "半":
        return 0.5
    total, digit = 0, 0
    for char in raw:
        if char == "万":
            total, digit = (total + digit) * 10_000, 0
        elif char in _HAN_TENS:
            total += (digit or 1) * _HAN_TENS[char]
            digit = 0
        else:
            digit = HAN_DIGITS[char]
    return float(total + digit)


def _unit(raw: str | None) -> tuple[str, str, float]:
    for pattern, dimension, system, factor in SPELLINGS if raw else ():
        if raw and pattern.fullmatch(raw):
            return dimension, system, factor
    return "", "", 1.0


def _inch_is_meant(text: str, end: int) -> bool:
    """Whether the "in" that ends at `end` is an inch and not the preposition."""
    return bool(
        re.match(r"\s*(?:[.,;:)x×]|$|display|screen|monitor|wide|tall|long|deep|diagonal)", text[end:], re.I)
    )


def _found(text: str, match: re.Match[str], named_unit: str | None) -> Quantity:
    part = match.groupdict()
    end = match.end()
    unit_raw = part["uc"] or part["ub"] or part["ua"] or named_unit
    if unit_raw and unit_raw.lower() == "in" and not _inch_is_meant(text, end):
        unit_raw, end = None, len(text[: end - len("in")].rstrip())
    dimension, system, factor = _unit(unit_raw)
    if part["symbol"]:
        dimension, system, factor = SYMBOLS[part["symbol"].lower()], "", 1.0
    numbers = [(part[f"n{n}"], part[f"s{n}"], part[f"u{n}"]) for n in "abc"]
    values = []
    for raw, scale, own_unit in numbers:
        if raw:
            of_unit = _unit(own_unit)[2] if own_unit and unit_raw else factor
            scaled = _number(raw) * SCALES.get((scale or "").lower(), 1.0)
            values.append(100 - 10 * scaled if system == "zhe" else scaled * of_unit)
    if part["half"] and unit_raw:
        values[-1] += factor / 2
    if dimension == "fahrenheit":
        dimension, system, factor = "celsius", "imperial", 1 / 1.8
        values = [(value - 32) / 1.8 for value in values]
    joins = {part["joinb"], part["joinc"]} - {None}
    form: Literal["one", "range", "product"] = (
        "one" if len(values) == 1 else "product" if joins & {"x", "X", "×", "*", "乘", "by"} else "range"
    )
    before = text[: match.start()]
    bound: Bound = next((bound for bound, pattern in _BEFORE if pattern.search(before)), "")
    if "+" in match[0] or any(part[f"m{n}"] for n in "abc") or _OVER_AFTER.match(text[end:]):
        bound = "over"
    elif _UP_TO_AFTER.match(text[end:]):
        bound = "up_to"
    elif _ABOUT_AFTER.match(text[end:]):
        bound = "about"
    decimals = len(part["na"].partition(".")[2])
    return Quantity(
        text[match.start() : end],
        match.start(),
        end,
        tuple(values),
        dimension,
        system,
        factor,
        form,
        bound,
        decimals,
    )


def _plain_digits(text: str) -> str:
    """The text with every script's digits as 0-9, at the same places: "１２" counts as 12 does."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def find(text: str) -> list[Quantity]:
    """Every number in the text that counts or measures something; model codes such as A15 are left out."""
    return list(_find(text))


@lru_cache(maxsize=4096)  # the same facts are looked at for every sentence
def _find(text: str) -> tuple[Quantity, ...]:
    original = text = _plain_digits(text)
    # A range, as "24 to 52"; at the same places.
    text = _BETWEEN.sub(lambda match: f"{match[0][:-5]}  -  ", text)
    named = {m.start("number"): m["unit"] for m in _UNIT_IN_NAME.finditer(text)}
    codes = [m.span() for m in _NOT_UNITS.finditer(text)]
    found: list[Quantity] = []
    for match in _quantity().finditer(text):
        if any(start <= match.start() < end for start, end in codes):
            continue
        quantity = _found(original, match, named.get(match.start()))
        before = found[-1] if found else None
        if before and _goes_on(before, quantity, original):
            found[-1] = replace(
                before,
                raw=original[before.start : quantity.end],
                end=quantity.end,
                values=(before.values[0] + quantity.values[0],),
                factor=quantity.factor,
                decimals=quantity.decimals,
            )
        else:
            found.append(quantity)
    return tuple(found)


def _goes_on(before: Quantity, quantity: Quantity, text: str) -> bool:
    """Whether a number adds its smaller unit to the one before: "1 h 30 min", "3 ft 7 in", "4斤8两"."""
    return (
        before.form == quantity.form == "one"
        and before.dimension == quantity.dimension != ""
        and before.system == quantity.system
        and before.factor > quantity.factor
        and not text[before.end : quantity.start].strip()
        and quantity.values[0] < before.factor
    )


def codes(text: str) -> list[tuple[str, int]]:
    """Model codes and the like (A15, IP68, 5G, 1080p) with where they start."""
    text = _plain_digits(text)
    spans = [(q.start, q.end) for q in find(text) if q.dimension]
    found = {m.start(): m[0] for m in (*_NOT_UNITS.finditer(text), *_CODE.finditer(text))}
    return [(raw, at) for at, raw in found.items() if not any(start <= at < end for start, end in spans)]


def carries(fact: Quantity, claim: Quantity) -> bool:
    """Whether a fact's number is what the claim's says, or more than it says.

    Equal within one system of units, rounded as usual between two; a claim may be vaguer than the fact
    ("up to 30 hours" of 30 hours, "under 160 g" of 158 g), never sharper ("30 hours" of up to 30, "over 30"
    of 30).
    """
    # "40 degrees" may be an angle or a temperature; people wash at the latter.
    if fact.dimension != claim.dimension and (fact.dimension, claim.dimension) != ("celsius", "angle"):
        return False
    if claim.dimension and claim.form == fact.form == "one":
        # Vaguer, and true all the same; further off it is another matter's number.
        off = (fact.values[0] - claim.values[0]) / claim.values[0] if claim.values[0] else 0.0
        if claim.bound == "under" and fact.bound in ("", "under", "up_to") and -_NEAR <= off < 0:
            return True
        if claim.bound == "over" and fact.bound in ("", "over") and 0 < off <= _NEAR:
            return True
        # What stands 250 °C may go into an oven of 250 °C.
        if fact.bound == "up_to" and not claim.bound and fact.dimension == "celsius":
            return _equal(fact.values[0], claim.values[0], fact, claim)
    if claim.form == "one" and fact.form == "range" and claim.bound == "up_to":
        return _equal(fact.values[-1], claim.values[0], fact, claim)
    if fact.form != claim.form or len(fact.values) != len(claim.values):
        return False
    if claim.bound != fact.bound and (
        claim.bound in ("over", "under") or fact.bound in ("over", "under", "up_to")
    ):
        return False
    if fact.bound == "about" and not claim.bound:
        return False
    return all(_equal(f, c, fact, claim) for f, c in zip(fact.values, claim.values, strict=True))


_SAID_AGAIN = re.compile(
    r"[\s,，(（]*(?:(?:or|about|around|approximately|roughly|即|合|约|大约|等于|相当于|也就是)[\s(（]*)*"
)


def converts(before: Quantity, claim: Quantity, text: str) -> bool:
    """Whether a number says the one before it again in another unit: "up to 15.6 inches (39.6 cm)"."""
    between = text[before.end : claim.start]
    said, again = replace(before, bound=""), replace(claim, bound="")
    other_unit = before.factor != claim.factor
    return other_unit and bool(_SAID_AGAIN.fullmatch(between)) and carries(said, again)


_SIDE_BEFORE = re.compile(r"(?:[长宽高厚深]|length|width|height|depth)(?:度|约|为|of)?[:： ]*$", re.I)
_SIDE_AFTER = re.compile(r"\s*(?:long|wide|high|tall|deep|thick|of length|[长宽高厚深])", re.I)


def one_side(fact: Quantity, claim: Quantity, text: str) -> bool:
    """Whether a number says how long, wide or high something is of which a fact gives all sides."""
    if fact.form != "product" or claim.form != "one" or fact.dimension != claim.dimension != "":
        return False
    told = _SIDE_BEFORE.search(text[: claim.start]) or _SIDE_AFTER.match(text[claim.end :])
    return bool(told) and any(_equal(value, claim.values[0], fact, claim) for value in fact.values)


def _equal(fact_value: float, claim_value: float, fact: Quantity, claim: Quantity) -> bool:
    if abs(fact_value - claim_value) <= 1e-9 * max(abs(fact_value), abs(claim_value), 1e-9):
        return True
    if fact.system == claim.system or claim.system in ("", "zhe", "calendar", "clock"):
        return False
    shown = claim_value / claim.factor
    return shown >= 10 ** (1 - claim.decimals) and round(fact_value / claim.factor, claim.decimals) == round(
        shown, claim.decimals
    )
