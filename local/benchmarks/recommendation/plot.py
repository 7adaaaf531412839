"""The pictures, one a part; the same numbers give the same file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Found = dict[str, Any]


def stem(name: str) -> str:
    """A picture's file name without its ending."""
    return f"recommendation-{name.replace('_', '-')}"


def draw(parts: Mapping[str, dict[str, Any]], folder: Path) -> list[Path]:
    """Writes the pictures of those parts that were measured."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    paths = []
    # Text stays text, and ids do not change from one drawing to the next.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "recommendation", "font.size": 9}):
        for name, drawing in _DRAWINGS.items():
            if name not in parts:
                continue
            figure = drawing(parts[name]["found"], pyplot)
            if figure is None:
                continue
            paths.append(folder / f"{stem(name)}.svg")
            figure.savefig(paths[-1], metadata={"Date": None})
            pyplot.close(figure)
    return paths


def _bought_together(found: Found, pyplot: Any) -> Any:
    """Hits against the share of bestsellers: up and left is good."""
    figure, axes = pyplot.subplots(figsize=(6.5, 3.6), layout="constrained")
    for name, row in found["methods"].items():
        hits, low, high = row["ndcg"]
        axes.errorbar(row["top_100"], hits, yerr=[[hits - low], [high - hits]], marker="o", label=name)
    axes.set(
        xlabel="share of the 100 bestsellers in the lists", ylabel="NDCG@10", xlim=(0, 1.02), ylim=(0, None)
    )
    return _finished(figure, axes)


def _cold_start(found: Found, pyplot: Any) -> Any:
    known = {name: own["known"] for name, own in found["files"].items() if "known" in own}
    if not known:
        return None
    figure, all_axes = pyplot.subplots(
        1, len(known), figsize=(4.75 * len(known), 3.9), layout="constrained", squeeze=False
    )
    for axes, (name, own) in zip(all_axes[0], known.items(), strict=True):
        for method, by_k in own["methods"].items():
            steps = [int(k) for k in by_k]
            axes.plot(steps, [row["ndcg"][0] for row in by_k.values()], marker="o", label=method)
        axes.set(title=name, xlabel="events known", ylabel="NDCG@10", ylim=(0, None))
        _finished(figure, axes)
    return figure


def _beyond(found: Found, pyplot: Any) -> Any:
    if not found["files"]:
        return None
    figure, axes = pyplot.subplots(figsize=(6.5, 3.9), layout="constrained")
    for name, own in found["files"].items():
        for how, rows in own["mixed"]["by"].items():
            across = [row["diversity"] for row in rows.values()]
            axes.plot(
                across, [row["ndcg"][0] for row in rows.values()], marker="o", label=f"{name}, by {how}"
            )
            axes.annotate(next(iter(rows)), (across[0], next(iter(rows.values()))["ndcg"][0]), fontsize=7)
    axes.set(xlabel="diversity of the list (1 - mean cosine)", ylabel="NDCG@10", ylim=(0, None))
    return _finished(figure, axes)


def _latency(found: Found, pyplot: Any) -> Any:
    figure, all_axes = pyplot.subplots(
        1, len(found["sizes"]), figsize=(5 * len(found["sizes"]), 4), layout="constrained", squeeze=False
    )
    for axes, (size, own) in zip(all_axes[0], found["sizes"].items(), strict=True):
        bars = [(f"handler: {rung}", row) for rung, row in own["handler"]["rungs"].items()]
        for library, peer in (own["peers"] or {"libraries": {}})["libraries"].items():
            bars += [(f"{library}: {rung}", row) for rung, row in peer["rungs"].items()]
        at = range(len(bars))
        axes.barh(at, [row["p99"] * 1000 for _, row in bars], height=0.4, alpha=0.4, label="p99")
        axes.barh(at, [row["p50"] * 1000 for _, row in bars], height=0.7, label="p50")
        axes.set_yticks(list(at), [name for name, _ in bars], fontsize=7)
        axes.invert_yaxis()
        axes.set(title=f"{int(size):,} products", xlabel="ms", xscale="log")
        axes.grid(alpha=0.3, axis="x")
        axes.legend(fontsize=7)
    return figure


def _cost(found: Found, pyplot: Any) -> Any:
    figure, (seconds, memory) = pyplot.subplots(1, 2, figsize=(9.5, 3.9), layout="constrained")
    for of, rows in found["rows"].items():
        events = [row["events"] for row in rows]
        seconds.plot(events, [row["seconds"] for row in rows], marker="o", label=of)
        memory.plot(events, [row["most_bytes"] / 2**20 for row in rows], marker="o", label=of)
    for axes, title in ((seconds, "s"), (memory, "MiB at most")):
        axes.set(xlabel="events", ylabel=title, xscale="log", yscale="log")
        _finished(figure, axes)
    return figure


def _finished(figure: Any, axes: Any) -> Any:
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
    return figure


_DRAWINGS: dict[str, Callable[[Found, Any], Any]] = {
    "bought_together": _bought_together,
    "cold_start": _cold_start,
    "beyond": _beyond,
    "latency": _latency,
    "cost": _cost,
}
