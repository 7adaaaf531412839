"""The scheduled recount of neighbours, popularity and what is bought again, from every event that is kept.

It also forgets the arrivals of a week ago.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from .filters import branches
from .neighbours import category_key, neighbours, popularity
from .ports import Catalog, CustomerStore, Neighbours
from .replenishment import replenishable

_POPULAR = 500  # kept of the whole shop: they are read with every request
_ARRIVALS_KEPT = timedelta(days=7)  # by then they have been in several trainings


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
        """Returns how many events were read, for how many products neighbours were found, and how many are
        bought again.
        """
        products = {product.id: product for product in self._catalog.all_products()}
        events = list(self._customers.all_events())
        found = neighbours(events, products, now)
        # What lost its last neighbour must not keep yesterday's.
        keys = products.keys() | {category_key(product.category) for product in products.values()}
        gone = self._catalog.neighbours(sorted(keys)).keys() - found.keys()
        self._catalog.put_neighbours({**found, **{product_id: Neighbours() for product_id in gone}})
        liked = popularity(events, now, top=None)
        self._catalog.put_popular(dict(islice(liked.items(), _POPULAR)))
        self._catalog.put_branches(branches(products.values(), liked))
        again = {key: each for key, each in replenishable(events, now).items() if key in products}
        self._catalog.put_replenishment(again)
        self._catalog.forget_arrivals(now - _ARRIVALS_KEPT)
        return {"events": len(events), "products": len(found), "replenishable": len(again)}
