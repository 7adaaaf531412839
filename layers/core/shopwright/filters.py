"""What a caller wants a list to be made of: a category, a price range, an availability. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .errors import InvalidInput
from .products import Availability, Product

Buyable = Literal["in_stock", "preorder", "backorder"]

BRANCH_TOP = 100


@dataclass(frozen=True)
class Filters:
    """Each None takes every product that can be bought.

    Args:
        category: a path of the shop's own categories or of Google's; its children count too.
        min_price: in the products' own currency.
        max_price: likewise.
        availability: this one only.
    """

    category: str | None = None
    min_price: float | None = None
    max_price: float | None = None
    availability: Buyable | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    def check(self) -> None:
        """Raises InvalidInput, naming `category` or `min_price`."""
        if self.category is not None and not path(self.category):
            raise InvalidInput("names no category", "category")
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise InvalidInput("must not be above max_price", "min_price")

    @property
    def branch(self) -> str | None:
        """The key of the category's branch (`branches`)."""
        return branch_key(path(self.category)) if self.category else None

    def admits(self, product: Product) -> bool:
        """Whether the product can be bought and is what the caller asked for."""
        availability: Availability = product.availability
        if not product.buyable or (self.availability and availability != self.availability):
            return False
        if self.min_price is not None and (product.amount or 0.0) < self.min_price:
            return False
        if self.max_price is not None and (product.amount or 0.0) > self.max_price:
            return False
        return self.category is None or in_category(product, self.category)


def path(category: str) -> tuple[str, ...]:
    """`Electronics > Phones` as its parts, without what differs between two ways of typing it."""
    return tuple(part for each in category.split(">") if (part := " ".join(each.casefold().split())))


def in_category(product: Product, category: str) -> bool:
    """Whether the product is of the category or of one of its children, in any language it has."""
    wanted = path(category)
    return any(own[: len(wanted)] == wanted for own in _paths(product))


def branch_key(parts: Iterable[str]) -> str:
    """The key under which a branch of the category tree is kept."""
    return ">".join(parts)


def branches(
    products: Iterable[Product], popularity: Mapping[str, float], top: int = BRANCH_TOP
) -> dict[str, dict[str, float]]:
    """For every category, its products and those of all its children: the `top` most popular, best first.

    Args:
        products: the catalogue; what is sold out is left out.
        popularity: by product id, of all that anybody showed interest in.

    Returns:
        By branch_key, each product's share of the interest in the best one; 0 where nobody showed any.
    """
    found: dict[str, list[str]] = {}
    for product in products:
        if product.buyable:
            ends = {own[:end] for own in _paths(product) for end in range(1, len(own) + 1)}
            for parts in sorted(ends):
                found.setdefault(branch_key(parts), []).append(product.id)
    rows = {}
    for key, own in found.items():
        ranked = sorted(own, key=lambda product_id: (-popularity.get(product_id, 0.0), product_id))[:top]
        best = popularity.get(ranked[0], 0.0)
        rows[key] = {each: round(popularity.get(each, 0.0) / best, 6) if best else 0.0 for each in ranked}
    return rows


def _paths(product: Product) -> set[tuple[str, ...]]:
    wordings = [product, *product.translations.values()]
    named = [*(wording.product_type for wording in wordings), product.google_product_category]
    return {path(each) for each in named if each}
