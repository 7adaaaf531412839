"""How long a text may be, counted as the place counts where it will stand, and how hashtags are written.

X counts what is neither Latin nor one of a few marks twice (twitter-text, configuration 3), Weibo two Latin
characters as one, Google Ads a character of double width as two. An emoji of several code points is counted
as all of them, which is never too little.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .products import Language

Platform = Literal["x", "weibo", "instagram", "xiaohongshu"]
AdPlatform = Literal["google", "meta"]

_LIGHT = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))


def _by_x(text: str) -> int:
    normal = unicodedata.normalize("NFC", text)
    return sum(1 if any(ord(each) in light for light in _LIGHT) else 2 for each in normal)


def _by_weibo(text: str) -> int:
    return math.ceil(sum(0.5 if each.isascii() else 1 for each in text))


def _by_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


@dataclass(frozen=True)
class Room:
    """Room for a text.

    Args:
        limit: the most, in whatever `count` counts.
        count: how long a text is; characters if nothing else is said.
    """

    limit: int
    count: Callable[[str], int] = len

    def fits(self, text: str) -> bool:
        """Whether the text has room."""
        return self.count(text) <= self.limit

    def after(self, text: str) -> Room:
        """What is left beside the text."""
        return replace(self, limit=self.limit - self.count(text))

    def characters(self, language: Language) -> int:
        """Characters of the language for which there is room at least."""
        common = "字" if language == "zh" else "w"
        return self.limit * 10 // max(1, self.count(common * 10))


_COUNTS: dict[Platform, tuple[int, Callable[[str], int]]] = {
    "x": (280, _by_x),
    "weibo": (2000, _by_weibo),
    "instagram": (2200, len),
    "xiaohongshu": (1000, len),
}


def room_on(platform: Platform | None, wanted: int) -> Room:
    """Room for `wanted`, or for less where the platform takes less."""
    if platform is None:
        return Room(wanted)
    most, count = _COUNTS[platform]
    return Room(min(wanted, most), count)


def room_in_google_ads(limit: int) -> Room:
    """Room in a field of Google Ads."""
    return Room(limit, _by_width)


def hashtags(words: Sequence[str], platform: Platform | None) -> str:
    """The words as the end of a post, each after a space; Weibo closes a hashtag with another sign."""
    close = "#" if platform == "weibo" else ""
    return "".join(f" #{word}{close}" for word in words)
