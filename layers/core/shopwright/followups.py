"""Questions that go on from the one before: "and in blue?", "how heavy is it?"; pure."""

from __future__ import annotations

import re

from .ports import Turn
from .questions import is_yes_no

_LEADS = re.compile(r"^\W*(?:(?:and|or|but|then)\b|那么?|还有|另外|要是|换成)[\s,，]*", re.I)
# A part of a question, whatever else it says.
_PART = re.compile(r"^\W*(?:what|how) about\b|^\W*in (?:the )?[\w -]{1,20}\?*$|呢\W*$", re.I)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those)\b|它|这[个款件双台]|那[个款件双台]|这东西",
    re.IGNORECASE,
)
# After its beginning it asks by itself: "and how heavy is it?".
_WHOLE = re.compile(
    r"\b(?:how|what|when|where|which|who|why)\b|怎么|如何|什么|多[久少长大重宽高厚深远]|哪|几", re.I
)
_LONGEST = 500


def goes_on(question: str) -> bool:
    """Whether the question is only a part of one and needs the one before: "and the Pro?"."""
    rest = _LEADS.sub("", question)
    whole = bool(_WHOLE.search(rest)) or is_yes_no(rest)
    return bool(_PART.search(rest)) or (rest != question and not whole)


def points_back(question: str) -> bool:
    """Whether the question speaks of something that was named before."""
    return goes_on(question) or bool(_POINTS_BACK.search(question))


def rewritten(question: str, last: Turn) -> str:
    """The question as it would have been asked alone: with the one before it, where it goes on from that."""
    if not goes_on(question):
        return question
    return f"{last.question[: _LONGEST - len(question) - 1]} {question}"
