"""What the scheduled recount takes as events grow: each size in a process of its own."""

from __future__ import annotations

from typing import Any

from local.benchmarks.model_speed.processes import job
from local.benchmarks.recommendation.measures import slope
from local.benchmarks.recommendation.parts import Keep, Setting
from local.template import load_template

_PACKAGE = "local.benchmarks.recommendation"
SIZES = (10_000, 100_000, 1_000_000)
_QUICK = (2_000, 10_000)
_EVENTS_A_PRODUCT = 20
OF = {
    "neighbours": "neighbours and popularity",
    "transitions": "the model's transitions",
    "epoch": "one epoch of the model's network",
}


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """Seconds and bytes of each count at each size, and how they grow."""
    sizes = _QUICK if setting.quick else SIZES
    found: dict[str, Any] = {"memory_of_function_mb": _memory_of_function(), "rows": {}}
    for of in OF:
        rows = []
        for size in sizes:
            setting.progress.say(f"cost: {OF[of]} of {size:,} events")
            asked = {"of": of, "events": size, "seed": setting.seed}
            asked["products"] = max(100, size // _EVENTS_A_PRODUCT)
            row = {**job("recount", asked, package=_PACKAGE), "products": asked["products"]}
            setting.progress.say(
                f"cost: {row['seconds']:.2f} s, {row['most_bytes'] / 2**20:,.0f} MiB at most"
            )
            rows.append(row)
        found["rows"][of] = rows
        events = [row["events"] for row in rows]
        found.setdefault("slope", {})[of] = {
            "seconds": round(slope(events, [row["seconds"] for row in rows]), 3),
            # Of the last step alone: a process has megabytes before it has read anything.
            "memory": round(slope(events[-2:], [row["most_bytes"] for row in rows[-2:]]), 3),
        }
    return found


def _memory_of_function() -> int:
    template = load_template()
    return int(template.function("NeighbourRefreshFunction").memory)
