"""The scheduled export of what a recommender is trained on, and the start of its training.

    exports/20261125T030000Z/
        events.jsonl.gz    a line for each product of each event that speaks for it; a customer's together,
                           oldest first: {"customer": 17, "product_id": "p-1", "event_name": "view_item",
                           "time": "2026-11-20T09:30:00Z"}
        products.jsonl.gz  {"id": "p-1", "text": "what the catalogue embeds"}
        manifest.json      {"time": "20261125T030000Z", "events": 1, "customers": 1, "products": 1}, written
                           last: an export that has one is whole

`customer` numbers the customers of this one export, so that nobody's identity leaves the table. `events` and
`products` count lines.
"""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidInput
from .ports import Archive, Catalog, CustomerStore, TrainingJobs
from .products import embedding_text
from .publishing import JOB_PREFIX, MODELS
from .releases import Releases

_FORMAT = "%Y%m%dT%H%M%SZ"
_MANIFEST_BYTES = 4096

Row = dict[str, Any]


class Manifest(BaseModel):
    """What a whole export holds; `time` is its name and becomes the version of what is trained on it."""

    model_config = ConfigDict(frozen=True)

    time: str
    events: int
    customers: int
    products: int


class Export(Manifest):
    """What a run did."""

    training_job: str | None = Field(
        description="Trains on it; None if the shop trains none or has no events."
    )


class Exporting:
    """Exports and starts the training. A run that is repeated with its time goes on where it broke off.

    Rows are never held all at once: they go through a packed temporary file.

    Args:
        customers: whose events are exported.
        catalog: whose products are.
        archive: where they go.
        jobs: trains; None for exports only.
    """

    def __init__(
        self, customers: CustomerStore, catalog: Catalog, archive: Archive, jobs: TrainingJobs | None
    ) -> None:
        self._customers = customers
        self._catalog = catalog
        self._archive = archive
        self._jobs = jobs

    def run(self, at: datetime) -> Export:
        """Export under the name of this time, to the second, unless that was done before.

        Raises:
            StoreUnavailable: something could not be read or written; running it again goes on.
            Conflict: another run of the same time was faster; running it again goes on.
        """
        time = at.astimezone(UTC).strftime(_FORMAT)
        folder = f"exports/{time}/"
        manifest = self._finished(folder) or self._export(folder, time)
        return Export(**manifest.model_dump(), training_job=self._train(folder, manifest))

    def _finished(self, folder: str) -> Manifest | None:
        found = self._archive.read(f"{folder}manifest.json", most=_MANIFEST_BYTES)
        return Manifest.model_validate_json(found.data) if found else None

    def _export(self, folder: str, time: str) -> Manifest:
        events = _Events(self._customers)
        lines = self._write(f"{folder}events.jsonl.gz", events.rows())
        products = self._write(
            f"{folder}products.jsonl.gz",
            ({"id": product.id, "text": embedding_text(product)} for product in self._catalog.all_products()),
        )
        manifest = Manifest(time=time, events=lines, customers=events.customers, products=products)
        document = manifest.model_dump_json().encode()
        self._archive.put(f"{folder}manifest.json", document, replacing=None)
        return manifest

    def _write(self, key: str, rows: Iterable[Row]) -> int:
        """JSON lines, packed; returns how many."""
        count = 0
        with tempfile.TemporaryFile() as file:
            # Without the time of day in it, the same rows give the same bytes.
            packed = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0)
            with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as lines:
                for row in rows:
                    lines.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
                    count += 1
            file.seek(0)
            self._archive.put_file(key, file)
        return count

    def _train(self, folder: str, manifest: Manifest) -> str | None:
        if self._jobs is None or not manifest.events:
            return None
        name = f"{JOB_PREFIX}{manifest.time}"
        in_use = Releases(self._archive).in_use().pointer
        self._jobs.start(
            name,
            export=folder,
            output=MODELS,
            checkpoints=f"checkpoints/{name}/",
            current=in_use.key if in_use else None,
        )
        return name


class _Events:
    """The rows of all events; `customers` counts who had any, once they were read."""

    def __init__(self, store: CustomerStore) -> None:
        self.customers = 0
        self._store = store

    def rows(self) -> Iterator[Row]:
        last = None
        for event in self._store.all_events():
            if event.interest <= 0 or not event.items:
                continue
            if event.customer_id != last:
                last = event.customer_id
                self.customers += 1
            time = event.event_time.strftime("%Y-%m-%dT%H:%M:%SZ")
            for product_id in dict.fromkeys(item.item_id for item in event.items):
                yield {
                    "customer": self.customers,
                    "product_id": product_id,
                    "event_name": event.event_name,
                    "time": time,
                }


class _Due(BaseModel):
    time: AwareDatetime


def scheduled_time(event: Row, now: datetime) -> datetime:
    """When the event says that it was due, so that a retry means the same export; else now.

    Raises:
        InvalidInput: naming `time`, if that is no time with an offset.
    """
    if event.get("time") is None:
        return now
    try:
        return _Due.model_validate(event).time
    except ValidationError as error:
        raise InvalidInput(f"time: {error.errors()[0]['msg']}", field="time") from None
