"""A brief: what is to be written, from which facts, in how much room. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import prompts
from .claims import ALL_CHECKS, Check, check, review
from .errors import InvalidInput
from .growing import Draft
from .layouts import Layout, fillings
from .platforms import Platform, Room, hashtags
from .ports import Message
from .products import Language, ProductFacts
from .prompts import TextKind, Tone
from .templates import Material, drafts

# What a template quotes is the shop's own wording: there, words and their pairing need no check.
TEMPLATE_CHECKS: frozenset[Check] = ALL_CHECKS - {"words", "pairing"}
_FACTS_SHOWN = 6  # a small model loses the thread in longer lists
_SENTENCE = (".", "!", "?", "。", "！", "？")


class Brief:
    """What is to be written about a product.

    Args:
        product: with texts in `language`.
        said: its facts, the most important first.
        room: for a text with its hashtags.
        platform: where a post will stand; None if that is not known.
        layout: the parts of the text; None if it is one.

    Attributes:
        names: what the product is called: title, brand, category.
        said: the facts that may be said; what advertising may not say is left out, though the shop says it.
        lasting: those of them that will be true for long: neither price nor stock.
        room: for a text without its hashtags.
        hashtags: what a social post ends with, with the space before it.
    """

    def __init__(
        self,
        product: ProductFacts,
        said: Sequence[str],
        *,
        kind: TextKind,
        language: Language,
        tone: Tone,
        room: Room,
        platform: Platform | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.kind = kind
        self.language = language
        self._tone = tone
        self._layout = layout or ()
        self._wording = product.wording(language)
        self.names = prompts.names(product, language)
        self.said = [fact for fact in said if not self._flawed(fact, said, {"forbidden"})]
        self.lasting = [fact for fact in self.said if not fact.startswith(prompts.PASSING[language])]
        self.hashtags = _hashtags(self.names, room, platform) if kind == "social_post" else ""
        self.room = room.after(self.hashtags)

    @property
    def messages(self) -> list[Message]:
        """What the model is asked."""
        # Who made it comes first: a small model fills "from ..." with whatever it reads next. Nor does it get
        # the name twice, or it writes it twice.
        brand = [fact for fact in self.lasting if fact.startswith(("Brand: ", "品牌："))]
        shown = [*brand, *(fact for fact in self.lasting if fact not in brand)][:_FACTS_SHOWN]
        title = self._wording.title.removeprefix(self._wording.brand or "").strip() or self._wording.title
        return prompts.content(
            title,
            shown,
            self.kind,
            language=self.language,
            tone=self._tone,
            max_length=self.room.characters(self.language),
        )

    @property
    def max_tokens(self) -> int:
        """Room for the text and a little more, so that its last sentence ends."""
        per_character = 0.3 if self.language == "en" else 1.0
        return max(32, min(160, int(self.room.characters(self.language) * per_character) + 16))

    def by_rule(self) -> Iterator[Draft]:
        """Templates, the first choice first; what a check objects to is left out."""
        for draft in drafts(self._material(), self.kind, self._tone, self.language, self.room):
            if not self._flawed(draft.text, self.said, TEMPLATE_CHECKS):
                yield draft

    def fields(self, body: Draft) -> dict[str, str]:
        """The text's parts around its body, in order; empty if it is one.

        Raises:
            InvalidInput: if a part has no room for any of the product's names.
        """
        material = self._material()
        argument = list(dict.fromkeys([*body.facts, *material.highlights, *material.details]))
        names = [material.name, *self.names]
        told: list[str] = []
        found: dict[str, str] = {}
        for field in self._layout:
            if field.part == "body":
                found[field.name] = body.text
                continue
            stop = "。" if self.language == "zh" else "."
            for draft in fillings(field, argument, names, told, self.language):
                if not self._flawed(draft.text + stop, self.said, TEMPLATE_CHECKS):
                    found[field.name] = draft.text
                    told += draft.facts
                    break
            else:
                raise InvalidInput(f"no name of the product fits into the {field.name}", "product.title")
        return found

    def claims(self, texts: Sequence[str], told: Sequence[str]) -> list[tuple[str, str]]:
        """What the texts say, each claim with the fact that carries it.

        Args:
            told: facts that they state as they stand.
        """
        found = [
            pair
            for text in texts
            for pair in review(text, self.said, language=self.language, names=self.names).carried
        ]
        carried = {fact for _, fact in found}
        found += [(fact, fact) for fact in told if fact not in carried]
        # Numbers and features stand alone and in their clause, which says more.
        claims: dict[str, tuple[str, str]] = {}
        for claim, fact in found:
            claims.setdefault(claim.lower(), (claim, fact))
        return [
            pair for own, pair in claims.items() if not any(own in each and own != each for each in claims)
        ]

    def _material(self) -> Material:
        title, brand = self._wording.title, self._wording.brand or ""
        colon = ": " if self.language == "en" else "："
        # Chinese has no space between words, but two Latin ones need it.
        latin = title[0].isascii() and brand[-1:].isascii()
        space = " " if latin or self.language == "en" else ""
        described = [fact for fact in self.lasting if fact.endswith(_SENTENCE)]
        details = [fact for fact in self.lasting if colon in fact and fact not in described]
        return Material(
            name=title if brand.lower() in title.lower() else f"{brand}{space}{title}",
            highlights=[fact for fact in self.lasting if fact not in described and fact not in details],
            details=[fact for fact in details if not fact.startswith(("Brand: ", "品牌："))],
            described=described,
        )

    def _flawed(self, text: str, said: Sequence[str], checks: frozenset[Check] | set[Check]) -> bool:
        return bool(check(text, said, language=self.language, names=self.names, checks=checks))


def _hashtags(names: Sequence[str], room: Room, platform: Platform | None) -> str:
    """The names as hashtags, as many as fit into a third of the room."""
    tags: list[str] = []
    # Brand and category first: they are what people search for; a long title is nobody's hashtag.
    for name in sorted(names, key=lambda name: (len(name) > 20, names.index(name))):
        tag = "".join(word[0].upper() + word[1:] for word in re.findall(r"\w+", name))
        if tag not in tags and 3 * room.count(hashtags([*tags, tag], platform)) <= room.limit:
            tags.append(tag)
    return hashtags(tags, platform)
