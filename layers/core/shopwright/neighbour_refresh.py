"""The scheduled recount of neighbours and popularity, from every event that is kept."""

from __future__ import annotations

from datetime import datetime

from .neighbours import category_key, neighbours, popularity
from .ports import Catalog, CustomerStore, Neighbours


class NeighbourRefresh:
    """Recounts from scratch, so that running it twice, or after an erasure, is always right.

    One scan of the customers' events and one of the products: its cost grows linearly with both.

    Args:
        customers: whose events are counted.
        catalog: where the counts go.
    """

    def __init__(self, customers: CustomerStore, catalog: Catalog) -> None:
        self._customers = customers
        self._catalog = catalog

    def run(self, now: datetime) -> dict[str, int]:
        """Returns how many events were read and for how many products neighbours were found."""
        products = {product.id: product for product in self._catalog.all_products()}
        events = list(self._customers.all_events())
        found = neighbours(events, products, now)
        # What lost its last neighbour must not keep yesterday's.
        keys = products.keys() | {category_key(product.category) for product in products.values()}
        gone = self._catalog.neighbours(sorted(keys)).keys() - found.keys()
        self._catalog.put_neighbours({**found, **{product_id: Neighbours() for product_id in gone}})
        self._catalog.put_popular(popularity(events, now))
        return {"events": len(events), "products": len(found)}
