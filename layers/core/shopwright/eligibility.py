"""What is asked for, and what may be shown there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .filters import Filters
from .products import Product
from .ranking import Placement
from .shopper import Shopper


@dataclass(frozen=True)
class Slot:
    """A list to fill: where, for whom, beside which product if any, with how many, and with what only.

    `diversity` from 0 (the best) to 1 (the most mixed).
    """

    placement: Placement
    who: Shopper
    product: Product | None
    limit: int
    filters: Filters
    diversity: float = 0.0

    @property
    def beside(self) -> Product | None:
        """The product that the placement is about; `for_you` is about the customer."""
        return self.product if self.placement != "for_you" else None

    @property
    def silent(self) -> frozenset[str]:
        """Products because of which the customer wants nothing recommended.

        On the page of such a product, what is like it or goes with it says nothing of the customer.
        """
        own = frozenset(self.who.refused.because)
        return own - {self.beside.id} if self.beside else own

    @cached_property
    def hidden(self) -> frozenset[str]:
        """What is no news to them. The shop may pin what they have only seen."""
        return self.who.owned | self.who.seen if self.placement == "for_you" else self.who.owned

    @cached_property
    def _out(self) -> frozenset[str]:
        in_view = {self.product.id} if self.product else set()
        in_cart = self.who.cart if self.placement != "similar" else frozenset()
        return self.who.owned | in_view | in_cart

    def barred(self, products: Mapping[str, Product]) -> frozenset[str]:
        """What must not be shown, of the products that were read, whoever wants it."""
        return self._out | {key for key, each in products.items() if not self._admits(each)}

    def takes(self, product: Product) -> bool:
        """Whether the product may be shown to them as news."""
        return product.id not in self._out and product.id not in self.hidden and self._admits(product)

    def _admits(self, product: Product) -> bool:
        group = self.product.item_group_id if self.product else None
        variant = group is not None and product.item_group_id == group  # the same in another colour or size
        return self.filters.admits(product) and not variant and not self.who.refused.refuses(product)
