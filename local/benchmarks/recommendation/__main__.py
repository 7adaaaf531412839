"""``python -m local.benchmarks.recommendation --data ../shared/data``: measures parts, and reports all."""

from __future__ import annotations

import shlex
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from local.benchmarks.model_speed import machine
from local.benchmarks.recommendation.parts import PARTS, Missing, Setting
from local.benchmarks.recommendation.progress import Progress
from local.benchmarks.recommendation.results import Results
from local.processes import ShopError
from local.template import ROOT

_DOCUMENTS = ROOT / "docs" / "benchmarks"
_QUICK = ROOT / "build" / "benchmarks"  # a first look never takes the place of what is published


def main(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with online-retail/ and sequences/; parts that need them are else left out."
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"A part: {', '.join(PARTS)}. May be repeated; default: all.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few of each, into build/benchmarks/.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of what is made up and of what is drawn.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Measure anew what a stopped run has kept.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the numbers are kept.")] = None,
    render: Annotated[bool, typer.Option("--render", help="Measure nothing: write the document.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the document and its pictures.")] = None,
) -> None:
    """Measure the recommender and write docs/benchmarks/recommendation.md from all parts measured so far."""
    from local.benchmarks.recommendation.report import write

    unknown = sorted({*(only or ())} - {*PARTS})
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(PARTS)}", param_hint="--only")
    if data is not None and not data.is_dir():
        raise typer.BadParameter(f"{data} is no folder", param_hint="--data")
    folder = out or (_QUICK if quick else _DOCUMENTS)
    results = Results(json_file or folder / "recommendation.json", "quick" if quick else "full")
    missing = []
    if not render:
        setting = Setting(data, quick, seed, Progress(lambda line: typer.echo(line, err=True)), again)
        for name in [name for name in PARTS if not only or name in only]:
            try:
                _measure(name, setting, results)
            except Missing as lack:
                missing.append(name)
                typer.echo(f"{name}: left out: {lack}", err=True)
    for path in write(results.parts, folder):
        typer.echo(f"wrote {path}", err=True)
    if only and missing:
        raise typer.Exit(1)


def _measure(name: str, setting: Setting, results: Results) -> None:
    kept = {} if setting.again else results.parts.get(name, {}).get("found", {})
    others, began = machine.Others(), time.monotonic()
    about = {
        "when": datetime.now(UTC).date().isoformat(),
        "command": _command(name, setting),
        "machine": machine.description("cpu"),
    }

    def keep(found: dict[str, object]) -> None:
        took = {"took_s": round(time.monotonic() - began), "others": others.share()}
        results.put(name, {**about, **took}, found)

    setting.progress.say(f"{name}: {PARTS[name].question}")
    keep(PARTS[name].measure(name, setting, kept, keep))


def _command(name: str, setting: Setting) -> str:
    """What somebody else would have to type, without this machine's paths."""
    options = ["--only", name]
    options += ["--data", "DATA"] if setting.data else []
    options += ["--quick"] if setting.quick else []
    options += ["--seed", str(setting.seed)] if setting.seed != 1 else []
    return shlex.join(["python", "-m", __package__ or "", *options])


def _run() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        typer.run(main)
    except ShopError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    _run()
