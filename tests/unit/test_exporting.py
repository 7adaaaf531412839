"""The export: what training needs, nobody's identity, whole or without a manifest."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shopwright.errors import InvalidInput, StoreUnavailable
from shopwright.events import Event, EventItem, EventName
from shopwright.exporting import Export, Exporting, scheduled_time
from shopwright.ports import Source
from shopwright.products import Product, embedding_text

from .fakes import InMemoryArchive, InMemoryCatalog, InMemoryCustomers, InMemoryJobs, ListedModels

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
FOLDER = "exports/20261125T030000Z/"
PRODUCTS = [
    Product(id="p-1", title="Kettle", brand="Steam", price="20.00 EUR", description="Boils."),
    Product(id="p-2", title="茶壶", language="zh", price="30.00 EUR"),
]


class Shop:
    def __init__(self) -> None:
        self.customers = InMemoryCustomers()
        self.archive = InMemoryArchive()
        self.jobs = InMemoryJobs()
        self._events = 0

    def did(self, customer: str, name: EventName, *items: str, minutes: float = 0) -> None:
        self._events += 1
        event = Event(
            event_id=f"e-{self._events}",
            event_name=name,
            event_time=NOW - timedelta(days=1) + timedelta(minutes=minutes),
            customer_id=customer,
            items=[EventItem(item_id=item) for item in items],
            search_term="kettle" if name == "search" else None,
        )
        assert self.customers.add_event(event, {}, NOW) == "stored"

    def export(self, at: datetime = NOW, *, trains: bool = True, seconds: float = 900) -> Export:
        catalog = InMemoryCatalog(PRODUCTS)
        embeddings: Any = ListedModels(
            {Source("product:p-1"): "new", Source("product:p-2"): "old", Source("article:a", "en"): "x"}
        )
        jobs = self.jobs if trains else None
        exporting = Exporting(self.customers, catalog, embeddings, self.archive, jobs)
        return exporting.run(at, lambda: seconds)

    def rows(self, name: str) -> list[dict[str, Any]]:
        text = gzip.decompress(self.archive.files[FOLDER + name]).decode()
        assert text.endswith("\n") or not text
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_each_customers_events_are_together_oldest_first_and_numbered(shop: Shop) -> None:
    shop.did("anna", "purchase", "p-2", "p-1", "p-2", minutes=5)
    shop.did("anna", "view_item", "p-1")
    shop.did("bert", "add_to_cart", "gone")
    done = shop.export()
    assert shop.rows("events.jsonl.gz") == [
        {"customer": 1, "product_id": "p-1", "event_name": "view_item", "time": "2026-11-24T03:00:00Z"},
        {"customer": 1, "product_id": "p-2", "event_name": "purchase", "time": "2026-11-24T03:05:00Z"},
        {"customer": 1, "product_id": "p-1", "event_name": "purchase", "time": "2026-11-24T03:05:00Z"},
        {"customer": 2, "product_id": "gone", "event_name": "add_to_cart", "time": "2026-11-24T03:00:00Z"},
    ]
    assert (done.events, done.customers, done.products) == (4, 2, 2)
    assert not any(
        b"anna" in gzip.decompress(data) for key, data in shop.archive.files.items() if "gz" in key
    )


def test_what_does_not_speak_for_a_product_stays_out(shop: Shop) -> None:
    shop.did("nobody", "page_view")
    shop.did("nobody", "view_item_list", "p-1")
    shop.did("nobody", "search")
    shop.did("nobody", "remove_from_cart", "p-1")
    shop.did("nobody", "refund", "p-1")
    shop.did("nobody", "select_item")
    shop.did("anna", "select_item", "p-1")
    assert shop.export().customers == 1
    assert [(row["customer"], row["event_name"]) for row in shop.rows("events.jsonl.gz")] == [
        (1, "select_item")
    ]


def test_products_come_with_the_text_that_the_catalogue_embeds(shop: Shop) -> None:
    shop.export()
    assert shop.rows("products.jsonl.gz") == [
        {"id": "p-1", "text": embedding_text(PRODUCTS[0]), "category": "other", "brand": "Steam"},
        {"id": "p-2", "text": embedding_text(PRODUCTS[1]), "category": "other", "brand": None},
    ]


def test_the_manifest_comes_last(shop: Shop) -> None:
    shop.did("anna", "view_item", "p-1")
    shop.export(NOW.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=5))
    assert shop.archive.written == [
        f"{FOLDER}{name}" for name in ("events.jsonl.gz", "products.jsonl.gz", "manifest.json")
    ]
    assert json.loads(shop.archive.files[f"{FOLDER}manifest.json"]) == {
        "time": "20261125T030000Z",
        "events": 1,
        "customers": 1,
        "products": 2,
        "embedding_models": ["new", "old"],
    }


def test_a_store_that_fails_half_way_leaves_no_manifest_and_starts_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.did("anna", "view_item", "p-1")
    whole = shop.customers.all_events

    def broken() -> Iterator[Event]:
        yield from whole()
        raise StoreUnavailable("the store answered ThrottlingException")

    with monkeypatch.context() as patch:
        patch.setattr(shop.customers, "all_events", broken)
        with pytest.raises(StoreUnavailable):
            shop.export()
    assert (shop.archive.files, shop.jobs.started) == ({}, {})
    assert shop.export().events == 1


def test_the_training_is_told_what_it_needs(shop: Shop) -> None:
    shop.did("anna", "view_item", "p-1")
    job = "shopwright-recommender-20261125T030000Z"
    assert shop.export().training_job == job
    assert shop.jobs.started == {
        job: {"export": FOLDER, "output": "models", "checkpoints": f"checkpoints/{job}/", "current": None}
    }
    pointer = b'{"version": "20261125T030000Z", "artifact": "20261125T030000Z.tar.gz"}'
    shop.archive.put("recommender/current.json", pointer, replacing=None)
    shop.export(NOW + timedelta(days=1))
    told = shop.jobs.started["shopwright-recommender-20261126T030000Z"]
    assert told["current"] == "recommender/20261125T030000Z.tar.gz"


def test_a_time_to_come_is_now() -> None:
    """A version from the future would be newer than all that follow."""
    assert scheduled_time({"time": "2126-11-25T03:00:00Z"}, NOW) == NOW


def test_a_run_whose_time_is_short_leaves_no_manifest(shop: Shop) -> None:
    shop.did("anna", "view_item", "p-1")
    done = shop.export(seconds=59)
    assert (done.stopped, done.training_job) == ("time", None)
    assert (shop.archive.files, shop.jobs.started) == ({}, {})
    assert shop.export().stopped is None


def test_a_repeated_run_exports_nothing_anew_and_starts_the_same_job(shop: Shop) -> None:
    shop.did("anna", "view_item", "p-1")
    first = shop.export(trains=False)
    assert first.training_job is None
    files = dict(shop.archive.files)
    shop.did("bert", "view_item", "p-1")
    second, third = shop.export(), shop.export()
    assert second == third == first.model_copy(update={"training_job": second.training_job})
    assert list(shop.jobs.started) == [second.training_job]
    assert shop.archive.files == files


def test_events_are_never_held_all_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    item = [EventItem(item_id="p-1")]

    def many() -> Iterator[Event]:
        for n in range(30_000):
            yield Event(
                event_id=f"e-{n}",
                event_name="view_item",
                event_time=NOW,
                customer_id=f"c-{n // 3}",
                items=item,
            )

    monkeypatch.setattr(shop.customers, "all_events", many)
    tracemalloc.start()
    try:
        done = shop.export()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (done.events, done.customers) == (30_000, 10_000)
    # Held, they would take some 20 MB, and their rows 3 MB.
    assert most < 1 << 20


def test_a_shop_without_events_trains_nothing(shop: Shop) -> None:
    done = shop.export()
    assert (done.events, done.customers, done.training_job, shop.jobs.started) == (0, 0, None, {})
    assert shop.rows("events.jsonl.gz") == []


def test_the_time_is_the_schedules() -> None:
    assert scheduled_time({"time": "2026-11-25T11:00:00+08:00"}, datetime.now(UTC)) == NOW
    assert scheduled_time({}, NOW) == NOW
    for wrong in ("yesterday", "2026-11-25T03:00:00", []):
        with pytest.raises(InvalidInput) as refused:
            scheduled_time({"time": wrong}, NOW)
        assert refused.value.field == "time"
