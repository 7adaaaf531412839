"""From what the model wrote to what may be shown: cut into sentences, those that fail struck out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from . import quantities
from .claims import Check, Review, review
from .passages import split_sentences
from .ports import Candidate
from .products import Language
from .prompts import ContentKind
from .templates import Draft
from .vocabulary import VERBS, normal
from .wording import pairs

# How many facts a text of the kind has to tell to be worth more than the template.
_ENOUGH: dict[ContentKind, int] = {"product_description": 2, "ad_copy": 1, "social_post": 1}
_HASHTAGS = re.compile(r"(?:\s*#\w+)+\s*$")
_WRAPPING = re.compile(r"^[\s\"'“”‘’「『*]+|[\s\"'“”‘’」』*]+$")
# A text does not begin in the middle: with what refers to a sentence that was struck out.
_REFERS_BACK = re.compile(r"(?:it|its|it's|they|also|and|but|with|which|both)\b|它|其|还|也|并|而", re.I)
# A wrong article, or one before an adjective that no noun follows ("a A15 chip", "is a washable."), or words
# said twice.
_CLUMSY = re.compile(
    r"\b[Aa] (?:[aeiAEI][a-z]|[AEFHILMNORSX][A-Z]*\d|o(?!ne))|\b[Aa]n (?![aeiouAEFHILMNORSX\d])"
    r"|\b[Aa]n? (?:[\w-]+ ){0,3}?[\w-]*(?:able|ible|ied|free|proof|safe|seasoned|sealed|contents)"
    r"(?=[.,;:!]| (?:and|or|at|of|with)\b|$)"
    r"|\b(\w{3,}) (?:[\d.]+ )?\1\b|\b(\w{4,} \w{4,})\b.*\b\2\b"
    r"|\b(?:[Aa]|[Tt]he) \w+ (?:is|are) \d+(?:[.,]| and)|[a-z] [a-z][A-Z]{2}"
)


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
        # What the product is: the last word of its title that is no size or number.
        nouns = [[w for w in re.findall(r"[a-z']+", normal(name)) if len(w) > 2] or [""] for name in names]
        self._nouns = [words[-1].removesuffix("s") for words in nouns]
        self._plural = nouns[0][-1].endswith("s") and not nouns[0][-1].endswith("ss")
        self.struck: Counter[Check] = Counter()

    def draft(self, candidate: Candidate, kind: ContentKind, max_length: int) -> Draft | None:
        """What is left of a candidate once all that is not carried is struck out; None if too little is."""
        text = _HASHTAGS.sub("", " ".join(_WRAPPING.sub("", candidate.text).split()))
        sentences = split_sentences(text)
        if not candidate.complete:
            sentences = sentences[:-1]
        kept: list[str] = []
        told: list[str] = []
        for sentence in sentences:
            found = self._review(sentence)
            self.struck.update({finding.check for finding in found.findings})
            new = [fact for fact in found.facts if fact not in self._names]
            clumsy = _repeats(sentence) or self._is_clumsy(sentence)
            if not kept and not self._names_product(sentence):
                continue
            if not found.passed or clumsy or set(new) & set(told) or not (new or (found.facts and not kept)):
                continue
            joined = self._joined([*kept, sentence])
            if len(joined) <= max_length and (kept or not _REFERS_BACK.match(sentence)):
                kept.append(sentence)
                told += new
        joined = self._joined(kept)
        if len(told) < _ENOUGH[kind] or not self._review(joined).passed:
            return None
        return Draft(joined, tuple(told))

    def _names_product(self, sentence: str) -> bool:
        """Whether a first sentence says what the text is about."""
        if self._language == "zh":
            return any(pair in sentence for name in self._names for pair in pairs(name[-4:]))
        return any(noun in normal(sentence) for noun in self._nouns)

    def _is_clumsy(self, sentence: str) -> bool:
        """Whether an English sentence, true or not, is none that a shop would print."""
        if self._language == "zh":
            return False
        words = re.findall(r"[a-z']+", normal(sentence))
        noun, brand = self._nouns[0], normal(self._names[1]) if len(self._names) > 1 else ""
        # "This shoes", "this running shoes".
        plural = self._plural and re.search(rf"\b(?:this|an?) (?:[\w-]+ ){{0,4}}{noun}s\b", normal(sentence))
        verbless = words[:1] in (["this"], ["these"]) and not VERBS & set(words)
        twice = sum(word.startswith(noun) for word in words) > 1 or (brand and words.count(brand) > 1)
        return bool(plural or verbless or twice or _CLUMSY.search(sentence))

    def _joined(self, sentences: Iterable[str]) -> str:
        return ("" if self._language == "zh" else " ").join(sentences)

    def _review(self, text: str) -> Review:
        return review(text, self._known, language=self._language, names=self._names)


def _repeats(sentence: str) -> bool:
    """Whether the sentence gives the same number twice."""
    given = [(number.values, number.dimension) for number in quantities.find(sentence)]
    return len(set(given)) < len(given)


def best(drafts: Iterable[Draft], count: int, max_length: int) -> list[Draft]:
    """The `count` best drafts, best first: telling most, using the room, unlike each other."""
    left = list({draft.text: draft for draft in drafts}.values())
    chosen: list[Draft] = []

    def worth(draft: Draft) -> float:
        alike = max((_alike(draft, other) for other in chosen), default=0.0)
        return len(draft.facts) + len(draft.text) / max_length - 3 * alike

    while left and len(chosen) < count:
        chosen.append(max(left, key=worth))
        left.remove(chosen[-1])
    return chosen


def _alike(one: Draft, other: Draft) -> float:
    """How much two drafts tell the same, from 0 to 1: facts, and which comes first."""
    mine, theirs = set(one.facts), set(other.facts)
    return 0.7 * len(mine & theirs) / max(1, len(mine | theirs)) + 0.3 * (one.facts[:1] == other.facts[:1])
