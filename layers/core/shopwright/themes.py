"""A name for a list of products: what all have in common, and nothing that is true of some only. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import prompts
from .briefs import TEMPLATE_CHECKS
from .claims import ALL_CHECKS, Check, check
from .growing import Draft, GrowingText
from .platforms import Room
from .ports import Candidate
from .products import Language, ProductFacts

_WRAPPING = re.compile(r"^[\s\"'“‘「『*#]+|[\s\"'”’」』*.。]+$")
NAME_CHECKS: frozenset[Check] = ALL_CHECKS - {"leftovers"}  # a name is no sentence
_LIST = re.compile(r"[:：;；,，、]")  # facts in a row are no name
_MOST_FACTS = 3
_ANY: dict[Language, str] = {"en": "A selection for you", "zh": "为你挑选"}


class Theme:
    """What a list of products is about.

    Args:
        products: at least two, all with texts in `language`.
        room: for the name.

    Attributes:
        names: the brand, if all have the same, and the categories that all are in, the narrowest first.
        facts: those that hold of each of them; not the price or the stock, which pass.
        titles: the products' own.
    """

    def __init__(self, products: Sequence[ProductFacts], language: Language, room: Room) -> None:
        self._language = language
        self._room = room
        wordings = [product.wording(language) for product in products]
        self.titles = [wording.title for wording in wordings]
        paths = [[part.strip() for part in (wording.product_type or "").split(">")] for wording in wordings]
        shared = [parts[0] for parts in zip(*paths, strict=False) if len(set(parts)) == 1 and parts[0]]
        self._categories = shared[::-1]
        brands = {wording.brand for wording in wordings}
        self._brand = (brands.pop() or "") if len(brands) == 1 else ""
        self.names = [name for name in (self._brand, *self._categories) if name]
        told = [prompts.facts(product, language) for product in products]
        labelled = (*prompts.PASSING[language], "Brand: ", "品牌：")
        self.facts = [
            fact
            for fact in told[0]
            if all(fact in others for others in told) and not fact.startswith(labelled)
        ]

    def drafts(self, candidates: Sequence[Candidate]) -> list[Draft]:
        """Of what the model wrote, the names that hold of all the products and say what these are."""
        found = {}
        what = next(iter([*self._categories, self._brand]))
        for candidate in candidates:
            text = _WRAPPING.sub("", candidate.text.splitlines()[0]) if candidate.text.strip() else ""
            about = [name for name in self.names if name.lower() in text.lower()]
            if not candidate.complete or what not in about or _LIST.search(text):
                continue
            if self._holds(text, NAME_CHECKS):
                found[text] = Draft(text, tuple(about))
        return list(found.values())

    def by_rule(self) -> Iterator[Draft]:
        """Names from what they share, the most telling first; at last one that says nothing of them."""
        for text, facts in self._telling():
            if self._holds(text, NAME_CHECKS & TEMPLATE_CHECKS):
                yield Draft(text, facts)
        if self._room.fits(_ANY[self._language]):
            yield Draft(_ANY[self._language], ())

    def _telling(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        leaf = next(iter(self._categories), "")
        if leaf and self._brand:
            both = f"{self._brand}{leaf}" if self._language == "zh" else f"{leaf} from {self._brand}"
            yield both, (self._brand, leaf)
        for fact in self.facts[:_MOST_FACTS] if leaf else []:
            text = GrowingText(self._language, self._room)
            text.open(leaf)
            text.tell([fact])
            if text.told:
                yield text.text.rstrip(".。"), (fact, leaf)
        for name in [*self._categories, self._brand]:
            if name:
                yield name, (name,)

    def _holds(self, text: str, checks: frozenset[Check]) -> bool:
        return self._room.fits(text) and not check(
            text, self.facts, language=self._language, names=self.names, checks=checks
        )
