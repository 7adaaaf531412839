"""Which of a product's facts matter most to a reader: who they are decides the order, never the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from .products import Language, ProductFacts, Short, Strict
from .prompts import facts
from .retrieval import tokens
from .traits import Trait

# What readers care for, in words, each with its weight in (0, 1].
Wishes = Mapping[str, float]
_Listed = Annotated[list[Short], Field(max_length=20)]


class Segment(Strict):
    """Customers who have something in common."""

    interests: _Listed = Field(default=[], description="What they care for: `hiking`.")
    brands: _Listed = Field(default=[], description="Brands that they like.")
    categories: _Listed = Field(default=[], description="Categories that they look at.")

    @model_validator(mode="after")
    def _says_something(self) -> Segment:
        if not self.wishes:
            raise ValueError("name interests, brands or categories")
        return self

    @property
    def wishes(self) -> Wishes:
        """What they care for."""
        return dict.fromkeys([*self.interests, *self.brands, *self.categories], 1.0)


def wishes_of(traits: Sequence[Trait]) -> Wishes:
    """What a customer cares for, by their traits."""
    named = ("interest", "category_affinity", "brand_affinity")
    return {
        each.value: each.confidence for each in traits if isinstance(each.value, str) and each.name in named
    }


def ordered_facts(product: ProductFacts, language: Language, wishes: Wishes) -> list[str]:
    """The product's facts in `language`, those first that hold the words of a wish.

    Equal ones keep the product's own order.

    Raises:
        NotAvailableIn: if the product's texts are in another language only.
    """
    wished = [(set(tokens(wish)), weight) for wish, weight in wishes.items()]

    def interest(fact: str) -> float:
        words = set(tokens(fact))
        return sum(weight * len(words & wish) / len(wish) for wish, weight in wished if wish)

    return sorted(facts(product, language), key=interest, reverse=True)
