"""Recommendations: products for a place in the shop, each with its reason.

A request reads the customer once. For `for_you` the recommender behind the endpoint, if the shop has one,
says what may come next: `served_by` is `model`. Where it does not answer, rules do (`degraded` says why), and
so they do for the other placements: from the neighbours of at most ten products they turned to. With those,
in one read, comes what is popular, what is bought again and the shop's rules; and then the products. Vectors
are searched only for `similar` and for products that nobody has bought or looked at beside others.

By rules, `degraded` is `no_neighbours` where what is bought or looked at together should have spoken and
nothing is known of it: for somebody with a history none of whose products has neighbours; for `similar` if
there is no text to compare either; for `bought_together` if neither the product, nor one like it, nor its
category was ever in a basket with something that the customer does not have. A customer nobody has seen is no
such case: for them the popular products are the right answer; but a shop in which nobody has done anything
yet is one, and shows something of each category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from . import gathering, sources, weighing
from .arrivals import Arrivals
from .choosing import choose
from .drafts import Draft, Drafts, most_alike
from .eligibility import Slot
from .errors import InvalidInput
from .featuring import Featuring, featuring
from .filters import Filters
from .ladder import Served
from .ports import Catalog, CustomerStore, NextProducts, Signals
from .products import Language, Product
from .ranking import Contributions, Placement, merge, rank
from .reasons import Reason, reason
from .replenishment import due, used_up
from .shopper import Shopper, shopper

MAX_ITEMS = 50
_EVENTS = 50  # the latest; what they own and like longer ago is in the profile's counters
_LEADERS = 15  # of the popular products, always read, so that it is known which leads its category


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
    """Products for a placement, in the order to show: best first, unless they are mixed or pinned."""

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
        next_products: the recommender behind the endpoint; None where the shop has none.
        arrivals: the products which that may not know yet; by default the catalogue's, read once a minute.
    """

    def __init__(
        self,
        customers: CustomerStore,
        catalog: Catalog,
        next_products: NextProducts | None = None,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._customers = customers
        self._catalog = catalog
        self._drafts = Drafts(catalog, next_products, arrivals)

    def recommend(
        self,
        customer_id: str,
        placement: Placement,
        now: datetime,
        product_id: str | None = None,
        limit: int = 10,
        language: Language | None = None,
        filters: Filters = Filters(),
        diversity: float = 0.0,
    ) -> Recommendations:
        """The best products for a placement: never the one in view, one sold out, refused, or still owned.

        Args:
            customer_id: may be somebody nobody has seen.
            placement: `for_you` from their history and tastes; `similar` to, or `bought_together` with, the
                product in view.
            now: aware, UTC.
            product_id: the product in view.
            limit: how many at most, 1 to 50.
            language: of titles and reasons; that of the customer's latest event if left out, else English.
            filters: what every product shown must be.
            diversity: 0 for the best, up to 1 for a list as mixed as may be.

        Raises:
            InvalidInput: naming `limit`, `product_id`, `diversity` or a filter.
            NotFound: if there is no such product.
        """
        if not 1 <= limit <= MAX_ITEMS:
            raise InvalidInput(f"must be from 1 to {MAX_ITEMS}", "limit")
        if placement != "for_you" and product_id is None:
            raise InvalidInput(f"is needed for {placement}", "product_id")
        if not 0 <= diversity <= 1:
            raise InvalidInput("must be from 0 to 1", "diversity")
        filters.check()
        product = self._catalog.product(product_id) if product_id else None
        record = self._customers.read(customer_id, events=_EVENTS, purposes=("profiling", "personalisation"))
        who = shopper(record, now)
        slot = Slot(placement, who, product, limit, filters, diversity)
        draft = self._drafts.draft(slot)
        who, again = _restocking(who, draft.signals, now)
        slot = replace(slot, who=who)
        if placement == "for_you":
            draft = replace(draft, contributions=merge([draft.contributions, again]))
        rules = featuring(draft.signals.merchandising, placement, now)
        products = self._read(slot, draft, rules)
        weighed = rules.weighed(_weighed(slot, draft, products), products)
        chosen = choose(slot, weighed, products, rules)
        spoken: Language = language or who.language or "en"
        return Recommendations(
            served_by=draft.served_by,
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

    def _read(self, slot: Slot, draft: Draft, rules: Featuring) -> dict[str, Product]:
        """The most promising products other than the hidden, and those that rules and reasons may name."""
        because = (each.because for own in draft.contributions.values() for each in own if each.because)
        pins = [*rules.pinned][:MAX_ITEMS]
        named = [*pins, *(each.product_id for each in slot.who.interests), *because]
        named += [*draft.popular[:_LEADERS], *most_alike(draft.alike)]
        promising = [each.product_id for each in rank(draft.contributions, slot.hidden)]
        if slot.filters:
            # What the branch holds is of the category that was asked for, whatever speaks for it.
            branch = draft.signals.branch
            promising.sort(key=lambda product_id: product_id not in branch)
            promising += [*branch, *draft.signals.popular]
            found = gathering.gather_filtered(self._catalog, named, promising, slot.limit, slot.takes)
        else:
            found = gathering.gather(self._catalog, named, promising)
        return {**found, slot.product.id: slot.product} if slot.product else found


def _restocking(who: Shopper, signals: Signals, now: datetime) -> tuple[Shopper, Contributions]:
    """The customer without what they have used up by now, and what speaks for buying it again."""
    owned = who.owned - who.refused.because.keys()
    again = due({key: own for key, own in who.purchases.items() if key in owned}, signals.replenishment, now)
    gone = again.keys() | used_up(owned, who.purchases, signals.replenishment, who.since, now)
    who = replace(who, owned=who.owned - gone, seen=who.seen - again.keys())
    return who, sources.from_replenishment(again, now)


def _weighed(slot: Slot, draft: Draft, products: Mapping[str, Product]) -> Contributions:
    """The contributions of the products that were read, with what had to wait for them."""
    found = weighing.known(draft.contributions, products, slot.silent)
    found = weighing.named_by_shelf(draft.popular[:_LEADERS], found, products)
    if slot.beside and slot.placement == "similar":
        found = weighing.within_reach(slot.beside, found, products)
    elif slot.beside:
        found = weighing.completing(slot.beside, found, products, draft.alike)
    if slot.filters:
        found = weighing.filling(found, products, draft.signals, slot.filters)
    if not slot.beside:
        found = weighing.with_tastes(slot.who, found, products)
    return weighing.put_back(slot.who, found)


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
