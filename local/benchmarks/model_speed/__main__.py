"""``python -m local.benchmarks.model_speed``: measures the model server and its peers, and reports."""

from __future__ import annotations

import json
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from local.benchmarks.model_speed import machine, weights
from local.benchmarks.model_speed.plan import FULL, QUICK
from local.processes import ShopError
from local.template import ROOT

DOCUMENTS = ROOT / "docs" / "benchmarks"


def main(
    url: Annotated[str, typer.Option(help="A server that runs already; else one is started here.")] = "",
    model: Annotated[
        str, typer.Option(help="A .gguf file or a model's folder; the default model if none.")
    ] = "",
    device: Annotated[str, typer.Option(help="cpu, or cuda: also against the card's own limits.")] = "cpu",
    quick: Annotated[bool, typer.Option("--quick", help="A first look in under two minutes.")] = False,
    rates: Annotated[
        str, typer.Option(help="Requests/s that arrive, such as 1,2,4; else shares of what 8 clients got.")
    ] = "",
    peers: Annotated[bool, typer.Option(help="Measure the other engines too.")] = True,
    seed: Annotated[str, typer.Option(help="Another one asks other prompts.")] = "1",
    busy_ok: Annotated[
        bool, typer.Option("--busy-ok", help="Measure although others use the machine.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the numbers go.")] = None,
    render: Annotated[
        Path | None, typer.Option(help="Measure nothing: write the document from the numbers in this file.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for speed.md and speed.svg.")] = DOCUMENTS,
) -> None:
    """Measure how fast the model server is beside other engines, and write docs/benchmarks/speed.md."""
    from local.benchmarks.model_speed.report import write

    if render:
        found = json.loads(render.read_text(encoding="utf-8"))
    else:
        found = _measure(url, model, device, quick, rates, peers, seed, busy_ok)
        path = json_file or out / "speed.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")
    for path in write(found, out):
        typer.echo(f"wrote {path}")


def _measure(
    url: str, model: str, device: str, quick: bool, rates: str, peers: bool, seed: str, busy_ok: bool
) -> dict[str, object]:
    from local.benchmarks.model_speed.run import Run

    if device not in ("cpu", "cuda"):
        raise ShopError(f"--device {device}: cpu or cuda")
    try:
        wanted = tuple(float(rate) for rate in rates.split(",") if rate.strip())
    except ValueError:
        raise ShopError(f"--rates {rates}: numbers with commas between them, such as 1,2,4") from None
    if any(rate <= 0 for rate in wanted):
        raise ShopError(f"--rates {rates}: every rate must be above 0")
    source = weights.text_source(model or None)
    if device == "cuda" and source.endswith(".gguf"):
        raise ShopError("--device cuda needs --model FOLDER; qwen_shapes makes one with random weights")
    busy = machine.used_by_others()
    if busy > machine.BUSY_SHARE:
        words = f"others use {busy:.0%} of this machine's cores; what is measured now says little"
        if not busy_ok:
            raise ShopError(f"{words}: stop them, or measure all the same with --busy-ok")
        typer.echo(f"warning: {words}", err=True)
    began = time.monotonic()

    def say(words: str) -> None:
        typer.echo(f"[{time.monotonic() - began:5.0f} s] {words}")

    run = Run(
        plan=QUICK if quick else FULL, source=source, device=device, seed=seed, say=say, url=url or None,
        rates=wanted, peers=peers, named_model=bool(model),
        openvino_source=weights.openvino_source(source) if device == "cpu" else None,
        onnxruntime_source=weights.onnxruntime_source(source) if device == "cpu" and peers else None,
    )  # fmt: skip
    found = run.all()
    arguments = [argument.replace(str(Path.home()), "~") for argument in sys.argv[1:]]
    return {"command": shlex.join(["python", "-m", __package__ or "", *arguments]), **found}


def _run() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        typer.run(main)
    except ShopError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    _run()
