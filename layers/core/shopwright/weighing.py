"""What can be weighed only when the products are read: their categories, brands, and who wants them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from . import sources
from .filters import Filters
from .ports import Signals
from .products import UNCATEGORISED, Product
from .ranking import Code, Contribution, Contributions
from .shopper import Shopper
from .sources import SURELY_LIKE
from .tastes import Taste

_PUT_BACK = -0.3
_TASTE = {"category": 0.2, "brand": 0.15}
_TASTE_CODE: dict[str, Code] = {"category": "favourite_category", "brand": "favourite_brand"}
_UNWANTED = 0.2
_STATED = 0.3
_DEPARTMENT, _ELSEWHERE = 0.3, 0.2
_UNLIKE = 0.5


def known(
    contributions: Contributions, products: Mapping[str, Product], silent: Collection[str] = ()
) -> Contributions:
    """Those for products that exist, through products that exist and are not `silent`."""
    return {
        product_id: [
            each
            for each in own
            if each.because is None or (each.because in products and each.because not in silent)
        ]
        for product_id, own in contributions.items()
        if product_id in products
    }


def filling(
    contributions: Contributions,
    products: Mapping[str, Product],
    signals: Signals,
    filters: Filters,
) -> Contributions:
    """The same, where products that a filter takes and nothing speaks for fill a list up.

    For them speaks, if lightly, what is popular in the category that was asked for and in the shop, or else
    that the shop has them.
    """
    found = {product_id: own for product_id, own in contributions.items() if own}
    rest = [each for key, each in products.items() if key not in found and filters.admits(each)]
    branch = sources.from_branch(signals.branch, filters.category or "")
    popular = sources.from_popularity(signals.popular)
    for product_id, own in sources.from_range(rest).items():
        found[product_id] = branch.get(product_id) or popular.get(product_id) or own
    return found


def put_back(who: Shopper, contributions: Contributions) -> Contributions:
    """The same, with what they put back or sent back themselves pushed down."""
    against = {
        product_id: [Contribution("put_back", _PUT_BACK, product_id, events=events)]
        for product_id, events in who.dislikes.items()
    }
    return {product_id: [*own, *against.get(product_id, [])] for product_id, own in contributions.items()}


def named_by_shelf(
    popular: Sequence[str], contributions: Contributions, products: Mapping[str, Product]
) -> Contributions:
    """The same, where the most popular product of each category is called that.

    Args:
        popular: the shop's most popular, best first, without gaps: those not in `products` do not exist.
    """
    found = dict(contributions)
    led = {UNCATEGORISED}
    for product_id in popular:
        if product_id in products and products[product_id].category not in led:
            category = products[product_id].category
            led.add(category)
            if product_id in found:
                found[product_id] = [
                    replace(each, code="most_popular", name=category) if each.code == "popular" else each
                    for each in found[product_id]
                ]
    return found


def with_tastes(who: Shopper, contributions: Contributions, products: Mapping[str, Product]) -> Contributions:
    """The same, with what they like counted in and what they said they do not want kept low."""
    tastes = {(taste.kind, taste.name): taste for taste in who.tastes}
    events = {key: _events_for(taste, who, products) for key, taste in tastes.items()}
    found: Contributions = {}
    for product_id, own in contributions.items():
        kinds = _kinds(products[product_id])
        added = [
            Contribution(
                _TASTE_CODE[key[0]] if not tastes[key].stated else "stated",
                _STATED if tastes[key].stated else _TASTE[key[0]] * tastes[key].strength,
                name=key[1],
                trait=tastes[key].trait_id,
                events=events[key],
            )
            for key in kinds
            if key in tastes
        ]
        found[product_id] = [
            each.times(_UNWANTED) if each.weight > 0 and _unwanted(who, kinds, each, products) else each
            for each in [*own, *added]
        ]
    return found


def within_reach(
    product: Product, contributions: Contributions, products: Mapping[str, Product]
) -> Contributions:
    """For `similar`: the same type first, then its department; of other types only what is much alike."""
    found: Contributions = {}
    for other, own in contributions.items():
        if products[other].category == product.category:
            found[other] = own
        else:
            near = _department(products[other]) == _department(product)
            found[other] = [
                each.times(_DEPARTMENT if near else _ELSEWHERE)
                for each in own
                if each.code != "like" or each.weight >= SURELY_LIKE
            ]
    return found


def completing(
    product: Product,
    contributions: Contributions,
    products: Mapping[str, Product],
    alike: Mapping[str, float],
) -> Contributions:
    """For `bought_together`: what other products' baskets lend must be of a type that is still missing.

    Not of the product's own type, and not of one that its own baskets have: a phone whose case is known does
    not need the case of another. Of the types that are lent, what is like the product in text goes first,
    even if nobody has bought it yet: the case made for this phone before those made for others.
    """
    covered = {product.category} | {
        products[other].category
        for other, own in contributions.items()
        if any(each.code == "bought_together" for each in own)
    }
    found: Contributions = {}
    lent: dict[str, float] = {}
    for other, own in contributions.items():
        fit = _UNLIKE + alike.get(other, 0.0)
        category = products[other].category
        found[other] = [each for each in own if each.code == "bought_together"]
        if category not in covered:
            found[other] += [each.times(fit) for each in own]
            lent[category] = max(lent.get(category, 0.0), sum(each.weight for each in own))
    for other, similarity in alike.items():
        if other in products and other not in found and similarity >= SURELY_LIKE:
            category = products[other].category
            if category in lent:
                weight = lent[category] * (_UNLIKE + similarity)
                found[other] = [Contribution("type_bought_together", weight, product.id, name=category)]
    return found


def _kinds(product: Product) -> list[tuple[str, str]]:
    return [("category", product.category), *([("brand", product.brand)] if product.brand else [])]


def _department(product: Product) -> str:
    return product.category.split(">")[0].strip()


def _unwanted(
    who: Shopper, kinds: Sequence[tuple[str, str]], each: Contribution, products: Mapping[str, Product]
) -> bool:
    because = _kinds(products[each.because]) if each.because else []
    return any(kind in who.unwanted for kind in (*kinds, *because))


def _events_for(taste: Taste, who: Shopper, products: Mapping[str, Product]) -> tuple[str, ...]:
    """The latest of their events that show the taste, else those the profile keeps for it."""
    shown = [
        event
        for interest in who.interests
        if interest.product_id in products
        and (taste.kind, taste.name) in _kinds(products[interest.product_id])
        for event in interest.events
    ]
    return tuple(dict.fromkeys(shown))[:5] or taste.events
