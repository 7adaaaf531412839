"""docs/benchmarks/speed.md and speed.svg, wholly from what a run found: made again without measuring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.benchmarks.model_speed.machine import BUSY_SHARE
from local.benchmarks.model_speed.plot import draw
from local.benchmarks.model_speed.report_card import card_section
from local.benchmarks.model_speed.report_method import machine_section, method_section
from local.benchmarks.model_speed.report_speed import clients_section, embeddings_section, open_section
from local.benchmarks.model_speed.summary import verdicts
from local.benchmarks.model_speed.tables import count, table

Found = dict[str, Any]


def write(found: Found, folder: Path) -> list[Path]:
    """Writes both into `folder` and returns their paths."""
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
        clients_section(found),
        open_section(found),
        embeddings_section(found),
        _memory(found),
        _likeness(found),
        card_section(found["card"]) if found["card"] else "",
        machine_section(found),
        method_section(found),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(found: Found) -> str:
    rounds = "one round" if found["repeats"] == 1 else f"{found['repeats']} rounds"
    lines = [
        "# How fast the model server is",
        f"Measured {found['when'][:10]} with `{found['command']}` ({found['mode']}: {rounds}, "
        f"{found['took_s']} s), weights `{found['weights']}`. "
        "This page is written from what the run found: change the benchmark, not the page.",
    ]
    busiest = max(found["busy"], default=0.0)
    if busiest > BUSY_SHARE:
        lines.append(
            f"**Other work used up to {busiest:.0%} of the machine during this run: its numbers compare "
            "badly, with each other and with other runs.**"
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
        for verdict in verdicts(found["levels"], found["open"])
    ]
    return "## Targets\n\n" + table(["target", "measured", ""], rows, left=3)


def _memory(found: Found) -> str:
    rows = [
        [name, count(peak / 2**20), " / ".join(f"{s:.1f}" for s in found["ready_s"].get(name, []))]
        for name, peak in found["memory"].items()
        if peak
    ]
    text = (
        "## Memory\n\nThe most that was resident, process and children, weights included; the server holds "
        "both models. *card*: in use on the GPU."
    )
    if not found["server_started_here"]:
        text += " The server was not started by this run, so its memory is not known."
    return text + "\n\n" + table(["", "MiB", "s until ready, each round"], rows)


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
        f"Greedy answers of up to {likeness['tokens']} tokens against transformers in 32-bit floats. "
        "*same start*: the share of tokens before the first that differs; one near tie changes all that "
        "follows. *same choice*: the share of the engine's own tokens that the reference would choose after "
        "the tokens before them.\n\n" + table(["engine", "identical", "same start", "same choice"], rows)
    )
