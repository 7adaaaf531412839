"""``python -m model.train``: LoRA fine-tuning, on a laptop and as a SageMaker training job.

In a job the rows are in SM_CHANNEL_TRAIN and SM_CHANNEL_VALIDATION, the adapter goes to SM_MODEL_DIR and
checkpoints to /opt/ml/checkpoints, which SageMaker keeps in S3 for a job that is interrupted; hyperparameters
come as flags or in SM_HPS. On a laptop the flags say the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .registry import NotConfigured, default_text

# Told a scheduler that the run is not over: EX_TEMPFAIL of sysexits.h.
STOPPED = 75
_IN_A_JOB = Path("/opt/ml/checkpoints")


def _dashed(name: str) -> str:
    """SageMaker hands hyperparameters on as they were named, and Python names them with underscores."""
    return name.replace("_", "-")


cli = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"token_normalize_func": _dashed},
)


@cli.command()
def train(
    rows: Annotated[
        Path,
        typer.Option("--train", envvar="SM_CHANNEL_TRAIN", help="Rows: a .jsonl file or a folder of them."),
    ],
    output: Annotated[Path, typer.Option(envvar="SM_MODEL_DIR", help="Folder for the adapter.")],
    validation: Annotated[
        Path | None, typer.Option(envvar="SM_CHANNEL_VALIDATION", help="Rows that are only measured on.")
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="Folder for checkpoints; default /opt/ml/checkpoints in a job, else build/checkpoints."
        ),
    ] = None,
    epochs: Annotated[float, typer.Option(min=0.001, help="Times through the rows.")] = 1.0,
    learning_rate: Annotated[
        float, typer.Option(min=1e-7, max=1.0, help="At its highest, after the warm-up.")
    ] = 5e-4,
    batch: Annotated[int, typer.Option(min=1, help="Rows computed together.")] = 8,
    accumulate: Annotated[int, typer.Option(min=1, help="Batches to one step.")] = 2,
    rank: Annotated[int, typer.Option(min=1, max=256, help="Of the adapter's matrices.")] = 8,
    alpha: Annotated[int, typer.Option(min=1, help="The adapter counts alpha / rank times.")] = 16,
    dropout: Annotated[
        float, typer.Option(min=0, max=0.9, help="On the adapter's inputs; slow on a CPU.")
    ] = 0.0,
    warmup: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the steps over which the rate rises.")
    ] = 0.05,
    longest: Annotated[int, typer.Option(min=8, help="Tokens of a row; longer rows are refused.")] = 1024,
    seed: Annotated[int, typer.Option(min=0)] = 7,
    gradient_checkpointing: Annotated[
        Literal["on", "off"], typer.Option(help="Compute twice what does not fit into memory once.")
    ] = "off",
    evaluations: Annotated[
        int, typer.Option(min=1, help="Validations, each with a checkpoint, in a run.")
    ] = 10,
    patience: Annotated[
        int, typer.Option(min=0, help="Validations without a better one before the end; 0: no end.")
    ] = 0,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Stop after so long, with a checkpoint; run again to go on."),
    ] = None,
    data: Annotated[str, typer.Option(help="For the card: where the rows are from.")] = "not stated",
    licence: Annotated[str, typer.Option(help="For the card: the adapter's licence (SPDX).")] = "apache-2.0",
) -> None:
    """Train a LoRA adapter on rows of messages, the best by validation loss, and write it as a PEFT folder.

    MODEL_ID chooses the base model as for `python -m model serve`. A row is a line
    {"messages": [{"role": ..., "content": ...}, ...], "task": "..."}; what the last message, the
    assistant's, says is learnt. Bad rows are named by line and nothing is trained. A run that was killed or
    stopped goes on from its newest whole checkpoint when the same command is given again; one that was
    stopped by --minutes or SIGTERM ends with status 75.
    """
    try:
        base = default_text()
    except NotConfigured as error:
        raise _end(str(error)) from None
    folder = checkpoints or (_IN_A_JOB if os.environ.get("SM_MODEL_DIR") else Path("build/checkpoints"))

    from .training import card, run
    from .training.rows import BadRows, read_rows
    from .training.settings import OtherRun, Settings, claim

    settings = Settings(
        epochs=epochs,
        learning_rate=learning_rate,
        batch=batch,
        accumulate=accumulate,
        rank=rank,
        alpha=alpha,
        dropout=dropout,
        warmup=warmup,
        longest=longest,
        seed=seed,
        gradient_checkpointing=gradient_checkpointing == "on",
    )
    try:
        source = _source(base.source)
        tokenizer = _tokenizer(source)
        learnt = read_rows(rows, tokenizer, longest)
        measured = read_rows(validation, tokenizer, longest) if validation else []
        claim(folder, settings, base.id, learnt, measured)
        trained = run.train(
            source,
            learnt,
            measured,
            settings,
            checkpoints=folder,
            evaluations=evaluations,
            patience=patience,
            seconds=minutes * 60 if minutes else None,
            tell=typer.echo,
        )
    except (BadRows, OtherRun, NotConfigured) as error:
        raise _end(str(error)) from None
    except run.Stopped as stopped:
        typer.echo(str(stopped))
        raise typer.Exit(STOPPED) from None
    card.write(
        output, trained, settings, base=base.id, rows=learnt, validation=measured, data=data, licence=licence
    )
    best = f", validation loss {trained.best_validation:.4f}" if trained.best_validation is not None else ""
    typer.echo(f"{output}: adapter of {trained.steps} steps{best}")


def _source(source: str) -> str:
    """The base model as transformers trains it: of a GGUF file, its folder."""
    if not source.lower().endswith(".gguf"):
        return source
    from .weights.folder import folder

    try:
        return str(folder(Path(source)))
    except ValueError as error:
        raise NotConfigured(f"MODEL_ID: {error}") from None


def _tokenizer(source: str) -> Any:
    import transformers

    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise NotConfigured(f"MODEL_ID: {source} cannot be loaded: {error}") from None
    if not tokenizer.chat_template:
        raise NotConfigured(f"MODEL_ID: {source}: its tokenizer has no chat template")
    return tokenizer


def job_hyperparameters(environment: Mapping[str, str]) -> dict[str, Any]:
    """What SM_HPS, a JSON object, sets; flags win over it. Raises NotConfigured naming what is wrong."""
    said = environment.get("SM_HPS", "").strip()
    try:
        found = json.loads(said) if said else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotConfigured("SM_HPS is not a JSON object")
    found = {key.replace("-", "_"): value for key, value in found.items()}
    known = {parameter.name for parameter in typer.main.get_command(cli).params}
    if unknown := sorted(set(found) - known):
        raise NotConfigured(f"SM_HPS has unknown hyperparameters: {', '.join(unknown)}")
    return found


def _end(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


def main() -> None:
    """Run with the hyperparameters of the job, if it is one."""
    try:
        defaults = job_hyperparameters(os.environ)
    except NotConfigured as error:
        raise SystemExit(str(error)) from None
    cli(prog_name="python -m model.train", default_map=defaults)


if __name__ == "__main__":
    main()
