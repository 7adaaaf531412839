"""``python -m model.recommender.train``: from a shop's export to a recommender that may be published.

On a laptop and as a SageMaker training job: there the export is in SM_CHANNEL_EXPORT, the recommender in use
(if any) in SM_CHANNEL_CURRENT, checkpoints go to /opt/ml/checkpoints and the recommender to SM_MODEL_DIR.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ..storage import Folder
from .exported import Exported, read_export
from .judging import Judgement, judged
from .kept import BadRecommender, load, save
from .learning import Learning, Say
from .network import Settings
from .parts import Parts
from .popularity import Popularity, counted
from .published import MAX_BYTES, POINTER, BrokenArtifact, Published, Unreachable, pack, unpack
from .reranker import Reranked, learned
from .sequences import BadFile, Cases
from .texts import embedded
from .trained import TrainedRecommender

_LEAST = 20  # histories that can be tested with
_MORE = 2  # epochs on histories that have grown by a product
_IN_A_JOB = Path("/opt/ml/checkpoints")


def main(
    export: Annotated[Path, typer.Option(envvar="SM_CHANNEL_EXPORT", help="Folder of a shop's export.")],
    output: Annotated[Path, typer.Option(envvar="SM_MODEL_DIR", help="Folder for the recommender.")],
    current: Annotated[
        Path | None,
        typer.Option(envvar="SM_CHANNEL_CURRENT", help="Folder or .tar.gz of the recommender in use."),
    ] = None,
    publish: Annotated[
        Path | None, typer.Option(help="Folder that RECOMMENDER names: put it there unless it is worse.")
    ] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder; a run that was stopped goes on from there.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="Of the Transformer, at most.")] = Settings().epochs,
) -> None:
    """Train a recommender, test it on what customers did last, and say whether it may be published.

    The last line is report.json: version, publish, why, and what was measured.
    """
    began = time.monotonic()

    def say(words: str) -> None:
        typer.echo(f"[{time.monotonic() - began:4.0f} s] {words}", err=True)

    try:
        exported = read_export(export, say)
        in_use = _in_use(current if current or not publish else _published(publish))
    except (BadFile, BadRecommender, Unreachable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    testable = len(exported.sequences.test().targets)
    say(
        f"{len(exported.latest)} histories, {testable} of three products or more; "
        f"{len(exported.ids) - 1} products"
    )
    if testable < _LEAST:
        typer.echo(
            f"{export}: too little to learn from: {testable} histories of three products, needs {_LEAST}",
            err=True,
        )
        raise typer.Exit(1)
    folder = checkpoints or (_IN_A_JOB if _IN_A_JOB.is_dir() else None)
    made, judgement = trained(
        exported, in_use, seed, say, checkpoints=folder, settings=Settings(epochs=epochs)
    )
    report = {"version": exported.version, **asdict(judgement)}
    save(made, output)
    (output / "report.json").write_text(json.dumps(report) + "\n", encoding="utf-8")
    say(("may be published: " if judgement.publish else "refused: ") + judgement.why)
    if publish and judgement.publish:
        put(output, publish, exported.version)
        say(f"published in {publish}")
    typer.echo(json.dumps(report))


def trained(
    exported: Exported,
    current: TrainedRecommender | None,
    seed: int,
    say: Say,
    *,
    checkpoints: Path | None = None,
    settings: Settings | None = None,
) -> tuple[TrainedRecommender, Judgement]:
    """The recommender, learned from everything, and what a test says of one learned from all but the last.

    First without the last two products of each history: the last but one chooses the epoch and teaches the
    reranker. Then some more epochs with it, and the last one tests. Then some more with that.
    """
    sequences, places = exported.sequences, len(exported.ids)
    texts = embedded(exported.texts, say) if any(exported.texts) else None
    checkpoint = None if checkpoints is None else checkpoints / f"{exported.version}-{seed}.pt"
    if checkpoint:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    learning = Learning(
        sequences.training(),
        places,
        None if texts is None else texts.vectors,
        seed=seed,
        settings=settings,
        checkpoint=checkpoint,
        say=say,
    )
    validation = sequences.validation()
    parts = Parts.of(sequences.training(), places, texts, learning.until_best(validation))
    say("the reranker learns from the validation products")
    reranker = learned(parts.scores(), validation, seed).reranker
    before_test = [history[:-1] if len(history) > 2 else history for history in sequences.histories]
    parts = Parts.of(before_test, places, texts, learning.more(before_test, _MORE))
    test = sequences.test()
    judgement = judged(
        Reranked(parts.scores(), reranker).scores,
        Popularity(counted(before_test, places)).scores,
        test,
        exported.ids,
        current,
        None if current is None else _since(current.version, exported, test),
    )
    parts = Parts.of(sequences.histories, places, texts, learning.more(sequences.histories, _MORE))
    if checkpoint:
        checkpoint.unlink()
    return TrainedRecommender(exported.version, exported.ids, parts, reranker), judgement


def put(recommender: Path, folder: Path, version: str) -> None:
    """Publish a recommender's folder in another: the artifact first, the pointer last."""
    folder.mkdir(parents=True, exist_ok=True)
    artifact = folder / f"{version}.tar.gz"
    half_written = folder / f".{artifact.name}.new"
    pack(recommender, half_written)
    half_written.replace(artifact)
    pointer = folder / f".{POINTER}.new"
    pointer.write_text(json.dumps({"version": version, "artifact": artifact.name}) + "\n", encoding="utf-8")
    pointer.replace(folder / POINTER)


def _published(folder: Path) -> Path | None:
    pointer = Published(Folder(folder), load).pointer()
    return folder / pointer.artifact if pointer else None


def _in_use(place: Path | None) -> TrainedRecommender | None:
    """The recommender of a folder or an artifact; a job's folder may hold an artifact, or nothing."""
    if place is None or (place.is_dir() and not any(place.iterdir())):
        return None
    packed = next(place.glob("*.tar.gz"), None) if place.is_dir() else place
    if packed is None:
        return load(place)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with packed.open("rb") as file:
                unpack(file, Path(folder), MAX_BYTES)
        except (OSError, BrokenArtifact, Unreachable) as error:
            raise BadRecommender(f"{packed}: cannot be unpacked ({error})") from error
        return load(Path(folder))


def _since(version: str, exported: Exported, test: Cases) -> Cases:
    """The test cases whose last product came after a recommender's export."""
    moment = datetime.strptime(version, "%Y%m%dT%H%M%S%z")
    long = [at for at, history in enumerate(exported.sequences.histories) if len(history) > 2]
    new = [at for at, row in enumerate(long) if datetime.fromisoformat(exported.latest[row]) > moment]
    return Cases([test.histories[at] for at in new], test.targets[np.array(new, np.int64)])


if __name__ == "__main__":
    typer.run(main)
