"""docs/benchmarks/recommendation.md and its pictures, wholly from the results: never measured for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.benchmarks.model_speed.machine import BUSY_SHARE
from local.benchmarks.recommendation import plot
from local.benchmarks.recommendation.parts import PARTS
from local.benchmarks.recommendation.report_accuracy import (
    beyond_section,
    bought_together_section,
    cold_start_section,
    quality_section,
)  # fmt: skip
from local.benchmarks.recommendation.report_speed import cost_section, latency_section

_SECTIONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "bought_together": bought_together_section,
    "quality": quality_section,
    "cold_start": cold_start_section,
    "beyond": beyond_section,
    "latency": latency_section,
    "cost": cost_section,
}
_HEAD = """\
# How good and how fast recommendations are

Written by `make bench-recommend DATA=folder` from the results beside it (`recommendation.json`), part by
part: change the benchmark, not the page. `ARGS="--only PART"` measures one part and leaves the others as they
are. The folder holds `online-retail/` (UCI's Online Retail, CC BY 4.0) and `sequences/` (Amazon reviews of
2014 as S3-Rec prepared them; no licence, so to measure with only); none of it is in this repository. Numbers
in brackets are 95 % intervals. Compare within one part: others may be of another day.
"""


def write(parts: Mapping[str, dict[str, Any]], folder: Path) -> list[Path]:
    """Writes the document and the pictures of those parts that were measured; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = plot.draw(parts, folder)
    document = folder / "recommendation.md"
    document.write_text(markdown(parts, {path.stem for path in pictures}), encoding="utf-8")
    return [document, *pictures]


def markdown(parts: Mapping[str, dict[str, Any]], pictures: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """The document. A part that was not measured says so in a line."""
    sections = [_HEAD.rstrip()]
    for name, part in PARTS.items():
        lines = [f"## {part.title}", part.question]
        if name not in parts:
            lines.append(f"Not measured yet: `make bench-recommend DATA=folder ARGS='--only {name}'`.")
        else:
            lines.append(_SECTIONS[name](parts[name]["found"]))
            if plot.stem(name) in pictures:
                lines.append(f"![{part.title}]({plot.stem(name)}.svg)")
            lines.append(_circumstances(parts[name]["about"]))
        sections.append("\n\n".join(lines))
    return "\n\n".join(sections) + "\n"


def _circumstances(about: Mapping[str, Any]) -> str:
    machine = about["machine"]
    words = (
        f"Measured {about['when']} with `{about['command']}` in {about['took_s']:,} s on "
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, "
        f"Python {machine['python']}; others used {about['others']:.0%} of the cores meanwhile."
    )
    if "--quick" in about["command"]:
        words += " **A first look at a few customers or calls: these numbers compare with nothing.**"
    if about["others"] > BUSY_SHARE:
        words += " **That is much: seconds compare badly with those of other runs.**"
    return words
