"""``python -m local.benchmarks.model_quality``: measures a model; ``render`` shows several together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from local.processes import ShopError

from .circumstances import device, versions
from .measuring import TASKS, Setting, Task, measure
from .progress import Progress
from .public_data import DataMissing, PublicData
from .rehearsal import ModelFailed, Rehearsal
from .report import render as rendered
from .rows import Results
from .runs import Run, UnreadableRun
from .sizes import FULL, QUICK
from .subject import Subject, serving, subject

OUT = Path("docs/benchmarks/quality.md")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What a person can mend is said in a line."""
    try:
        yield
    except (ShopError, ModelFailed, DataMissing, UnreadableRun) as error:
        typer.echo(f"model_quality: {error}", err=True)
        raise typer.Exit(1) from error


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Option(help="A running OpenAI-compatible server; default: starts our own.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Of its text models or adapters, which.")] = None,
    embedding_model: Annotated[str | None, typer.Option(help="Of its embedding models, which.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with product-qa/ and ad-copy-zh/; without it they are left out."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"A task: {', '.join(TASKS)}. May be repeated; default: all.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="A few of each: does it run at all?")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of samples and of every generation.")] = 7,
    label: Annotated[
        str | None, typer.Option(help="The column's head; default: the text model's id.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--json", help="Keeps the results; tasks that are measured again are replaced."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The document.")] = OUT,
) -> None:
    """Score the configured model (MODEL_ID, EMBEDDING_ID) on the shop's tasks."""
    if context.invoked_subcommand is not None:
        return
    tasks = _tasks(only)
    with _plain_errors(), ExitStack() as stack:
        public = PublicData(data, seed) if data else None
        if public is None:
            _say("no --data: the public data sets are left out")
        address = url or stack.enter_context(serving())
        found = stack.enter_context(subject(address, model, embedding_model))
        _say(f"{found.text_id} (text), {found.embedding_id} (embeddings)")
        command = _command(
            url="URL" if url else None,
            model=model,
            data="DATA" if data else None,
            only=only,
            seed=str(seed),
        )
        run = _run(found, label, seed, quick, keep, command)
        sizes = QUICK if quick else FULL
        setting = Setting(found, Rehearsal(found.model, seed), sizes, seed, Progress(_say))

        def done(results: Results) -> None:
            run.results.add(results)
            if keep:
                run.write(keep)

        measure(setting, tasks, public, done)
        _write(out, [run])


@app.command()
def render(
    files: Annotated[list[Path], typer.Argument(help="Results kept with --json, one a model.")],
    out: Annotated[Path, typer.Option(help="The document.")] = OUT,
) -> None:
    """Put the results of several models side by side."""
    with _plain_errors():
        _write(out, [Run.read(file) for file in files])


def _tasks(only: list[str] | None) -> list[Task]:
    unknown = sorted({*(only or ())} - {*TASKS})
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(TASKS)}", param_hint="--only")
    return [task for task in TASKS if not only or task in only]


def _run(found: Subject, label: str | None, seed: int, quick: bool, keep: Path | None, command: str) -> Run:
    """A new run, or the one that is kept if it was of the same models under the same conditions."""
    about = {
        "label": label or found.text_id,
        "text model": found.text_id,
        "embedding model": found.embedding_id,
        "device": device(),
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        "seed": str(seed),
        "size": "quick" if quick else "full",
        "command": command,
    }
    if keep is None or not keep.exists():
        return Run(about)
    run = Run.read(keep)
    for same in ("text model", "embedding model", "device", "versions", "seed", "size"):
        if run.about.get(same) != about[same]:
            raise UnreadableRun(
                f"--json {keep} keeps results with {same} {run.about.get(same)}, not {about[same]}: "
                "choose another file"
            )
    commands = dict.fromkeys([*run.about["command"].split("; "), about["command"]])
    run.about |= {"label": about["label"], "command": "; ".join(commands)}
    return run


def _command(**given: str | list[str] | None) -> str:
    """What somebody else would have to type, without this machine's addresses and paths."""
    options = [
        f" --{name} {value}"
        for name, values in given.items()
        for value in (values if isinstance(values, list) else [values] if values else [])
    ]
    return f"`python -m local.benchmarks.model_quality{''.join(options)}`"


def _write(out: Path, runs: list[Run]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(rendered(runs), encoding="utf-8")
    _say(f"written: {out}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app(prog_name="python -m local.benchmarks.model_quality")
