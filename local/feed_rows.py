"""The rows of a file, be it JSON lines, CSV or tab separated. A bad row does not end the reading."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
JSON_LINES = (".jsonl", ".ndjson")


class FeedError(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True)
class Row:
    """One product, article or event of a file. `first` and `last` are its lines, from 1.

    Either `value` is what to send, or `field` (may be empty: the row as a whole) and `why` say what is wrong.
    """

    first: int
    last: int
    value: dict[str, Any] | None = None
    field: str = ""
    why: str = ""


class Fault(ValueError):
    """What is wrong with a row, and in which field (empty: the row as a whole)."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.why = why


def read_rows(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | Fault]]:
    """Each row's first and last line, from 1, and its fields by name or what is wrong with it.

    In tables, empty cells are left out and columns go by their plain names (see `plain_name`).

    Raises:
        FeedError: if the file's ending or its first line does not tell its form.
    """
    return _json_lines(path) if path.suffix.lower() in JSON_LINES else _table(path)


def plain_name(name: str) -> str:
    """`Image link`, `g:image_link` and `product_detail(section_name:...)` by the feed's plain names."""
    plain = re.sub(r"\(.*\)$", "", name.strip().lower()).removeprefix("g:")
    return re.sub(r"[\s_]+", "_", plain)


def _json_lines(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | Fault]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(b"\xef\xbb\xbf").strip()
            if not text:
                continue
            try:
                row = json.loads(text, parse_constant=_no_json)
                if b"\\ud" in text.lower():  # half of a surrogate pair cannot be sent on
                    json.dumps(row, ensure_ascii=False).encode()
            except UnicodeError:
                yield number, number, Fault("", "is not UTF-8 text")
            except (ValueError, RecursionError):
                yield number, number, Fault("", "is not JSON")
            else:
                wrong = Fault("", "is not a JSON object")
                yield number, number, row if isinstance(row, dict) else wrong


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _table(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | Fault]]:
    """Rows of a delimited file by normalised column name, empty cells left out."""
    delimiter = _DELIMITERS.get(path.suffix.lower())
    if delimiter is None:
        taken = ", ".join([*_DELIMITERS, *JSON_LINES])
        raise FeedError(f"{path.name}: files are told apart by their ending; taken are {taken}")
    # What is not UTF-8 becomes surrogates, so that one bad line does not end the reading.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = [plain_name(name) for name in next(reader, [])]
        except csv.Error:
            header = []
        if not any(header):
            raise FeedError(f"{path.name}: the first line must name the columns")
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield first, reader.line_num, Fault("", "has an open quote or a cell that is too long")
                continue
            if any(cell.strip() for cell in cells):
                yield first, reader.line_num, _cells(header, cells)


def _cells(header: list[str], cells: list[str]) -> dict[str, Any] | Fault:
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return Fault("", "is not UTF-8 text")
    if len(cells) > len(header):
        return Fault("", f"has {len(cells)} cells under {len(header)} columns")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
