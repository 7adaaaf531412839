"""A shop's export, as the scheduled function writes it: what its customers did, and its products.

events.jsonl.gz    {"customer": 17, "product_id": "p-1", "event_name": "view_item", "time": "2026-..."}
                   a customer's together, oldest first
products.jsonl.gz  {"id": "p-1", "text": "what the catalogue embeds"}
manifest.json      {"time": "20261125T030000Z", ...}; written last
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .sequences import BadFile, History, Sequences

_Row = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """What a shop exported.

    `ids` and `texts` of the products by place, place 0 empty; `latest[i]` is when the last event of
    `sequences.histories[i]` was, in ISO 8601; `version` is the export's time.
    """

    version: str
    ids: list[str]
    texts: list[str]
    sequences: Sequences
    latest: list[str]


def read_export(folder: Path, say: Callable[[str], None] = lambda _: None) -> Exported:
    """The export in a folder. Products that the catalogue no longer has are passed over. Raises BadFile."""
    version = _version(folder / "manifest.json")
    ids, texts = [""], [""]
    for _, row in _rows(folder / "products.jsonl.gz", {"id": str, "text": str}):
        ids.append(row["id"])
        texts.append(row["text"])
    places = {product_id: place for place, product_id in enumerate(ids) if place}
    histories: dict[int, list[int]] = {}
    latest: dict[int, str] = {}
    for number, row in _rows(folder / "events.jsonl.gz", {"customer": int, "product_id": str, "time": str}):
        if number % 100_000 == 0:
            say(f"{number:,} events read")
        place = places.get(row["product_id"])
        if place is None:
            continue
        history = histories.setdefault(row["customer"], [])
        if not history or history[-1] != place:  # looking at one page again is no next product
            history.append(place)
        latest[row["customer"]] = row["time"]
    rows: list[History] = [np.array(history, np.int64) for history in histories.values()]
    return Exported(version, ids, texts, Sequences(rows, np.arange(len(ids))), [*latest.values()])


def _version(path: Path) -> str:
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["time"]
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror}): is the export whole?") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(f"{path}: is no JSON object with `time`") from error
    return str(version)


def _rows(path: Path, fields: dict[str, type]) -> Iterator[tuple[int, _Row]]:
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise BadFile(f"{path}, line {number}: not JSON ({error})") from None
                for name, kind in fields.items():
                    if not isinstance(row, dict) or not isinstance(row.get(name), kind):
                        raise BadFile(f"{path}, line {number}: needs `{name}`")
                yield number, row
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadFile(f"{path}, line {number + 1}: cannot be read ({error})") from error
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror or error})") from error
