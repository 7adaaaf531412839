"""Percentiles, rows from outcomes, medians over the repeats, and whether the targets were met."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.benchmarks.model_speed.requests import Outcome

Row = dict[str, Any]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed; None of nothing.

    Nearest rank, so it is a value that was measured. With fewer than 100 values the p99 is the largest.
    """
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def row_of(outcomes: Sequence[Outcome]) -> Row:
    """One measurement: how much was answered in how long, and every request's waiting times in seconds."""
    answered = [outcome for outcome in outcomes if not outcome.failure]
    seconds = max((o.end for o in outcomes), default=0.0) - min((o.start for o in outcomes), default=0.0)
    tokens = sum(outcome.tokens for outcome in answered)
    gaps = [gap for outcome in answered for gap in outcome.gaps]
    return {
        "requests": len(outcomes),
        "failed": len(outcomes) - len(answered),
        "failure": next((outcome.failure for outcome in outcomes if outcome.failure), ""),
        "seconds": round(seconds, 4),
        "tokens": tokens,
        "prompt_tokens": sum(outcome.prompt_tokens for outcome in answered),
        "ended_early": sum(outcome.finish_reason == "stop" for outcome in answered),
        "tokens_per_s": round(tokens / seconds, 2) if seconds else 0.0,
        "requests_per_s": round(len(answered) / seconds, 3) if seconds else 0.0,
        "ttft": [round(o.first - o.start, 5) for o in answered if o.first is not None and not o.opening],
        "per_token": [round(sum(o.gaps) / (o.tokens - 1), 6) for o in answered if o.tokens > 1 and o.gaps],
        "latency": [round(o.end - o.start, 5) for o in answered],
        "gap_p99": percentile(gaps, 0.99),
        "sent_late_max": round(max((o.sent - o.start for o in outcomes), default=0.0), 5),
    }


def merged(rows: Sequence[Row]) -> Row:
    """The repeats of one measurement as one: medians of what was counted, waiting times taken together.

    Adds `spread`: the lowest and highest tokens/s (or titles/s) of the repeats.
    """
    if not rows:
        raise ValueError("no rows to merge")
    whole: Row = {**rows[0], "repeats": len(rows)}
    for name in ("seconds", "tokens_per_s", "requests_per_s", "titles_per_s", "gap_p99", "rate"):
        values = [row[name] for row in rows if row.get(name) is not None]
        if values:
            whole[name] = statistics.median(values)
    for name in ("requests", "failed", "ended_early", "tokens", "prompt_tokens"):
        if name in rows[0]:
            whole[name] = sum(row[name] for row in rows)
    for name in ("ttft", "per_token", "latency"):
        whole[name] = [value for row in rows for value in row.get(name, [])]
    speed = "titles_per_s" if "titles_per_s" in rows[0] else "tokens_per_s"
    speeds = [row[speed] for row in rows if row.get(speed) is not None]
    whole["spread"] = [min(speeds), max(speeds)] if speeds else None
    return whole


def by(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], Row]:
    """Rows merged over their repeats, under the values of the fields `names`, in the order they came."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return {key: merged(group) for key, group in groups.items()}


@dataclass(frozen=True)
class Verdict:
    """One target: what was to be reached, what was measured (None: not), and the ratio that decides."""

    target: str
    measured: str
    ratio: float | None
    wanted: float
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """None if it was not measured."""
        if self.ratio is None:
            return None
        return self.ratio <= self.wanted if self.at_most else self.ratio >= self.wanted

    @property
    def margin(self) -> float | None:
        """By how much, as a share of what was wanted; negative if missed."""
        if self.ratio is None:
            return None
        difference = self.ratio / self.wanted - 1
        return -difference if self.at_most else difference


SERVER, PIPELINE = "server", "transformers pipeline"
ONNXRUNTIME = "ONNX Runtime GenAI static batches"


def idle_first(levels: Sequence[Row]) -> float | None:
    """The p99 of the time to first token that one client alone waits for."""
    row = by(levels, "engine", "clients").get((SERVER, 1))
    return percentile(row["ttft"], 0.99) if row else None


def verdicts(levels: Sequence[Row], arriving: Sequence[Row]) -> list[Verdict]:
    """The targets of a run on the processor, held against its rows.

    Args:
        levels: with `engine` and `clients`.
        arriving: of the open loop, with `rate`; the highest rate is held against the target.
    """
    rows = by(levels, "engine", "clients")
    ours, one = rows.get((SERVER, 8)), rows.get((PIPELINE, 1))
    others = [
        (row["tokens_per_s"], name)
        for (name, clients), row in rows.items()
        if name != SERVER and clients <= 8
    ]
    five, nine = (
        "8 clients: at least 5x the tokens/s of the pipeline",
        "8 clients: at least 0.9x the best other engine",
    )
    idle, loads = idle_first(levels), by(arriving, "rate")
    highest = max(loads, default=None)
    return [
        _faster(five, ours, (one["tokens_per_s"], "one at a time") if one else None, 5),
        _faster(nine, ours, max(others, default=None), 0.9),
        _sooner("first token at 8 clients, p99: within 3x of idle", ours, idle),
        _sooner(
            f"first token at {highest[0] if highest else 0:.2f} requests/s arriving, p99: within 3x of idle",
            loads[highest] if highest else None,
            idle,
        ),
    ]


def _faster(target: str, ours: Row | None, other: tuple[float, str] | None, wanted: float) -> Verdict:
    if not ours or not other:
        return Verdict(target, "not measured", None, wanted)
    speed, (theirs, name) = ours["tokens_per_s"], other
    words = f"{speed:.0f} against {theirs:.1f} tokens/s ({name}): {speed / theirs:.2f}x"
    return Verdict(target, words, speed / theirs, wanted)


def _sooner(target: str, ours: Row | None, idle: float | None) -> Verdict:
    loaded = percentile(ours["ttft"], 0.99) if ours else None
    if loaded is None or not idle:
        return Verdict(target, "not measured", None, 3, at_most=True)
    words = f"{loaded * 1000:.0f} ms against {idle * 1000:.0f} ms: {loaded / idle:.1f}x"
    return Verdict(target, words, loaded / idle, 3, at_most=True)
