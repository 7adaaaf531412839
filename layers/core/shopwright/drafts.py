"""What speaks for which products, looked up in the catalogue for each placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from . import sources
from .arrivals import Arrivals
from .eligibility import Slot
from .filters import Filters
from .ladder import Degraded, ServedBy
from .neighbours import category_key
from .ports import Catalog, Neighbours, NextProducts, Signals
from .products import Product
from .ranking import Contributions, merge
from .suggesting import Suggesting

_POPULAR = 100
_FILL = 0.05  # weight of what only fills a list up
_LONELY = 3  # products without neighbours whose text is looked at instead
_ALIKE, _ALIKE_READ = 50, 20
_ALIKE_BASKETS = 5


@dataclass(frozen=True)
class Draft:
    """What speaks for which products, before they are read."""

    contributions: Contributions
    signals: Signals
    served_by: ServedBy = "rules"
    degraded: Degraded | None = None
    popular: Sequence[str] = ()
    alike: Mapping[str, float] = field(default_factory=dict)  # to the product in view


class Drafts:
    """Looks up what speaks for products.

    `degraded` of a draft is `no_neighbours` where baskets and visits should have spoken and did not, and
    `no_embeddings` where texts should have been compared and had no vectors of one model.

    Args:
        catalog: neighbours, vectors and what is popular.
        next_products: the recommender behind the endpoint, where the shop has one.
        arrivals: what that may not know yet.
    """

    def __init__(
        self,
        catalog: Catalog,
        next_products: NextProducts | None = None,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._catalog = catalog
        self._suggesting = Suggesting(next_products, arrivals or Arrivals(catalog))

    def draft(self, slot: Slot) -> Draft:
        """What speaks for which products; a category that is asked for brings its branch."""
        if slot.beside is None:
            return self._for_you(slot)
        if slot.placement == "similar":
            return self._similar(slot.beside, slot.filters)
        return self._bought_together(slot.beside, slot)

    def _for_you(self, slot: Slot) -> Draft:
        """From the recommender behind the endpoint where there is one and it answers, else by rules."""
        answer, fault = self._suggesting.ask(slot)
        if answer is None:
            by_rules = self._by_rules(slot)
            return replace(by_rules, degraded=fault) if fault else by_rules
        who = slot.who
        shelves = [category_key(taste.name) for taste in who.tastes if taste.kind == "category"]
        signals = self._catalog.signals(shelves, slot.filters.branch)
        popular = _most_popular(signals, slot.filters)
        found = merge(
            [
                sources.from_next_products(who, answer),
                sources.from_shelves(who, signals.neighbours),
                sources.from_popularity(popular),
                sources.from_branch(signals.branch, slot.filters.category or ""),
            ]
        )
        return Draft(found, signals, "model", None, [*popular])

    def _by_rules(self, slot: Slot) -> Draft:
        """From what they did, what they like, the product in view if any, and what is popular.

        Where that gives less than `limit`, also texts like what they did last, then anything the shop has.
        """
        who, limit, filters = slot.who, slot.limit, slot.filters
        product = slot.product if slot.product and slot.product.id not in slot.silent else None
        turned_to = [each.product_id for each in who.interests]
        shelves = [category_key(taste.name) for taste in who.tastes if taste.kind == "category"]
        in_view = [product.id] if product else []
        asked = [*in_view, *turned_to]
        signals = self._catalog.signals([*asked, *who.dislikes, *shelves], filters.branch)
        near = signals.neighbours
        popular = _most_popular(signals, filters)
        lonely = [key for key in asked if not _known(near.get(key))]
        alike, blind = self._alike(lonely[:_LONELY])
        found = merge(
            [
                sources.from_history(who, near),
                sources.from_shelves(who, near),
                sources.from_popularity(popular),
                sources.from_text_of_history(who, alike),
                sources.from_branch(signals.branch, filters.category or ""),
            ]
        )
        if product:
            own = near.get(product.id, Neighbours())
            found = merge([found, sources.from_context(product.id, own, alike.get(product.id, {}))])
        if len(found.keys() - who.seen) < limit:
            latest = [key for key in turned_to[:_LONELY] if key not in alike]
            found = merge([found, sources.from_text_of_history(who, self._alike(latest)[0], _FILL)])
        if len(found.keys() - who.seen) < limit and not filters:
            # The scan stops after as many as are looked at.
            some = islice(self._catalog.all_products(), _POPULAR)
            found = merge([found, sources.from_range(some)])
        silent = len(lonely) == len(asked) if asked else not popular
        return Draft(found, signals, "rules", "no_neighbours" if silent else blind, [*popular])

    def _similar(self, product: Product, filters: Filters) -> Draft:
        """From texts like the product's and who looked at it."""
        signals = self._catalog.signals([product.id, category_key(product.category)], filters.branch)
        near = signals.neighbours
        texts, blind = self._alike([product.id])
        alike = texts.get(product.id, {})
        found = sources.for_similar(product, alike, near)
        if alike or near.get(product.id, Neighbours()).viewed:
            return Draft(found, signals, degraded=blind)
        return _else_popular(found, signals)

    def _bought_together(self, product: Product, slot: Slot) -> Draft:
        """From baskets: the product's own; where these give less than `limit`, those of others like it."""
        signals = self._catalog.signals([product.id, category_key(product.category)], slot.filters.branch)
        near = signals.neighbours
        alike: dict[str, float] = {}
        blind: Degraded | None = None
        if len(near.get(product.id, Neighbours()).bought) < slot.limit:
            texts, blind = self._alike([product.id])
            alike = texts.get(product.id, {})
            like = self._of_its_type(product, alike)
            near = {**self._catalog.neighbours(like), **near}
        found = sources.for_bought_together(product, near, alike)
        if found.keys() - slot.who.owned - slot.who.cart:
            return Draft(found, signals, degraded=blind, alike=alike)
        return _else_popular(found, signals)

    def _of_its_type(self, product: Product, alike: Mapping[str, float]) -> list[str]:
        """The products most like it that are of its type, best first."""
        best = most_alike(alike)
        products = self._catalog.products(best)
        same = [key for key in best if key in products and products[key].category == product.category]
        return same[:_ALIKE_BASKETS]

    def _alike(self, product_ids: Sequence[str]) -> tuple[dict[str, dict[str, float]], Degraded | None]:
        """For each of the products that can be compared, those with the most similar text, scaled.

        While the catalogue is embedded anew its vectors are of two models, and where few are of a product's
        own, the nearest of them may be nothing like it: then it is left out, and `no_embeddings` says so.
        """
        if not product_ids:
            return {}, None
        near = {
            key: self._catalog.near(found.vectors[0], found.model, top=_ALIKE)
            for key, found in self._catalog.vectors(product_ids).items()
        }
        enough = _ALIKE / 2
        if any(len(matches) < enough for matches in near.values()):
            # Or the shop is small. The scan stops as soon as that is clear.
            enough = sum(1 for _ in islice(self._catalog.all_products(), _ALIKE)) / 2
        alike = {key: sources.scaled(found, key) for key, found in near.items() if len(found) >= enough}
        return alike, "no_embeddings" if len(alike) < len(near) else None


def most_alike(alike: Mapping[str, float]) -> list[str]:
    """Those most alike, best first."""
    return sorted(alike, key=lambda key: (-alike[key], key))[:_ALIKE_READ]


def _known(near: Neighbours | None) -> bool:
    return bool(near and (near.bought or near.viewed))


def _most_popular(signals: Signals, filters: Filters) -> dict[str, float]:
    """The best hundred; all that are known where a filter will take few of them."""
    return dict(islice(signals.popular.items(), None if filters else _POPULAR))


def _else_popular(found: Contributions, signals: Signals) -> Draft:
    popular = _most_popular(signals, Filters())
    found = merge([found, sources.from_popularity(popular)])
    return Draft(found, signals, "rules", "no_neighbours", [*popular])
