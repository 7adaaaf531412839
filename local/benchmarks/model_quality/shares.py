"""Shares with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964  # the normal distribution's 97.5 % point


def wilson(passed: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, 1927), as shares from 0 to 1.

    Unlike the plain normal interval it holds for few trials and stays inside 0 to 1.

    Raises:
        ValueError: unless 0 <= passed <= of and of > 0.
    """
    if not 0 <= passed <= of or of == 0:
        raise ValueError(f"{passed} of {of} is no share")
    share, spread = passed / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt((share * (1 - share) + spread / 4) / of) / (1 + spread)
    # Where all or none passed one end is exact; rounding must not push it out.
    return 0.0 if passed == 0 else middle - half, 1.0 if passed == of else middle + half


@dataclass
class Share:
    """How many of how many."""

    passed: int = 0
    of: int = 0

    def count(self, passed: bool) -> None:
        """One more, and whether it passed."""
        self.passed += passed
        self.of += 1

    def __str__(self) -> str:
        if not self.of:
            return "none asked"
        low, high = wilson(self.passed, self.of)
        return f"{self.passed / self.of:.0%} [{low * 100:.0f}-{high * 100:.0f}] {self.passed}/{self.of}"
