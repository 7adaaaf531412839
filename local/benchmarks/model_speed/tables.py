"""Numbers and tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table; the first `left` columns are aligned left, the others right."""
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{len(row)} cells under {len(header)} columns: {row}")
    marks = [":--" if place < left else "--:" for place in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, marks, *rows))


def milliseconds(seconds: float | None) -> str:
    """Two digits that count below 100 ms, whole ones above; empty for None."""
    if seconds is None:
        return ""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}"


def count(value: float) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,.0f}"
