"""Writing from attributes, in a file of AdvertiseGen's form, and a judge that is not the shop's own check.

A line is JSON: `content` (`类型#裙*颜色#蓝色`: name#value, parted by *) and `summary`, which a person wrote.
The judge knows which values the file has for each attribute. A text says a value if the value stands in it;
it contradicts its attributes if it says a value of theirs (a colour, a collar, a length) that is not among
the given ones, nor a part of one, nor of any other given attribute.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shopwright.content import ContentRequest, ContentWriter
from shopwright.products import Detail, ProductFacts

from .evidence import Unreadable

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_TITLE = "类型"
# A value counts for contradictions from so many lines on: what is written once may be a slip.
_SEEN = 3
# Values that say how something looks or feels, and go together: "simple" and "elegant" is no contradiction.
_SOFT = frozenset({"风格", "版型", "图案", "材质", "衣款式", "裙款式", "裤款式"})


@dataclass(frozen=True)
class Described:
    """Attributes, each with its values, and a person's text."""

    attributes: Mapping[str, tuple[str, ...]]
    text: str


def read(path: Path) -> list[Described]:
    """The file's lines. Raises evidence.Unreadable."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            values: dict[str, list[str]] = defaultdict(list)
            for part in row["content"].split("*"):
                name, _, value = part.partition("#")
                if not name or not value:
                    raise ValueError(f"{part!r} is not name#value")
                values[name].append(value)
            rows.append(
                Described(
                    {name: tuple(dict.fromkeys(each)) for name, each in values.items()}, str(row["summary"])
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"{path}, line {number}: {error!r}") from error
    if not rows:
        raise Unreadable(f"{path}: it is empty")
    return rows


class Judge:
    """Knows every attribute's values of a file."""

    def __init__(self, rows: Sequence[Described]) -> None:
        seen = Counter(
            (name, value) for row in rows for name, values in row.attributes.items() for value in values
        )
        self._values: dict[str, set[str]] = defaultdict(set)
        for (name, value), times in seen.items():
            if times >= _SEEN and len(value) > 1 and name not in _SOFT:
                self._values[name].add(value)

    def coverage(self, text: str, row: Described) -> float:
        """The share of the given values that stand in the text."""
        given = [value for values in row.attributes.values() for value in values]
        return sum(_plain(value) in text for value in given) / len(given)

    def contradictions(self, text: str, row: Described) -> list[tuple[str, str]]:
        """What the text says against the attributes, as (attribute, value)."""
        given = [value for values in row.attributes.values() for value in values]
        return [
            (name, value)
            for name in row.attributes
            for value in sorted(self._values[name])
            if value in text
            and not any(value in other for other in given)
            and not any(own in value for own in row.attributes[name])
        ]


def measure(rows: Sequence[Described], writer: ContentWriter, say: Callable[[str], None]) -> dict[str, Any]:
    """Of the shop's descriptions and of the people's: coverage, contradictions, who wrote them.

    Coverage is of all values given; `contradicting` is the share of texts with at least one contradiction.
    """
    judge = Judge(rows)
    texts: dict[str, list[str]] = {"shop": [], "people": [row.text for row in rows]}
    served: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        answer = writer.write(
            ContentRequest(kind="product_description", product=facts(row), language="zh"), _NOW
        )
        served[answer.served_by] += 1
        texts["shop"].append(answer.texts[0].text)
        if number % 100 == 0:
            say(f"written for {number:,} of {len(rows):,}")
    found: dict[str, Any] = {"rows": len(rows), "served_by": dict(served)}
    for who, written in texts.items():
        pairs = list(zip(written, rows, strict=True))
        found[who] = {
            "attribute_coverage": round(sum(judge.coverage(*pair) for pair in pairs) / len(pairs), 4),
            "contradicting": round(sum(bool(judge.contradictions(*pair)) for pair in pairs) / len(pairs), 4),
        }
    return found


def facts(row: Described) -> ProductFacts:
    """The attributes as facts: the type is the title, the rest are details."""
    details = [
        Detail(attribute_name=name, attribute_value="、".join(values))
        for name, values in row.attributes.items()
        if name != _TITLE
    ]
    return ProductFacts(
        title="、".join(row.attributes.get(_TITLE, ("商品",))), language="zh", product_detail=details
    )


def _plain(value: str) -> str:
    """A value as sentences say it: 蓝色 is also said by 蓝."""
    return value[0] if len(value) == 2 and value.endswith("色") else value
