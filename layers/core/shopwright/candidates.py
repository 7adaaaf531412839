"""From what the model wrote to what may be shown: cut into sentences, those that fail struck out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from .claims import Check, Review, review
from .growing import Draft
from .passages import split_sentences
from .platforms import Room
from .ports import Candidate
from .products import Language
from .prompts import TextKind
from .style import Chinese, English

# How many facts a text of the kind has to tell to be worth more than the template.
_ENOUGH: dict[TextKind, int] = {"product_description": 2, "ad_copy": 1, "social_post": 1}
_HASHTAGS = re.compile(r"(?:\s*#\w+)+\s*$")
_WRAPPING = re.compile(r"^[\s\"'“”‘’「『*]+|[\s\"'“”‘’」』*]+$")
# A text does not begin in the middle: with what refers to a sentence that was struck out.
_REFERS_BACK = re.compile(r"(?:it|its|it's|they|also|and|but|with|which|both)\b|它|其|还|也|并|而", re.I)


class Selection:
    """Chooses texts from candidates and counts what it struck out, by check.

    Args:
        known: every fact, also those the model was not shown; a text may state them all the same.
        names: title, brand, category of the product, the title first.
    """

    def __init__(self, known: Sequence[str], names: Sequence[str], language: Language) -> None:
        self._known = known
        self._names = names
        self._language = language
        self._style = English(names) if language == "en" else Chinese(names)
        self.struck: Counter[Check] = Counter()

    def draft(self, candidate: Candidate, kind: TextKind, room: Room) -> Draft | None:
        """What is left of a candidate once all that is not carried is struck out; None if too little is."""
        text = _HASHTAGS.sub("", " ".join(_WRAPPING.sub("", candidate.text).split()))
        sentences = [self._style.agreeing(sentence, text) for sentence in split_sentences(text)]
        if not candidate.complete:
            sentences = sentences[:-1]
        kept: list[str] = []
        told: list[str] = []
        for sentence in sentences:
            found = self._review(sentence)
            self.struck.update({finding.check for finding in found.findings})
            new = [fact for fact in found.facts if fact not in self._names]
            if not kept and not self._style.names_product(sentence):
                continue
            if not found.passed or self._style.is_clumsy(sentence) or set(new) & set(told):
                continue
            if not new and (kept or not found.facts):
                continue
            joined = self._joined([*kept, sentence])
            if room.fits(joined) and (kept or not _REFERS_BACK.match(sentence)):
                kept.append(sentence)
                told += new
        joined = self._joined(kept)
        if len(told) < _ENOUGH[kind] or not self._review(joined).passed:
            return None
        return Draft(joined, tuple(told))

    def _joined(self, sentences: Iterable[str]) -> str:
        return ("" if self._language == "zh" else " ").join(sentences)

    def _review(self, text: str) -> Review:
        return review(text, self._known, language=self._language, names=self._names)


def best(drafts: Iterable[Draft], count: int, room: Room) -> list[Draft]:
    """The `count` best drafts, best first: telling most, using the room, unlike each other.

    No two lead with the same fact: readers are to choose between arguments, not between wordings.
    """
    left = list({draft.text: draft for draft in drafts}.values())
    chosen: list[Draft] = []

    def worth(draft: Draft) -> float:
        alike = max((_alike(draft, other) for other in chosen), default=0.0)
        return len(draft.facts) + room.count(draft.text) / room.limit - 3 * alike

    while left and len(chosen) < count:
        chosen.append(max(left, key=worth))
        left = [draft for draft in left if not draft.argues_as(chosen[-1])]
    return chosen


def _alike(one: Draft, other: Draft) -> float:
    """How much two drafts tell the same facts, from 0 to 1."""
    mine, theirs = set(one.facts), set(other.facts)
    return len(mine & theirs) / max(1, len(mine | theirs))
