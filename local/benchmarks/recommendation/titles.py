"""What titles tell of copies: the same thing in another colour or size."""

from __future__ import annotations

import re

_COLOURS = """
    red blue green pink white black ivory cream yellow orange purple violet lilac brown grey gray silver gold
    golden turquoise aqua mint beige amber bronze copper teal navy burgundy rose crimson coral charcoal clear
    multicolour multicoloured dark light pale bright colour color assorted
"""
_SIZES = "small medium large big mini giant tiny jumbo s m l xl"
_VARIANT = frozenset([*_COLOURS.split(), *_SIZES.split()])
_WORD = re.compile(r"[a-z]+|\d+")


def without_variant(title: str) -> str | None:
    """A title without words for colour and size, so that copies have the same; None if nothing is left.

    Words keep their order, as "blue box with red lid" is "red box with blue lid" in other colours.
    """
    words = _WORD.findall(title.lower())
    return " ".join(word for word in words if word not in _VARIANT) or None
