"""What is asked for, and what may be shown there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .filters import Filters
from .products import Product
from .ranking import Placement
from .shopper import Shopper


@dataclass(frozen=True)
class Slot:
    """A list to fill: where, for whom, beside which product if any, with how many, and with what only."""

    placement: Placement
    who: Shopper
    product: Product | None
    limit: int
    filters: Filters

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

    @property
    def hidden(self) -> frozenset[str]:
        """What is no news to them. The shop may pin what they have only seen."""
        return self.who.owned | self.who.seen if self.placement == "for_you" else self.who.owned

    def barred(self, products: Mapping[str, Product]) -> frozenset[str]:
        """What must not be shown, of the products that were read, whoever wants it."""
        barred = {key for key, each in products.items() if not self._admits(each)} | self.who.owned
        if self.product:
            barred.add(self.product.id)
        return frozenset(barred if self.placement == "similar" else barred | self.who.cart)

    def takes(self, product: Product) -> bool:
        """Whether the product may be shown to them as news."""
        return product.id not in self.barred({product.id: product}) | self.hidden

    def _admits(self, product: Product) -> bool:
        group = self.product.item_group_id if self.product else None
        variant = group is not None and product.item_group_id == group  # the same in another colour or size
        return self.filters.admits(product) and not variant and not self.who.refused.refuses(product)
