"""A shop's own files as the export that a recommender is trained on, without a running shop.

The rows are written by the very code of the scheduled export (shopwright.exporting).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from local import feeds
from local.feed_rows import FeedError, Row
from local.processes import ShopError
from local.sample import load_products
from local.sample.customers import generate
from shopwright.events import Event
from shopwright.exporting import Export, Exporting
from shopwright.ports import Content, Source
from shopwright.products import Product

Say = Callable[[str], None]
M = TypeVar("M", bound=BaseModel)
_SHOWN = 5  # bad rows
_EVERY = 100_000  # events between two lines of progress


def export_files(products: Path, events: Path, to: Path, say: Say) -> Export:
    """Export a product feed and events (see local.feeds). Bad rows are left out and counted.

    Raises:
        ShopError: a file cannot be read, or holds nothing good.
    """
    try:
        shelf = list(_models(feeds.products(products, feeds.Notes()), Product, products, say))
        done = list(_models(feeds.events(events, feeds.Notes()), Event, events, say))
    except (FeedError, OSError, UnicodeDecodeError) as error:
        raise ShopError(str(error)) from error
    return _export(shelf, done, to)


def export_sample(to: Path) -> Export:
    """Export the sample shop."""
    rows = load_products()
    events = generate(rows, customers=64, until=datetime.now(UTC))
    return _export(map(Product.model_validate, rows), map(Event.model_validate, events), to)


def _models(rows: Iterable[Row], kind: type[M], path: Path, say: Say) -> Iterator[M]:
    bad = good = 0
    for row in rows:
        try:
            if row.value is None:
                raise ValueError(f"{row.field}: {row.why}" if row.field else row.why)
            yield kind.model_validate(row.value)
        except ValueError as error:
            bad += 1
            if bad <= _SHOWN:
                say(f"{path.name}, line {row.first}: left out: {_why(error)}")
        else:
            good += 1
            if good % _EVERY == 0:
                say(f"{path.name}: {good:,} read")
    if bad > _SHOWN:
        say(f"{path.name}: {bad:,} bad rows were left out in all")
    if not good:
        raise ShopError(f"{path}: holds nothing that could be exported")


def _why(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _export(products: Iterable[Product], events: Iterable[Event], to: Path) -> Export:
    shop: Any = _Shop(products, events)  # as much of all stores as an export reads
    to.mkdir(parents=True, exist_ok=True)
    (to / "manifest.json").unlink(missing_ok=True)  # from now on the folder's export is not whole
    archive: Any = _Folder(to)
    return Exporting(shop, shop, shop, archive, None).run(datetime.now(UTC), lambda: inf)


class _Shop:
    def __init__(self, products: Iterable[Product], events: Iterable[Event]) -> None:
        self._products = products
        self._events = sorted(events, key=lambda event: (event.customer_id, event.event_time))

    def all_products(self) -> Iterable[Product]:
        return self._products

    def all_events(self) -> Iterable[Event]:
        return self._events

    def models(self) -> Iterable[tuple[Source, str]]:
        return ()  # files have no vectors


class _Folder:
    """One export's files, whatever its time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / key.rpartition("/")[2]

    def read(self, key: str, *, most: int) -> Content | None:
        path = self._path(key)
        if not path.is_file():
            return None
        data = path.read_bytes()
        return Content(data, hashlib.sha256(data).hexdigest())

    def put(self, key: str, data: bytes, *, replacing: Content | None) -> None:
        self._path(key).write_bytes(data)

    def put_file(self, key: str, file: IO[bytes]) -> None:
        with self._path(key).open("wb") as to:
            while block := file.read(1 << 20):
                to.write(block)
