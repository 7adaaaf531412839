"""Recommendations: products for a place in the shop, each with its reason.

A request reads the customer once, the neighbours of at most ten products they turned to, the list of popular
products, and the products themselves; vectors are searched only for `similar` and for products that nobody
has bought or looked at beside others. No model is called: the vectors were made when the products came in.

Everything here is computed by rules, so `served_by` is `rules`. `degraded` is `no_neighbours` where what is
bought or looked at together should have spoken and nothing is known of it: for somebody with a history none
of whose products has neighbours; for `similar` if there is no text to compare either; for `bought_together`
if neither the product, nor one like it, nor its category was ever in a basket with something that the
customer does not have. A customer nobody has seen is no such case: for them the popular products are the
right answer; but a shop in which nobody has done anything yet is one, and shows something of each category.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from . import weighing
from .drafts import Draft, Drafts, most_alike
from .errors import InvalidInput
from .ladder import Served
from .ports import Catalog, CustomerStore
from .products import Language, Product
from .ranking import Contributions, rank, select
from .reasons import Reason, reason
from .shopper import Shopper, shopper

Placement = Literal["for_you", "similar", "bought_together"]

MAX_ITEMS = 50
_EVENTS = 50  # the latest; what they own and like longer ago is in the profile's counters
_READ = 100  # products, one BatchGetItem
_LEADERS = 15  # of the popular products, always read, so that it is known which leads its category
# How much of a list one category may take; less for somebody unknown, who should see the breadth of the shop.
_SHARE_OF_ONE: dict[Placement, float] = {"for_you": 0.4, "similar": 1.0, "bought_together": 0.3}
_SHARE_OF_ONE_UNKNOWN = 0.2


class Recommendation(BaseModel):
    """A product to show."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    title: str = Field(description="In the answer's language where the product has it.")
    price: str
    product_type: str | None
    link: str | None
    image_link: str | None
    score: float = Field(ge=0, le=1, description="How much speaks for it; comparable within one answer.")
    reason: Reason


class Recommendations(Served):
    """Products for a placement, best first."""

    customer_id: str
    placement: Placement
    product_id: str | None = Field(description="The product in view, if any.")
    language: Language
    items: list[Recommendation]


class Recommender:
    """Recommends.

    Args:
        customers: knows what they did.
        catalog: knows the products, what goes with them, and what is like them.
    """

    def __init__(self, customers: CustomerStore, catalog: Catalog) -> None:
        self._customers = customers
        self._catalog = catalog
        self._drafts = Drafts(catalog)

    def recommend(
        self,
        customer_id: str,
        placement: Placement,
        now: datetime,
        product_id: str | None = None,
        limit: int = 10,
        language: Language | None = None,
    ) -> Recommendations:
        """The best products for a placement: never the one in view, one owned, or one sold out.

        Args:
            customer_id: may be somebody nobody has seen.
            placement: `for_you` from their history and tastes; `similar` to, or `bought_together` with, the
                product in view.
            now: aware, UTC.
            product_id: the product in view.
            limit: how many at most, 1 to 50.
            language: of titles and reasons; that of the customer's latest event if left out, else English.

        Raises:
            InvalidInput: naming `limit` or `product_id`.
            NotFound: if there is no such product.
        """
        if not 1 <= limit <= MAX_ITEMS:
            raise InvalidInput(f"must be from 1 to {MAX_ITEMS}", "limit")
        if placement != "for_you" and product_id is None:
            raise InvalidInput(f"is needed for {placement}", "product_id")
        product = self._catalog.product(product_id) if product_id else None
        who = shopper(self._customers.read(customer_id, events=_EVENTS), now)
        if product is None or placement == "for_you":
            draft = self._drafts.for_you(who, product, limit)
        elif placement == "similar":
            draft = self._drafts.similar(product)
        else:
            draft = self._drafts.bought_together(who, product, limit)
        hidden = who.owned | who.seen if placement == "for_you" else who.owned
        products = self._read(draft, who, product, hidden)
        weighed = self._weighed(placement, draft, who, product, products)
        excluded = _excluded(placement, who, product, products)
        unknown = not (who.interests or who.tastes or product)
        most = ceil(limit * (_SHARE_OF_ONE_UNKNOWN if unknown else _SHARE_OF_ONE[placement]))
        categories = {key: each.category for key, each in products.items()}
        chosen = select(rank(weighed, excluded), limit, categories, most)
        spoken: Language = language or who.language or "en"
        return Recommendations(
            served_by="rules",
            degraded=draft.degraded,
            customer_id=customer_id,
            placement=placement,
            product_id=product_id,
            language=spoken,
            items=[
                _recommendation(products[each.product_id], each.score, reason(each, products, spoken), spoken)
                for each in chosen
            ],
        )

    def _read(
        self, draft: Draft, who: Shopper, product: Product | None, hidden: frozenset[str]
    ) -> dict[str, Product]:
        """The most promising products other than the hidden, and those that reasons may name."""
        because = (each.because for own in draft.contributions.values() for each in own if each.because)
        named = [each.product_id for each in who.interests]
        named = [*named, *because, *draft.popular[:_LEADERS], *most_alike(draft.alike)]
        promising = [each.product_id for each in rank(draft.contributions, hidden)]
        found = self._catalog.products([*dict.fromkeys([*named, *promising])][:_READ])
        return {**found, product.id: product} if product else found

    def _weighed(
        self,
        placement: Placement,
        draft: Draft,
        who: Shopper,
        product: Product | None,
        products: Mapping[str, Product],
    ) -> Contributions:
        """The contributions of the products that were read, with what had to wait for them."""
        found = weighing.known(draft.contributions, products)
        found = weighing.named_by_shelf(draft.popular[:_LEADERS], found, products)
        if placement == "for_you" or product is None:
            found = weighing.with_tastes(who, found, products)
        elif placement == "similar":
            found = weighing.within_reach(product, found, products)
        else:
            found = weighing.completing(product, found, products, draft.alike)
        return weighing.put_back(who, found)


def _excluded(
    placement: Placement, who: Shopper, product: Product | None, products: Mapping[str, Product]
) -> set[str]:
    """What must not be shown, of the products that were read."""
    excluded = {key for key, each in products.items() if not each.buyable} | who.owned
    if product:
        excluded.add(product.id)
        if product.item_group_id:  # the same in another colour or size
            excluded |= {key for key, each in products.items() if each.item_group_id == product.item_group_id}
    if placement == "for_you":
        excluded |= who.seen
    if placement == "bought_together":
        excluded |= who.cart
    return excluded


def _recommendation(product: Product, score: float, why: Reason, language: Language) -> Recommendation:
    wording = product.in_either(language)
    return Recommendation(
        product_id=product.id,
        title=wording.title,
        price=product.price,
        product_type=wording.product_type,
        link=product.link,
        image_link=product.image_link,
        score=round(score, 4),
        reason=why,
    )
