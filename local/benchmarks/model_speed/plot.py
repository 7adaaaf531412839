"""The picture: tokens/s and time to first token by clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.benchmarks.model_speed.summary import SERVER, by, percentile


def draw(found: dict[str, Any], path: Path) -> None:
    """Writes the picture as SVG; the same numbers give the same file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    rows = by(found["levels"], "engine", "clients")
    engines = list(dict.fromkeys(engine for engine, _ in rows))
    # Text stays text, and ids do not change from one drawing to the next.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "speed", "font.size": 9}):
        figure, (speed, first) = pyplot.subplots(1, 2, figsize=(9.5, 4.4), layout="constrained")
        for engine in engines:
            points = sorted((clients, row) for (name, clients), row in rows.items() if name == engine)
            style = {"marker": "o", "label": engine, "linewidth": 2 if engine == SERVER else 1}
            [line] = speed.plot([c for c, _ in points], [row["tokens_per_s"] for _, row in points], **style)
            waits = [
                (c, percentile(row["ttft"], 0.5), percentile(row["ttft"], 0.99))
                for c, row in points
                if row["ttft"]
            ]
            if waits:
                clients, middle, worst = zip(*[(c, m * 1000, w * 1000) for c, m, w in waits], strict=True)
                first.plot(clients, middle, color=line.get_color(), marker="o", label=f"{engine}, p50")
                first.plot(
                    clients, worst, color=line.get_color(), marker="^", linestyle=":", label=f"{engine}, p99"
                )
        for axes, title, unit in (
            (speed, "Text written", "tokens/s"),
            (first, "Time to first token", "ms"),
        ):
            axes.set(title=title, xlabel="clients", ylabel=unit, ylim=(0, None))
            axes.set_xticks(sorted({clients for _, clients in rows}))
            axes.grid(alpha=0.3)
            axes.legend(fontsize=7, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
