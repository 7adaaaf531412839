"""Which of a product's facts matter most to a customer: their profile decides the order, never the words."""

from __future__ import annotations

from collections.abc import Sequence

from .prices import PriceBand
from .products import Language, ProductFacts
from .prompts import facts
from .retrieval import tokens
from .traits import Trait


def ordered_facts(product: ProductFacts, language: Language, traits: Sequence[Trait]) -> list[str]:
    """The product's facts in `language`, those first that speak to the customer's traits.

    A fact speaks to an interest whose words it holds, to a liked brand or category that it names; the price
    speaks to somebody whose usual band it does not exceed. Equal ones keep the product's own order.

    Raises:
        NotAvailableIn: if the product's texts are in another language only.
    """
    wishes = [
        (set(tokens(trait.value)), trait.confidence)
        for trait in traits
        if isinstance(trait.value, str) and trait.name in ("interest", "category_affinity", "brand_affinity")
    ]
    within = any(
        isinstance(trait.value, PriceBand)
        and trait.id.endswith(f":{product.currency}")
        and product.amount is not None
        and product.amount <= trait.value.high
        for trait in traits
    )

    def interest(fact: str) -> float:
        words = set(tokens(fact))
        met = sum(confidence * len(words & wish) / len(wish) for wish, confidence in wishes if wish)
        return met + (0.5 if within and fact.startswith(("Price: ", "价格：")) else 0.0)

    return sorted(facts(product, language), key=interest, reverse=True)
