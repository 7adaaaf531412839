"""Reading what shops export: Google product feeds and GA4-style events, as JSON lines, CSV or tab separated.

A reader yields one Row for each product, article or event, in file order, good or not; it never stops at a
bad one. What the API would refuse is left for the API to judge: here only the file's form is understood.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from local.feed_rows import JSON_LINES, Fault, FeedError, Row, plain_name, read_rows
from shopwright.events import Event, EventItem
from shopwright.products import Article, Availability, Product

_LISTS = ("product_detail", "product_highlight")


@dataclass
class Notes:
    """Columns and fields that Shopwright has no use for; they were left out."""

    ignored: set[str] = field(default_factory=set)


def products(path: Path, notes: Notes) -> Iterator[Row]:
    """The products of a feed: .jsonl, .csv, or tab separated (.tsv, .txt)."""
    return _rows(path, lambda row: _product(row, notes))


def articles(path: Path, notes: Notes) -> Iterator[Row]:
    """The articles of a .jsonl file, as `PUT /articles` takes them."""
    if path.suffix.lower() not in JSON_LINES:
        raise FeedError(f"{path.name}: articles are taken as JSON lines (.jsonl)")
    return _rows(path, lambda row: _known(row, set(Article.model_fields), notes))


def events(path: Path, notes: Notes) -> Iterator[Row]:
    """The events of a file: .jsonl with one event a line, or .csv and .tsv with one line an item.

    Lines of the same event stand together: the first one's event fields count, each adds its item.
    """
    if path.suffix.lower() in JSON_LINES:
        return _rows(path, lambda row: _event(row, notes))
    return _grouped(_rows(path, lambda row: _event_line(row, notes)))


def _rows(path: Path, convert: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[Row]:
    """Every row of the file, converted; a Fault that `convert` raises makes it a bad one."""
    for first, last, row in read_rows(path):
        try:
            if isinstance(row, Fault):
                raise row
            yield Row(first, last, convert(row))
        except Fault as fault:
            yield Row(first, last, None, fault.field, fault.why)


def _known(row: dict[str, Any], fields: set[str], notes: Notes, prefix: str = "") -> dict[str, Any]:
    notes.ignored |= {f"{prefix}{name}" for name in row if name not in fields}
    return {name: value for name, value in row.items() if name in fields and value is not None}


def _product(row: dict[str, Any], notes: Notes) -> dict[str, Any]:
    product = _known(
        {plain_name(name): value for name, value in row.items()}, set(Product.model_fields), notes
    )
    for name in _LISTS:
        if isinstance(product.get(name), str):
            product[name] = _details(product[name]) if name == "product_detail" else _listed(product[name])
    if isinstance(product.get("price"), str):
        product["price"] = _price(product["price"])
    if isinstance(product.get("availability"), str):
        product["availability"] = _availability(product["availability"])
    if isinstance(product.get("condition"), str):
        product["condition"] = product["condition"].lower()
    return product


def _price(text: str) -> str:
    """`15.00 USD` from that, from `15 usd`, `1,299.00 USD` and `15,00 EUR`."""
    found = re.fullmatch(r"([\d.,\s]*\d)\s*([A-Za-z]{3})", text.strip())
    if not found:
        raise Fault("price", "is an amount and a currency code, like 15.00 USD")
    amount = re.sub(r"\s", "", found[1])
    if re.fullmatch(r"\d+,\d{1,2}", amount):
        amount = amount.replace(",", ".")
    return f"{amount.replace(',', '')} {found[2].upper()}"


def _availability(text: str) -> str:
    """The feed's value however it is spelt: `in stock`, `In_Stock`, `https://schema.org/InStock`."""
    letters = re.sub(r"[^a-z]", "", text.lower().rsplit("/", 1)[-1])
    known = {value.replace("_", ""): value for value in get_args(Availability)}
    return str(known.get(letters, text))


def _details(text: str) -> list[dict[str, str]]:
    """`section:name:value,section:name:value`; the section may be missing, a comma in a value is kept."""
    found: list[dict[str, str]] = []
    for part in re.split(r"(?<!\\),", text):
        pieces = [piece.strip() for piece in re.split(r"(?<!\\):", part, maxsplit=2)]
        pieces = [re.sub(r"\\([:,\\])", r"\1", piece) for piece in pieces]
        if len(pieces) == 1 and found:
            found[-1]["attribute_value"] += f",{part}"
        elif len(pieces) < 2 or not all(pieces[-2:]):
            raise Fault("product_detail", "is section:name:value, several of them separated by commas")
        else:
            detail = {"attribute_name": pieces[-2], "attribute_value": pieces[-1]}
            if len(pieces) == 3 and pieces[0]:
                detail["section_name"] = pieces[0]
            found.append(detail)
    return found


def _listed(text: str) -> list[str]:
    """Comma separated, where a part with a comma stands in double quotes."""
    return [part.strip() for part in next(csv.reader([text], skipinitialspace=True)) if part.strip()]


_EVENT_FIELDS = set(Event.model_fields)
_ITEM_FIELDS = set(EventItem.model_fields)


def _event(row: dict[str, Any], notes: Notes) -> dict[str, Any]:
    event = _known(row, _EVENT_FIELDS, notes)
    if isinstance(event.get("items"), list):
        event["items"] = [
            _known(item, _ITEM_FIELDS, notes, "items.") if isinstance(item, dict) else item
            for item in event["items"]
        ]
    return event


def _event_line(row: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """One line of a table as an event of one item, or of none."""
    line = _known(row, _EVENT_FIELDS - {"items"} | _ITEM_FIELDS, notes)
    item = {name: line.pop(name) for name in _ITEM_FIELDS & line.keys()}
    if "event_id" not in line:
        raise Fault("event_id", "is missing")
    return {**line, "items": [item] if "item_id" in item else []}


def _grouped(lines: Iterator[Row]) -> Iterator[Row]:
    """Lines of one event together as one row; rows still come in the order of their last lines.

    A bad line does not end its event: that is one item shorter then.
    """
    seen: set[str] = set()
    open_row: Row | None = None
    bad: list[Row] = []  # lines between the open event's
    for line in lines:
        if line.value is None:
            bad.append(line)
            continue
        event_id = line.value["event_id"]
        if open_row and open_row.value and open_row.value["event_id"] == event_id:
            items = [*open_row.value["items"], *line.value["items"]]
            open_row = Row(open_row.first, line.last, {**open_row.value, "items": items})
            continue
        yield from _closed(open_row, bad)
        open_row, bad = None, []
        if event_id in seen:
            why = "is of an event whose lines stand further up; lines of one event must stand together"
            yield Row(line.first, line.last, None, "event_id", why)
        else:
            seen.add(event_id)
            open_row = line
    yield from _closed(open_row, bad)


def _closed(row: Row | None, bad: list[Row]) -> list[Row]:
    return sorted([*([row] if row else []), *bad], key=lambda each: each.last)
