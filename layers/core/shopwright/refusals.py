"""What a customer will not have: a product, or that anything is recommended because of one. Pure.

Both are corrections (corrections.py) with the action `remove`. What the catalogue said of the product is kept
with them, so that its variants are known without another read, and it holds when the product is long gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .affinity import weight
from .errors import InvalidInput
from .events import Event
from .products import Id, Product

PRODUCT, BECAUSE = "product", "because"  # before a product's id
REFUSALS = (PRODUCT, BECAUSE)
_ID: TypeAdapter[str] = TypeAdapter(Id)


@dataclass(frozen=True)
class Refusals:
    """What one customer refused.

    `products` and `groups` (item_group_id) are never to be shown; nothing is to be recommended `because` of
    those products, of which their category and brand are known, as the counters know them.
    """

    products: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    because: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def refuses(self, product: Product) -> bool:
        """Whether the product is, or is a variant of, one that was refused."""
        return product.id in self.products or product.item_group_id in self.groups


def refusals(corrections: Mapping[str, Any]) -> Refusals:
    """What the standing corrections (`corrections.merged`) refuse."""
    own: dict[str, dict[str, Any]] = {kind: {} for kind in REFUSALS}
    for trait_id, correction in corrections.items():
        kind, _, product_id = trait_id.partition(":")
        if kind in own and correction["action"] == "remove":
            own[kind][product_id] = correction
    return Refusals(
        products=frozenset(own[PRODUCT]),
        groups=frozenset(each["group"] for each in own[PRODUCT].values() if each.get("group")),
        because={
            product_id: {kind: each[kind] for kind in ("category", "brand") if each.get(kind)}
            for product_id, each in own[BECAUSE].items()
        },
    )


def checked(kind: str, product_id: str, action: str, field: str) -> str:
    """The product's id.

    Raises:
        InvalidInput: naming the field, `trait_id` or `action` under `field`.
    """
    if action == "set":
        raise InvalidInput(f"{kind} can be removed or reset, not set", f"{field}.action")
    try:
        return _ID.validate_python(product_id)
    except ValidationError as error:
        raise InvalidInput(f"has the form {kind}:<product id>", f"{field}.trait_id") from error


def refused_products(trait_ids: Iterable[str]) -> list[str]:
    """The ids of the products that corrections of these ids refuse."""
    parts = (trait_id.partition(":") for trait_id in trait_ids)
    return sorted({about.strip() for kind, _, about in parts if kind in REFUSALS})


def remembered(kind: str, product: Product | None, before: Mapping[str, str]) -> dict[str, str]:
    """What is kept with a refusal of what the catalogue says; what was kept `before` if it is silent now."""
    if product is None:
        return dict(before)
    if kind == PRODUCT:
        return {"group": product.item_group_id} if product.item_group_id else {}
    stated = product.product_type or product.google_product_category
    own = {"category": product.category if stated else None, "brand": product.brand}
    return {name: value for name, value in own.items() if value}


def without(events: Iterable[Event], refused: Refusals) -> list[Event]:
    """The events, without the items of which nothing may be concluded."""
    return [
        event.model_copy(
            update={"items": [item for item in event.items if item.item_id not in refused.because]}
        )
        for event in events
    ]


def uncounted(counters: Mapping[str, float], events: Iterable[Event], refused: Refusals) -> dict[str, float]:
    """The counters less what these events added to them on behalf of products nothing may be concluded from.

    What older events added cannot be told apart any more.
    """
    result = dict(counters)
    for event in events if refused.because else ():
        for item in {item.item_id: item for item in event.items}.values():
            if item.item_id in refused.because:
                known = refused.because[item.item_id]
                names = {
                    "category": known.get("category") or item.item_category,
                    "brand": known.get("brand") or item.item_brand,
                }
                for kind, name in names.items():
                    key = f"{kind}#{name}"
                    if key in result:
                        # Rounded, so that nothing is left where there was nothing else.
                        amount = event.interest * weight(event.event_time)
                        result[key] = round(result[key] - round(amount, 6), 5)
    return result
