"""The rules a shop sets for its recommendations: taken in, checked, and given back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from .errors import InvalidInput
from .filters import path
from .ports import Catalog
from .products import Id, Short, Strict
from .ranking import Placement

MAX_RULES = 100
ANY_BRAND = "*"

# What each action needs, and what it may be about.
_NEEDS = {"pin": (), "boost": ("factor",), "bury": ("factor",), "cap": ("most",)}
_ABOUT = {
    "pin": ("product_id",),
    "boost": ("product_id", "brand", "category"),
    "bury": ("product_id", "brand", "category"),
    "cap": ("brand",),
}
_TAKES = {"pin": ("position",), "boost": ("factor",), "bury": ("factor",), "cap": ("most",)}


class Rule(Strict):
    """`pin` shows a product, `boost` and `bury` weigh products more or less, `cap` limits a brand."""

    action: Literal["pin", "boost", "bury", "cap"]
    product_id: Id | None = Field(default=None, description="The product to pin, boost or bury.")
    brand: Short | None = Field(
        default=None, description='The brand to boost, bury or cap; to cap, "*" is any brand.'
    )
    category: Short | None = Field(
        default=None, description="The category to boost or bury, with its children: `Electronics > Phones`."
    )
    position: int | None = Field(
        default=None, ge=1, le=50, description="Of a pin: its place, from 1; else the first that is free."
    )
    factor: float | None = Field(
        default=None, gt=0, le=100, description="Of boost: above 1. Of bury: between 0 and 1."
    )
    most: int | None = Field(
        default=None, ge=1, le=50, description="Of cap: how many products of the brand a list may hold."
    )
    placements: Annotated[list[Placement], Field(min_length=1)] | None = Field(
        default=None, description="Where it holds; everywhere if left out."
    )
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None


class Rules(Strict):
    """All rules of the shop. They are replaced together: all are taken or none."""

    rules: Annotated[list[Rule], Field(max_length=MAX_RULES)]


class Merchandising:
    """Keeps the shop's rules.

    Args:
        catalog: where they are kept, and which products there are.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def rules(self) -> Rules:
        """The rules as they stand; none at first."""
        return Rules.model_validate({"rules": self._catalog.merchandising()})

    def put(self, rules: Rules) -> Rules:
        """Replace the rules.

        Raises:
            InvalidInput: naming the field and the rule's index (`rules.3.factor`); nothing was changed.
        """
        for index, rule in enumerate(rules.rules):
            _check(rule, f"rules.{index}")
        named = [rule.product_id for rule in rules.rules if rule.product_id]
        known = self._catalog.products(named) if named else {}
        for index, rule in enumerate(rules.rules):
            # A slip of the pen would otherwise be found by nobody.
            if rule.product_id and rule.product_id not in known:
                raise InvalidInput("there is no such product", f"rules.{index}.product_id")
        self._catalog.put_merchandising(
            [rule.model_dump(mode="json", exclude_none=True) for rule in rules.rules]
        )
        return rules


def _check(rule: Rule, field: str) -> None:
    about = _ABOUT[rule.action]
    if not any(getattr(rule, name) is not None for name in about):
        raise InvalidInput(f"{rule.action} needs {' or '.join(about)}", f"{field}.{about[0]}")
    given = [name for name in ("product_id", "brand", "category") if getattr(rule, name) is not None]
    for name in given:
        if name not in about or name != given[0]:
            raise InvalidInput(f"{rule.action} takes one of {', '.join(about)}", f"{field}.{name}")
    for name in _NEEDS[rule.action]:
        if getattr(rule, name) is None:
            raise InvalidInput(f"{rule.action} needs it", f"{field}.{name}")
    for name in ("position", "factor", "most"):
        if getattr(rule, name) is not None and name not in _TAKES[rule.action]:
            raise InvalidInput(f"does not stand with {rule.action}", f"{field}.{name}")
    if rule.factor is not None and (rule.factor > 1) != (rule.action == "boost"):
        raise InvalidInput(
            "must be above 1 to boost" if rule.action == "boost" else "must be between 0 and 1 to bury",
            f"{field}.factor",
        )
    if rule.factor == 1:
        raise InvalidInput("1 changes nothing", f"{field}.factor")
    if rule.brand == ANY_BRAND and rule.action != "cap":
        raise InvalidInput('"*" stands with cap only', f"{field}.brand")
    if rule.category is not None and not path(rule.category):
        raise InvalidInput("names no category", f"{field}.category")
    if rule.starts and rule.ends and rule.ends <= rule.starts:
        raise InvalidInput("must be after starts", f"{field}.ends")
