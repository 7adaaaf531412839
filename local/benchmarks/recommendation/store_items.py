"""What DynamoDB would hold of a made-up shop, written by the shop's own adapters into a file.

The file is JSON lines: [table, id, sort key, item]. A product's vector is one number, its own plus one: the
stand-in for the store makes the rest of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from local.benchmarks.recommendation.made_up import NOW, MadeUpShop, number_of
from shopwright.adapters.catalog import DynamoDBCatalog
from shopwright.adapters.customers import DynamoDBCustomers
from shopwright.affinity import increments
from shopwright.consent import PURPOSES
from shopwright.events import Event
from shopwright.neighbours import neighbours, popularity
from shopwright.products import Product

CUSTOMERS, CATALOG = "customers", "catalog"
MODEL = "made-up"
_BATCH = 1000


class _Notes:
    """Takes the adapters' writes, as a boto3 client would, and notes the items."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._counters: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        for table, writes in RequestItems.items():
            for write in writes:
                item = write["PutRequest"]["Item"]
                self._note(table, item["id"]["S"], item["sk"]["S"], item)
        return {}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> None:
        for write in TransactItems:
            put, update = write.get("Put"), write.get("Update")
            if put and put["Item"]["sk"]["S"].startswith("EVENT#"):
                self._note(
                    put["TableName"], put["Item"]["customer_id"]["S"], put["Item"]["sk"]["S"], put["Item"]
                )
            if update:
                names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
                counters = self._counters[update["Key"]["customer_id"]["S"]]
                for at, name in names.items():
                    counters[name] += float(values[at.replace("#", ":")]["N"])

    def update_item(self, **_: Any) -> None:
        """The catalogue's version: nobody asks for it here."""

    def profiles(self) -> None:
        for customer_id, counters in self._counters.items():
            item = {"customer_id": {"S": customer_id}, "sk": {"S": "PROFILE"}}
            item |= {name: {"N": str(value)} for name, value in counters.items()}
            self._note(CUSTOMERS, customer_id, "PROFILE", item)

    def _note(self, *row: Any) -> None:
        self._file.write(json.dumps(row) + "\n")


def write(shop: MadeUpShop, events: Iterable[Event], path: Path) -> dict[str, int]:
    """Writes products, neighbours, popular products and customers; returns how many of each.

    Neighbours and popularity are counted from the events as the scheduled recount does.
    """
    done, products = list(events), {product.id: product for product in shop.products()}
    with path.open("w", encoding="utf-8") as file:
        notes = _Notes(file)
        catalog = DynamoDBCatalog(notes, CATALOG)
        rows = list(products.values())
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            catalog.put_products(some, [[number_of(product.id) + 1] for product in some], MODEL)
        near = neighbours(done, products, NOW)
        catalog.put_neighbours(near)
        catalog.put_popular(popularity(done, NOW))
        _customers(notes, done, products)
    return {"products": len(products), "events": len(done), "neighbours": len(near)}


def _customers(notes: _Notes, events: list[Event], products: dict[str, Product]) -> None:
    customers = DynamoDBCustomers(notes, CUSTOMERS, timedelta(days=365), frozenset(PURPOSES))
    for event in events:
        customers.add_event(event, increments(event, products), NOW)
    notes.profiles()
