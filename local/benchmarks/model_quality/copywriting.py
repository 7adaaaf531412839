"""Copy: descriptions, advertising lines and posts, as the content function writes and checks them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import get_args

from local.sample import load_products
from shopwright.claims import review
from shopwright.content import CANDIDATES, ContentAnswer, ContentRequest, ContentWriter
from shopwright.products import Language, Product, ProductFacts
from shopwright.prompts import TextKind, facts, names

from .progress import Progress
from .public_data import PublicData
from .rehearsal import Rehearsal
from .rows import Name, Results, Section
from .shelf import Shelf

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_LANGUAGES: frozenset[str] = frozenset(get_args(Language))  # judged in all, whichever the shop trusts
_SAMPLE = "sample shop"
_BEST = f"best of {CANDIDATES}"


class Copywriting:
    """Counts for one model.

    Args:
        rehearsal: the model.
        shelf: stores, which copy of given facts leaves alone.
        progress: told of each product.
    """

    def __init__(self, rehearsal: Rehearsal, shelf: Shelf, progress: Progress) -> None:
        self._rehearsal = rehearsal
        self._writer = ContentWriter(shelf.catalog, shelf.customers, rehearsal, _LANGUAGES)
        self._progress = progress
        self.results = Results()

    def sample_shop(self, seed: int, language: Language, count: int) -> None:
        """All three kinds of copy for products of the sample shop."""
        rows = random.Random(seed).sample(load_products(), count)
        products = [Product.model_validate(row) for row in rows]
        for kind in get_args(TextKind):
            self._write(products, kind, language, _SAMPLE)

    def clothes(self, data: PublicData, count: int) -> None:
        """Chinese descriptions from attributes; and whether what people wrote from them would pass."""
        about: tuple[Section, str, str, str] = ("copy", "product_description", "zh", "AdvertiseGen")
        described = data.described(count)
        self._write([each.facts for each in described], "product_description", "zh", "AdvertiseGen")
        for each in data.described(10 * count):  # costs no model
            request = _request(each.facts, "product_description", "zh")
            answer = self._rehearsal.told(each.copy, partial(self._writer.write, request, _NOW))
            self._count(Name(*about, "a person's text"), _passed(answer))
            found = review(each.copy, facts(each.facts, "zh"), language="zh", names=names(each.facts, "zh"))
            self._count(Name(*about, "a person's text, without a fault"), found.passed)

    def _write(self, products: Sequence[ProductFacts], kind: TextKind, language: Language, data: str) -> None:
        for product in self._progress.each(products, f"copy: {kind}, {language}, {data}"):
            request = _request(product, kind, language)
            heard = self._rehearsal.hear(partial(self._writer.write, request, _NOW))
            for alone in heard.alone:
                self._count(Name("copy", kind, language, data, "candidates"), _passed(alone))
                clean = _passed(alone) and not alone.rejected
                self._count(Name("copy", kind, language, data, "candidates without a fault"), clean)
            self._count(Name("copy", kind, language, data, _BEST), _passed(heard.together))
            if _passed(heard.together) and data == _SAMPLE:  # other data are not to be handed on
                self.results.show(f"{kind}, {language}, {data}", heard.together.texts[0].text)
            self.results.reasons[f"{kind}, {language}, {data}"].update(heard.together.rejected)

    def _count(self, name: Name, passed: bool) -> None:
        self.results.shares[name].count(passed)


def _passed(answer: ContentAnswer) -> bool:
    return answer.served_by == "model"


def _request(product: ProductFacts, kind: TextKind, language: Language) -> ContentRequest:
    return ContentRequest(kind=kind, product=product, language=language)
