"""The rows of an export, made one by one while they are written. Customers are numbers in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .ports import CustomerStore
from .products import Product, embedding_text

Row = dict[str, Any]


class EventRows:
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


def product_row(product: Product) -> Row:
    """A product with the text that the catalogue embeds."""
    return {
        "id": product.id,
        "text": embedding_text(product),
        "category": product.category,
        "brand": product.brand,
    }
