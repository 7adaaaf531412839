"""Whether what a model wrote says what the evidence says, and no more; pure."""

from __future__ import annotations

import re

from .asked import asked, fits
from .claims import Check, check
from .passages import Sentence
from .products import Language
from .quantities import find
from .retrieval import WordIndex, runs
from .synonyms import with_synonyms

_CHECKS: frozenset[Check] = frozenset(
    {"numbers", "names", "features", "promises", "language", "length", "personal_data", "leftovers"}
)
_MAX_LENGTH = 300
_NO = re.compile(
    r"\b(?:no|not|none|never|neither|nor|nothing|without|cannot|unless|except|only)\b|n't\b"
    r"|不|没|无|未|非|勿|除",
    re.IGNORECASE,
)
# What limits a statement; an answer that leaves it out promises more.
_LIMITS = re.compile(r"\b(?:if|unless|except|only|until|but)\b|如果|除|仅|只有|须|必须|但", re.IGNORECASE)
_YES_OR_NO = re.compile(r"^\W*(?:yes|no)\b\W*", re.IGNORECASE)
_YES = re.compile(r"^\W*(?:yes|yeah|sure|certainly|of course)\b|^\W*(?:是的|可以|能|有的|对)", re.IGNORECASE)
# Of the evidence, the answer has to repeat at least this share, weighted by how telling its words are. Of an
# attribute its value says enough; of a sentence whatever is left out may have been a condition ("unused").
_REPEATED_OF_VALUE, _REPEATED_OF_SENTENCE = 0.5, 0.95


def grounded(text: str, question: str, evidence: Sentence, language: Language, words: WordIndex) -> bool:
    """Whether `text` may be given as the answer to `question`.

    It has to pass the checks of claims.py against the evidence; hold a number of the kind asked for, and
    no more numbers than the evidence has; deny what the evidence denies and nothing else, and limit what it
    limits; repeat enough of the evidence to be an answer from it; and begin with "yes" only if the evidence
    speaks of all that was asked.
    """
    facts, names = [evidence.in_context], [evidence.title]
    if check(text, facts, language=language, names=names, max_length=_MAX_LENGTH, checks=_CHECKS):
        return False
    # The question's words may be used, its numbers and features may not: it asks, it does not state.
    if check(_YES_OR_NO.sub("", text), facts, language=language, names=[*names, question], checks={"words"}):
        return False
    if not fits(asked(question), text) or len(find(text)) > len(find(evidence.in_context)):
        return False
    if bool(_NO.search(text)) != bool(_NO.search(evidence.text)):
        return False
    if _LIMITS.search(evidence.text) and not _LIMITS.search(text):
        return False
    if _YES.search(text) and words.coverage(runs(question), with_synonyms(evidence.in_context)) < 1:
        return False
    repeated = words.coverage(runs(evidence.value or evidence.text), with_synonyms(text))
    return repeated >= (_REPEATED_OF_VALUE if evidence.value else _REPEATED_OF_SENTENCE)
