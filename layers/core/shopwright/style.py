"""Whether a sentence, true or not, is one that a shop would print: a small model writes many that are not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import quantities
from .clauses import core
from .vocabulary import VERBS, normal
from .wording import pairs

_CLUMSY = re.compile(
    # A wrong article: "a A15 chip", "an display".
    r"\b[Aa] (?:[aeiAEI][a-z]|[AEFHILMNORSX][A-Z]*\d|o(?!ne))|\b[Aa]n (?![aeiouAEFHILMNORSX\d])"
    # An article before an adjective that no noun follows: "is a washable."
    r"|\b[Aa]n? (?:[\w-]+ ){0,3}?[\w-]*(?:able|ible|ied|free|proof|safe|seasoned|sealed|contents)"
    r"(?=[.,;:!]| (?:and|or|at|of|with|is)\b|$)"
    # Things had that are none: "has a lid and washable."
    r"|\b(?:has|with|boasts)\b(?!.* is ).*(?:and|,) [\w-]*(?:seasoned|able|ible)[.,]"
    # Words said twice: "a Bluetooth 5.3 Bluetooth", "matte finish and matte finish".
    r"|\b(\w{3,}) (?:[\d.]+ )?\1\b|\b(\w{4,} \w{4,})\b.*\b\2\b"
    # Labels: "has a Power: 12 W", "The motors are 2."
    r"|\b[Aa]n? \w+: |^\w+(?: \w+)?: \d|\b(?:[Aa]|[Tt]he) \w+ (?:is|are) \d+(?:[.,]| and)"
    r"|\b[Aa] \w*[^s\W]s of \d|[a-z] [a-z][A-Z]{2}"
)
_PLURAL_OF = {
    verb: verb.removesuffix("s") for verb in VERBS if verb.removesuffix("s") in VERBS and len(verb) > 3
} | {"has": "have", "is": "are", "was": "were"}
_SINGULAR_VERB = re.compile(rf"\b(?:{'|'.join(sorted(_PLURAL_OF))})\b")
_SINGULAR = re.compile(rf"(?P<it>This|It) (?:[\w'-]+ ){{0,9}}?(?:{'|'.join(sorted(_PLURAL_OF))})\b")


class English:
    """How a product of these names (the title first, then the brand) is spoken of in English."""

    def __init__(self, names: Sequence[str]) -> None:
        # What it is: the last word of its title that is no size or number.
        own = [*names[:1], *names[2:]]
        words = [
            [w for w in re.findall(r"[a-z']+", normal(core(name))) if len(w) > 2] or [""] for name in own
        ]
        self._nouns = [name[-1].removesuffix("s") for name in words]
        self._plural = words[0][-1].endswith("s") and not words[0][-1].endswith("ss")
        self._brand = normal(names[1]) if len(names) > 1 else ""

    def agreeing(self, sentence: str, text: str) -> str:
        """The sentence in the plural for a plural product: "These shoes have" for "This shoes has"."""
        subject = _SINGULAR.match(sentence) if self._plural else None
        if not subject or f"{self._nouns[0]}s" not in normal(text if subject["it"] == "It" else subject[0]):
            return sentence
        rest = _SINGULAR_VERB.sub(lambda verb: _PLURAL_OF[verb[0]], sentence[len(subject["it"]) :])
        return {"This": "These", "It": "They"}[subject["it"]] + rest

    def names_product(self, sentence: str) -> bool:
        """Whether a first sentence says what the text is about."""
        return any(noun in normal(sentence) for noun in self._nouns)

    def is_clumsy(self, sentence: str) -> bool:
        """Whether it is bad English, or repeats itself, in one of the ways that were seen."""
        plain = normal(sentence)
        words = re.findall(r"[a-z']+", plain)
        noun = self._nouns[0]
        singular = self._plural and re.search(
            rf"\b(?:this|an?) (?:[\w-]+ ){{0,4}}{re.escape(noun)}s\b", plain
        )
        verbless = words[:1] in (["this"], ["these"]) and not VERBS & set(words)
        named_twice = sum(word.startswith(noun) for word in words) > 1 or words.count(self._brand) > 1
        return bool(singular or verbless or named_twice or _repeats(sentence) or _CLUMSY.search(sentence))


class Chinese:
    """The same for Chinese, which bends no words."""

    def __init__(self, names: Sequence[str]) -> None:
        self._pairs = [pair for name in names for pair in pairs(name[-4:])]

    def agreeing(self, sentence: str, text: str) -> str:
        """The sentence itself."""
        return sentence

    def names_product(self, sentence: str) -> bool:
        """Whether a first sentence says what the text is about."""
        return any(pair in sentence for pair in self._pairs)

    def is_clumsy(self, sentence: str) -> bool:
        """Whether it repeats itself."""
        return _repeats(sentence)


def _repeats(sentence: str) -> bool:
    """Whether the sentence gives the same number twice."""
    given = [(number.values, number.dimension) for number in quantities.find(sentence)]
    return len(set(given)) < len(given)
