"""Publishing trained recommenders: what the model server finds when it looks for a new one.

A training job leaves models/<job>/output/model.tar.gz; releases.py tells where it goes from there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from .artifact_report import Version, read_report
from .errors import InvalidInput
from .ports import Archive
from .products import Strict
from .releases import Releases

JOB_PREFIX = "shopwright-recommender-"
MODELS = "models"
_WHY = 500  # characters of what SageMaker tells of a failure

Job = Annotated[str, StringConstraints(pattern=rf"^{JOB_PREFIX}[A-Za-z0-9-]{{1,40}}$")]
Artifact = Annotated[
    str, StringConstraints(pattern=rf"^{MODELS}/[A-Za-z0-9-]{{1,63}}/output/model\.tar\.gz$")
]


class Publication(BaseModel):
    """What became of it."""

    model_config = ConfigDict(frozen=True)

    status: Literal[
        "published",
        "unchanged",  # it was the one in use already
        "older",  # than the one in use
        "withdrawn",  # somebody went back from it, or from a later one
        "refused",  # by the training's own tests
        "failed",  # the job
        "stopped",  # the job
        "ignored",  # the job is another shop's
    ]
    version: str | None = Field(default=None, description="Of the recommender in question, where it has one.")
    why: str | None = None


class _Output(BaseModel):
    S3OutputPath: str


class _JobEnded(BaseModel):
    """Of EventBridge's event what counts; SageMaker sends all that describes the job."""

    TrainingJobName: Job
    TrainingJobStatus: Literal["Completed", "Failed", "Stopped"]
    OutputDataConfig: _Output
    FailureReason: str = ""


class _Event(BaseModel):
    detail: _JobEnded


class _ByHand(Strict):
    artifact: Artifact | None = None
    version: Version | None = None

    @model_validator(mode="after")
    def _is_one(self) -> _ByHand:
        if (self.artifact is None) == (self.version is None):
            raise ValueError("give either artifact or version")
        return self


class Publishing:
    """Publishes. Doing it twice is doing it once, and an older version replaces a newer one only by hand.

    Args:
        archive: holds what was trained and what is published.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._releases = Releases(archive)

    def run(self, event: dict[str, Any]) -> Publication:
        """Answer an event: a training job ended, or somebody asks for an `artifact` or a kept `version`.

        Raises:
            InvalidInput: the event, the artifact or current.json is wrong; names the field.
            NotFound: there is no such artifact or version.
            Conflict: somebody else published meanwhile; nothing changed but for an unused copy.
            StoreUnavailable: try again.
        """
        try:
            if "detail" in event:
                return self._after(_Event.model_validate(event).detail)
            wanted = _ByHand.model_validate(event)
        except ValidationError as error:
            fault = error.errors()[0]
            raise InvalidInput(fault["msg"], field=".".join(str(part) for part in fault["loc"])) from None
        if wanted.version is not None:
            return self._go_to(wanted.version)
        return self._publish(wanted.artifact or "")

    def _after(self, job: _JobEnded) -> Publication:
        if self._archive.key(job.OutputDataConfig.S3OutputPath) is None:
            return Publication(status="ignored", why="the job writes to another bucket")
        if job.TrainingJobStatus == "Failed":
            return Publication(status="failed", why=job.FailureReason[:_WHY] or None)
        if job.TrainingJobStatus == "Stopped":
            return Publication(status="stopped", why="the job was stopped, or took too long")
        return self._publish(f"{MODELS}/{job.TrainingJobName}/output/model.tar.gz")

    def _publish(self, artifact: str) -> Publication:
        with self._archive.open(artifact) as file:
            report = read_report(file)
        version, why = report.version, report.why
        if not report.publish:
            return Publication(status="refused", version=version, why=why)
        before = self._releases.in_use()
        if before.pointer and version == before.pointer.version:
            return Publication(status="unchanged", version=version)
        if before.pointer and version < before.pointer.version:
            return Publication(status="older", version=version, why=f"{before.pointer.version} is in use")
        if version <= self._releases.withdrawn():
            why = "somebody went back from it or from a later one; ask for its version to have it again"
            return Publication(status="withdrawn", version=version, why=why)
        self._releases.put(artifact, version, before)
        return Publication(status="published", version=version, why=why)

    def _go_to(self, version: str) -> Publication:
        before = self._releases.in_use()
        if before.pointer and before.pointer.version == version:
            return Publication(status="unchanged", version=version)
        self._releases.go_back(version, before)
        return Publication(status="published", version=version, why="by hand")
