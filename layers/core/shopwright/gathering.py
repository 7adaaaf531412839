"""Reading the products that a list is made of: a hundred at once, and more only where a filter takes few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from .ports import Catalog
from .products import Product

_READ = 100  # products, one BatchGetItem
_READ_MOST = 1000
_SCANNED = 5000  # a scan of so many takes about a second or two


def gather(catalog: Catalog, named: Sequence[str], promising: Sequence[str]) -> dict[str, Product]:
    """The named and, up to a hundred together, the most promising, by id; the most promising come first."""
    needed = dict.fromkeys(named)
    ids = dict.fromkeys([*needed, *promising])
    return catalog.products([*ids][: max(_READ, len(needed))])


def gather_filtered(
    catalog: Catalog,
    named: Sequence[str],
    promising: Sequence[str],
    wanted: int,
    takes: Callable[[Product], bool],
) -> dict[str, Product]:
    """The named, the most promising until `wanted` products are taken, and then any of the catalogue.

    Args:
        catalog: where they are.
        named: read whatever they are.
        promising: the most promising first.
        wanted: how many are needed.
        takes: whether a product can be shown.
    """
    needed = dict.fromkeys(named)
    ids = [*dict.fromkeys([*needed, *promising])][:_READ_MOST]
    found: dict[str, Product] = {}
    taken, start, end = 0, 0, max(_READ, len(needed))
    # Twice as many as are shown, so that a list still has something to choose from.
    while start < len(ids) and taken < 2 * wanted:
        read = catalog.products(ids[start:end])
        taken += sum(map(takes, read.values()))
        found |= read
        start, end = end, end + _READ
    if taken < wanted:
        for product in islice(catalog.all_products(), _SCANNED):
            if product.id not in found and takes(product):
                found[product.id] = product
                taken += 1
                if taken == wanted:
                    break
    return found
