"""How the shop's rules change a list: what is pinned, weighs more or less, or is held back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .filters import in_category
from .merchandising import ANY_BRAND, Rule
from .products import Product
from .ranking import Contribution, Contributions, Placement, Ranked


@dataclass(frozen=True)
class Featuring:
    """The rules that hold for one list."""

    rules: Sequence[Rule] = ()

    @property
    def pinned(self) -> dict[str, int | None]:
        """The pinned products with the place they were given, if any; of two pins of one the first."""
        pins: dict[str, int | None] = {}
        for rule in self.rules:
            if rule.action == "pin" and rule.product_id:
                pins.setdefault(rule.product_id, rule.position)
        return pins

    def weighed(self, contributions: Contributions, products: Mapping[str, Product]) -> Contributions:
        """What speaks for a product weighs as much more or less as the rules say.

        All of it alike, so that the heaviest, which becomes the reason, stays the heaviest. What speaks
        against it stays as it is.
        """
        rules = [rule for rule in self.rules if rule.action in ("boost", "bury")]
        found: Contributions = {}
        for product_id, own in contributions.items() if rules else ():
            factor = 1.0
            for rule in rules:
                factor *= (rule.factor or 1.0) if _about(rule, products[product_id]) else 1.0
            found[product_id] = [each.times(factor) if each.weight > 0 else each for each in own]
        return found if rules else contributions

    def room(self, products: Mapping[str, Product], shown: Iterable[str] = ()) -> BrandRoom:
        """Counts brands in a list that already holds `shown`."""
        most: dict[str, int] = {}
        for rule in self.rules:
            if rule.action == "cap" and rule.brand and rule.most:
                brand = rule.brand.casefold()
                most[brand] = min(rule.most, most.get(brand, rule.most))
        return BrandRoom(most, products, shown)


class BrandRoom:
    """Whether a list may take one more product of a brand. The brand's own rule goes before that for any."""

    def __init__(
        self, most: Mapping[str, int], products: Mapping[str, Product], shown: Iterable[str]
    ) -> None:
        self._most = most
        self._products = products
        self._count = Counter(self._brand(product_id) for product_id in shown)

    def __call__(self, product_id: str) -> bool:
        """A yes is a place taken."""
        brand = self._brand(product_id)
        most = self._most.get(brand, self._most.get(ANY_BRAND)) if brand else None
        if most is not None and self._count[brand] >= most:
            return False
        self._count[brand] += 1
        return True

    def _brand(self, product_id: str) -> str:
        return (self._products[product_id].brand or "").casefold()


def featuring(rules: Iterable[Mapping[str, Any]], placement: Placement, now: datetime) -> Featuring:
    """Those of the stored rules that hold now and here.

    Args:
        rules: as Catalog.merchandising gives them.
        placement: of the list.
        now: aware, UTC.
    """
    own = [Rule.model_validate(rule) for rule in rules]
    return Featuring(
        [
            rule
            for rule in own
            if (rule.placements is None or placement in rule.placements)
            and (rule.starts is None or rule.starts <= now)
            and (rule.ends is None or now < rule.ends)
        ]
    )


def eligible(
    pinned: Mapping[str, int | None], products: Collection[str], barred: Collection[str], limit: int
) -> dict[str, int | None]:
    """The pins a list of `limit` shows: of products that may be shown, at a place that it has."""
    found = {
        product_id: position
        for product_id, position in pinned.items()
        if product_id in products and product_id not in barred and (position or 1) <= limit
    }
    return dict([*found.items()][:limit])


def as_featured(product_id: str, ranked: Sequence[Ranked], chosen: Collection[str]) -> Ranked:
    """A pinned product with the reason that holds for it.

    Args:
        product_id: the pinned product.
        ranked: every product that something speaks for.
        chosen: those that a list without pins would show. Of them what speaks for them is why they are
            there; of any other, that the shop chose it.
    """
    own = next((each for each in ranked if each.product_id == product_id), Ranked(product_id, 0.0, ()))
    return own if product_id in chosen else replace(own, contributions=(Contribution("featured", 0.0),))


def placed(pins: Sequence[tuple[Ranked, int | None]], others: Sequence[Ranked]) -> list[Ranked]:
    """Pins at their places and the others, in their order, around them.

    Where two want the same place the later takes the next that is free; a list too short for a place has it
    last.
    """
    size = len(pins) + len(others)
    taken: dict[int, Ranked] = {}
    for ranked, position in sorted(pins, key=lambda pin: (pin[1] is None, pin[1] or 0)):
        wanted = min((position or 1) - 1, size - 1)
        free = [place for place in (*range(wanted, size), *range(wanted, -1, -1)) if place not in taken]
        taken[free[0]] = ranked
    rest = iter(others)
    return [taken[place] if place in taken else next(rest) for place in range(size)]


def _about(rule: Rule, product: Product) -> bool:
    if rule.product_id:
        return product.id == rule.product_id
    if rule.brand:
        brands = {product.brand, *(wording.brand for wording in product.translations.values())}
        return rule.brand.casefold() in {brand.casefold() for brand in brands if brand}
    return bool(rule.category and in_category(product, rule.category))
