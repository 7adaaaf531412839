"""Reading the products that a list is made of: a hundred at once, and more only where a filter takes few."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    catalog: Catalog, product_ids: Sequence[str], wanted: int, takes: Callable[[Product], bool]
) -> dict[str, Product]:
    """The most promising and, until `wanted` of them are taken, those after them, then any of the catalogue.

    Args:
        catalog: where they are.
        product_ids: the most promising first.
        wanted: how many are needed.
        takes: whether a product can be shown.
    """
    ids = [*dict.fromkeys(product_ids)][:_READ_MOST]
    found: dict[str, Product] = {}
    for start in range(0, len(ids), _READ):
        found |= catalog.products(ids[start : start + _READ])
        # Twice as many as are shown, so that a list still has something to choose from.
        if sum(map(takes, found.values())) >= 2 * wanted:
            return found
    missing = wanted - sum(map(takes, found.values()))
    if missing > 0:
        for looked_at, product in enumerate(catalog.all_products()):
            if missing <= 0 or looked_at >= _SCANNED:
                break
            if product.id not in found and takes(product):
                found[product.id] = product
                missing -= 1
    return found
