"""How many planted errors the checks of copy find, and how much good copy they reject."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from shopwright.claims import ALL_CHECKS, Check, Finding, review
from shopwright.hashtags import hashtag_findings
from shopwright.layouts import ad_layout, email_layout
from shopwright.platforms import Room, room_on

# Which checks are for which kind of error; `hashtags` and `length` are no checks of `review`.
FOR: dict[str, frozenset[Check]] = {
    "numbers": frozenset({"numbers"}),
    "names": frozenset({"names"}),
    "features": frozenset({"features"}),
    "law": frozenset({"forbidden", "promises", "features"}),
    "prices": frozenset({"numbers", "promises"}),
    "competitors": frozenset({"names", "forbidden"}),
    "language": frozenset({"language"}),
    "personal": frozenset({"personal_data"}),
    "hashtags": frozenset({"hashtags"}),
}
# These allow only what a fact says in its words: they find what no list knows, and reject what is well put.
STRICT: frozenset[Check] = frozenset({"words", "pairing"})
Row = dict[str, Any]
Judge = Callable[[Row, str], list[Finding]]


def measure() -> dict[str, Any]:
    """By kind of error, by language and by whether the line was looked at while the checks were made.

    Returns:
        `kinds`: each with `found` of `planted` by its own checks, `found_by_any` of all checks, and
        `rejected` of as many good texts by its own; what a check finds in the good text as well it does not
        find in the bad one. `true`: of `texts`, `rejected` by any check but the strict two,
        `rejected_by_any`, and by each alone. `length`: `right` of `texts`.
    """
    kinds = {kind: _planted(kind) for kind in FOR}
    return {"kinds": kinds, "true": _true(), "length": _length()}


def _planted(kind: str) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for seen, row in _rows(kind):
        bad, good = _findings(row, row["bad"]), _findings(row, row["good"])
        for place in (row["language"], seen):
            count = counts[place]
            count["planted"] += 1
            new = [finding for finding in bad if finding not in good]
            count["found"] += _any(new, FOR[kind])
            count["found_by_any"] += bool(new)
            count["rejected"] += _any(good, FOR[kind])
            count["rejected_by_any"] += bool(good)
    return {place: dict(count) for place, count in counts.items()}


def _true() -> dict[str, dict[str, Any]]:
    counts: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for seen, row in _rows("true"):
        found = _findings(row, row["text"])
        for place in (row["language"], seen):
            count = counts[place]
            count["texts"] += 1
            count["rejected"] += _any(found, ALL_CHECKS - STRICT)
            count["rejected_by_any"] += bool(found)
            for check in {finding.check for finding in found}:
                count[f"by {check}"] += 1
    return {place: dict(count) for place, count in counts.items()}


def _length() -> dict[str, int]:
    rows = [row for _, row in _rows("length")]
    right = sum(_room(row["place"]).fits(row["text"]) == row["fits"] for row in rows)
    return {"texts": len(rows), "right": right}


def _findings(row: Row, text: str) -> list[Finding]:
    """What all checks object to."""
    product = _products()[row["product"]][row["language"]]
    facts, names = product["facts"], product["names"]
    if "platform" not in row:
        return list(review(text, facts, language=row["language"], names=names).findings)
    # A post: its text goes through the checks, its end through the one of hashtags.
    plain = text.partition("#")[0]
    found = list(review(plain, facts, language=row["language"], names=names).findings)
    return found + hashtag_findings(
        text, facts, language=row["language"], names=names, platform=row["platform"]
    )


def _any(findings: list[Finding], checks: frozenset[Check]) -> bool:
    return any(finding.check in checks for finding in findings)


def _room(place: str) -> Room:
    """The room of a place as `length.jsonl` names it."""
    layouts = {"google": ad_layout("google"), "meta": ad_layout("meta"), "email": email_layout(Room(600))}
    fields = {f"{name}_{field.name}": field.room for name, layout in layouts.items() for field in layout}
    if place in fields:
        return fields[place]
    if place in ("x", "weibo", "instagram", "xiaohongshu"):
        return room_on(place, 10**9)  # type: ignore[arg-type]
    raise ValueError(f"no such place: {place}")


def _rows(name: str) -> Iterator[tuple[str, Row]]:
    """Each line with whether it was looked at while the checks were made."""
    file = resources.files(__package__) / "sets" / f"{name}.jsonl"
    count: dict[str, int] = defaultdict(int)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield ("held out" if count[row["language"]] % 2 else "seen"), row
        count[row["language"]] += 1


@cache
def _products() -> Mapping[str, Any]:
    file = resources.files(__package__) / "sets" / "products.json"
    found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
