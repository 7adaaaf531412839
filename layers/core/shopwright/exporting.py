"""The scheduled export of what a recommender is trained on, and the start of its training.

    exports/20261125T030000Z/
        events.jsonl.gz    a line for each product of each event that speaks for it; a customer's together,
                           oldest first: {"customer": 17, "product_id": "p-1", "event_name": "view_item",
                           "time": "2026-11-20T09:30:00Z"}
        products.jsonl.gz  {"id": "p-1", "text": "what is embedded", "category": "mugs", "brand": null}
        manifest.json      {"time": "20261125T030000Z", "events": 1, "customers": 1, "products": 1,
                           "embedding_models": ["..."]}, written last: an export that has one is whole

`customer` numbers the customers of this one export, so that nobody's identity leaves the table. `events` and
`products` count lines.
"""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidInput
from .export_rows import EventRows, Row, product_row
from .ports import Archive, Catalog, CustomerStore, Embeddings, TrainingJobs
from .publishing import JOB_PREFIX, MODELS
from .releases import Releases

_FORMAT = "%Y%m%dT%H%M%SZ"
_MANIFEST_BYTES = 4096
_TO_FINISH = 60.0  # seconds that are kept for the uploads
_LOOK = 5000  # rows between two looks at the clock


class Manifest(BaseModel):
    """What a whole export holds; `time` is its name and becomes the version of what is trained on it."""

    model_config = ConfigDict(frozen=True)

    time: str
    events: int
    customers: int
    products: int
    embedding_models: list[str] = Field(description="Whose vectors the catalogue's products have.")


class Export(Manifest):
    """What a run did; the counts are 0 if it stopped."""

    training_job: str | None = Field(
        description="Trains on it; None if the shop trains none or has no events."
    )
    stopped: Literal["time"] | None = Field(
        default=None, description="Why the export is not whole: there is too much for one run."
    )


class _OutOfTime(Exception):
    pass


class Exporting:
    """Exports and starts the training. A run that is repeated with its time goes on where it broke off.

    Rows are never held all at once: they go through a packed temporary file.

    Args:
        customers: whose events are exported.
        catalog: whose products are.
        embeddings: tells whose vectors they have.
        archive: where they go.
        jobs: trains; None for exports only.
    """

    def __init__(
        self,
        customers: CustomerStore,
        catalog: Catalog,
        embeddings: Embeddings,
        archive: Archive,
        jobs: TrainingJobs | None,
    ) -> None:
        self._customers = customers
        self._catalog = catalog
        self._embeddings = embeddings
        self._archive = archive
        self._jobs = jobs

    def run(self, at: datetime, time_left: Callable[[], float]) -> Export:
        """Export under the name of this time, to the second, unless that was done before.

        Args:
            at: names the export; what is stored now is in it.
            time_left: seconds until the run has to be over.

        Raises:
            StoreUnavailable: something could not be read or written; running it again goes on.
            Conflict: another run of the same time was faster; running it again goes on.
        """
        time = at.astimezone(UTC).strftime(_FORMAT)
        folder = f"exports/{time}/"
        try:
            manifest = self._finished(folder) or self._export(folder, time, time_left)
        except _OutOfTime:
            nothing = Manifest(time=time, events=0, customers=0, products=0, embedding_models=[])
            return Export(**nothing.model_dump(), training_job=None, stopped="time")
        return Export(**manifest.model_dump(), training_job=self._train(folder, manifest))

    def _finished(self, folder: str) -> Manifest | None:
        found = self._archive.read(f"{folder}manifest.json", most=_MANIFEST_BYTES)
        return Manifest.model_validate_json(found.data) if found else None

    def _export(self, folder: str, time: str, time_left: Callable[[], float]) -> Manifest:
        events = EventRows(self._customers)
        lines = self._write(f"{folder}events.jsonl.gz", events.rows(), time_left)
        rows = map(product_row, self._catalog.all_products())
        products = self._write(f"{folder}products.jsonl.gz", rows, time_left)
        models = {made_by for source, made_by in self._embeddings.models() if source.language is None}
        manifest = Manifest(
            time=time,
            events=lines,
            customers=events.customers,
            products=products,
            embedding_models=sorted(models),
        )
        document = manifest.model_dump_json().encode()
        self._archive.put(f"{folder}manifest.json", document, replacing=None)
        return manifest

    def _write(self, key: str, rows: Iterable[Row], time_left: Callable[[], float]) -> int:
        """JSON lines, packed; returns how many."""
        count = 0
        with tempfile.TemporaryFile() as file:
            # Without the time of day in it, the same rows give the same bytes.
            packed = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0)
            with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as lines:
                for row in rows:
                    if count % _LOOK == 0 and time_left() < _TO_FINISH:
                        raise _OutOfTime
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


class _Due(BaseModel):
    time: AwareDatetime


def scheduled_time(event: Row, now: datetime) -> datetime:
    """When the event says that it was due, so that a retry means the same export; else now.

    Never later than now: a version from the future would be newer than all that follow.

    Raises:
        InvalidInput: naming `time`, if that is no time with an offset.
    """
    if event.get("time") is None:
        return now
    try:
        return min(_Due.model_validate(event).time, now)
    except ValidationError as error:
        raise InvalidInput(f"time: {error.errors()[0]['msg']}", field="time") from None
