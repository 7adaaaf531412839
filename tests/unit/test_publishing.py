"""Publishing: the newest that its own tests speak for is in use, and nothing else changes that but a hand."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest

from shopwright.artifact_report import read_report
from shopwright.errors import Conflict, InvalidInput, NotFound
from shopwright.publishing import Publication, Publishing

from .artifacts import NEW, artifact, packed
from .fakes import InMemoryArchive

OLD = "20261124T030000Z"
CURRENT = "recommender/current.json"


def key(version: str) -> str:
    return f"models/shopwright-recommender-{version}/output/model.tar.gz"


def ended(version: str = NEW, status: str = "Completed", **detail: Any) -> dict[str, Any]:
    return {
        "detail-type": "SageMaker Training Job State Change",
        "detail": {
            "TrainingJobName": f"shopwright-recommender-{version}",
            "TrainingJobStatus": status,
            "OutputDataConfig": {"S3OutputPath": "s3://archive/models"},
            **detail,
        },
    }


@pytest.fixture
def archive() -> InMemoryArchive:
    archive = InMemoryArchive()
    for version in (OLD, NEW):
        archive.files[key(version)] = artifact(version)
    return archive


Run = Callable[[dict[str, Any]], Publication]


@pytest.fixture
def run(archive: InMemoryArchive) -> Run:
    return Publishing(archive).run


def in_use(archive: InMemoryArchive) -> Any:
    return json.loads(archive.files[CURRENT]) if CURRENT in archive.files else None


def test_a_completed_job_is_published_and_the_pointer_comes_last(archive: InMemoryArchive, run: Run) -> None:
    assert run(ended()) == Publication(status="published", version=NEW, why="it is better")
    assert archive.written == [f"recommender/{NEW}.tar.gz", CURRENT]
    assert in_use(archive) == {"version": NEW, "artifact": f"{NEW}.tar.gz"}
    assert archive.files[f"recommender/{NEW}.tar.gz"] == archive.files[key(NEW)]


def test_by_hand_is_the_same(archive: InMemoryArchive, run: Run) -> None:
    assert run({"artifact": key(NEW)}).status == "published"
    assert in_use(archive)["version"] == NEW


def test_twice_is_once(archive: InMemoryArchive, run: Run) -> None:
    run(ended())
    written = list(archive.written)
    assert run(ended()) == Publication(status="unchanged", version=NEW)
    assert run({"version": NEW}).status == "unchanged"
    assert archive.written == written


def test_what_its_own_tests_refuse_changes_nothing(archive: InMemoryArchive, run: Run) -> None:
    run(ended(OLD))
    archive.files[key(NEW)] = artifact(publish=False, why="it finds less than the one in use")
    written = list(archive.written)
    assert run(ended()) == Publication(status="refused", version=NEW, why="it finds less than the one in use")
    assert archive.written == written
    assert in_use(archive)["version"] == OLD


def test_an_older_one_replaces_a_newer_one_only_by_hand(archive: InMemoryArchive, run: Run) -> None:
    run(ended(OLD))
    run(ended(NEW))
    written = list(archive.written)
    for event in (ended(OLD), {"artifact": key(OLD)}):
        assert run(event) == Publication(status="older", version=OLD, why=f"{NEW} is in use")
    assert archive.written == written
    assert run({"version": OLD}) == Publication(status="published", version=OLD, why="by hand")
    assert in_use(archive) == {"version": OLD, "artifact": f"{OLD}.tar.gz"}


def test_what_somebody_went_back_from_does_not_come_back_by_itself(
    archive: InMemoryArchive, run: Run
) -> None:
    """SageMaker may tell of one job several times."""
    run(ended(OLD))
    run(ended(NEW))
    run({"version": OLD})
    for event in (ended(NEW), {"artifact": key(NEW)}):
        assert run(event).status == "withdrawn"
    assert in_use(archive)["version"] == OLD
    assert run({"version": NEW}).status == "published"
    run({"version": OLD})
    later = "20261126T030000Z"
    archive.files[key(later)] = artifact(later)
    assert run(ended(later)).status == "published"
    # Going back by two steps, the newest counts.
    run({"version": NEW})
    run({"version": OLD})
    assert run(ended(later)).status == "withdrawn"


def test_the_last_five_are_kept(archive: InMemoryArchive, run: Run) -> None:
    archive.files["recommender/notes.tar.gz"] = b"somebody's"
    versions = [f"202611{day:02}T030000Z" for day in range(10, 18)]
    for version in versions:
        archive.files[key(version)] = artifact(version)
        assert run(ended(version)).status == "published"
    assert archive.keys("recommender/") == [
        *(f"recommender/{version}.tar.gz" for version in versions[-5:]),
        CURRENT,
        "recommender/notes.tar.gz",
    ]


def test_there_is_no_way_to_a_version_that_was_never_published(archive: InMemoryArchive, run: Run) -> None:
    with pytest.raises(NotFound):
        run({"version": OLD})
    assert archive.written == []


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_made_nothing_is_told_of(archive: InMemoryArchive, run: Run, status: str) -> None:
    done = run(ended(status=status, FailureReason="AlgorithmError: " + "too little " * 100))
    assert done.status == status.lower()
    assert done.why
    assert len(done.why) <= 500
    assert archive.written == []


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_another_shops_job_is_none_of_ours(archive: InMemoryArchive, run: Run, status: str) -> None:
    theirs = ended(status=status, OutputDataConfig={"S3OutputPath": "s3://archive-of-theirs/models"})
    assert run(theirs).status == "ignored"
    assert archive.written == []


def test_who_publishes_at_the_same_time_wins_once(archive: InMemoryArchive, run: Run) -> None:
    run(ended(OLD))
    copy = archive.copy

    def meanwhile(source: str, target: str) -> None:
        copy(source, target)
        later = {"version": "20261126T030000Z", "artifact": "20261126T030000Z.tar.gz"}
        archive.files[CURRENT] = json.dumps(later).encode()

    archive.copy = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        run(ended())
    assert in_use(archive)["version"] == "20261126T030000Z"
    assert run(ended()).status == "older"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, ""),
        ({"artifact": key(NEW), "version": NEW}, ""),
        ({"artifact": "recommender/../models/x/output/model.tar.gz"}, "artifact"),
        ({"artifact": key(NEW) + "\n"}, "artifact"),
        ({"version": "latest"}, "version"),
        ({"version": "../secrets"}, "version"),
        ({"publish": True}, "publish"),
        ({"detail": "{}"}, "detail"),
        (ended(status="InProgress"), "detail.TrainingJobStatus"),
        (ended(TrainingJobName="somebody-elses-job"), "detail.TrainingJobName"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    archive: InMemoryArchive, run: Run, event: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(event)
    assert refused.value.field == field
    assert archive.written == []


def _link() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("report.json")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return file.getvalue()


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"", "cannot be unpacked"),
        (b"no archive", "cannot be unpacked"),
        (artifact()[:200], "cannot be unpacked"),
        (packed(("parts/report.json", b"{}")), "no report.json"),
        (packed(("report.json", b"{")), "report.json: Invalid JSON"),
        (packed(("report.json", b"[]")), "report.json: "),
        (packed(("report.json", b" " * ((1 << 20) + 1))), "larger than"),
        (packed(*((f"{n}", b"") for n in range(1001))), "more than 1000 files"),
        (_link(), "is no file"),
        (artifact(version="2"), "version"),
        (artifact(version="20261125T030000Z/../x"), "version"),
        (artifact(publish="yes"), "publish"),
        (artifact(why=None), "why"),
    ],
)
def test_a_broken_artifact_is_not_published(
    archive: InMemoryArchive, run: Run, broken: bytes, why: str
) -> None:
    archive.files[key(NEW)] = broken
    with pytest.raises(InvalidInput, match=why) as refused:
        run(ended())
    assert refused.value.field == "artifact"
    assert archive.written == []


def test_a_small_archive_does_not_become_a_large_one() -> None:
    bomb = packed(("network.pt", bytes(10 << 20)), ("report.json", b"{}"))
    assert len(bomb) < 20_000
    with pytest.raises(InvalidInput, match="too large"):
        read_report(io.BytesIO(bomb), most=1 << 20)


def test_a_report_may_stand_in_the_folder_itself() -> None:
    told = json.dumps({"version": NEW, "publish": False, "why": "worse"}).encode()
    assert read_report(io.BytesIO(packed(("./report.json", told)))).why == "worse"


def test_an_artifact_that_is_gone_and_a_damaged_pointer_are_told_of(
    archive: InMemoryArchive, run: Run
) -> None:
    del archive.files[key(NEW)]
    with pytest.raises(NotFound):
        run(ended())
    archive.files[CURRENT] = b'{"version": 3}'
    with pytest.raises(InvalidInput) as refused:
        run(ended(OLD))
    assert refused.value.field == CURRENT
    assert archive.written == []
