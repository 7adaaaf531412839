"""The recommender's bucket and jobs on emulated AWS: what is exported, trained and published."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ResponseStreamingError

from local.intrinsics import REGION
from shopwright import bootstrap
from shopwright.adapters.archive import S3Archive
from shopwright.adapters.training import SageMakerTrainingJobs
from shopwright.errors import Conflict, InvalidInput, NotFound, StoreUnavailable
from shopwright.ports import Content
from tests.unit.artifacts import artifact

from .conftest import ROOT, Invoke, body, event

JOB = "shopwright-recommender-20261101T030000Z"
VERSION = "20261101T030000Z"
ARTIFACT = f"models/{JOB}/output/model.tar.gz"
EXPORT = f"exports/{VERSION}/"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shopwright-model:0.1.0"
ROLE = "arn:aws:iam::123456789012:role/shopwright-training"


@pytest.fixture
def bucket(aws: dict[str, str]) -> str:
    return aws["RecommenderBucket"]


@pytest.fixture
def s3(bucket: str) -> Any:
    return boto3.client("s3", REGION)


@pytest.fixture
def archive(s3: Any, bucket: str) -> S3Archive:
    return S3Archive(s3, bucket)


@pytest.fixture
def trains(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TRAINING_IMAGE", IMAGE)
    monkeypatch.setenv("TRAINING_ROLE_ARN", ROLE)
    bootstrap.reset()
    return boto3.client("sagemaker", REGION)


def keys(s3: Any, bucket: str) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def get(s3: Any, bucket: str, key: str) -> Any:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_the_schedule_exports_what_customers_did(
    invoke: Invoke, endpoint: None, s3: Any, bucket: str
) -> None:
    assert body(invoke("catalog", event("catalog/put_products")))["rejected"] == []
    assert invoke("activity", event("activity/session"))["statusCode"] == 202
    done = invoke("recommender_export", event("recommender_export/scheduled"))
    rows, products = (
        [json.loads(line) for line in gzip.decompress(get(s3, bucket, f"{EXPORT}{name}")).splitlines()]
        for name in ("events.jsonl.gz", "products.jsonl.gz")
    )
    assert [{*row} for row in rows] == [{"customer", "product_id", "event_name", "time"}] * done["events"]
    assert {row["customer"] for row in rows} == {*range(1, done["customers"] + 1)} != set()
    assert len(products) == done["products"] > 0
    assert (done.pop("training_job"), done.pop("stopped")) == (None, None)
    assert done["embedding_models"] == [bootstrap.model().embed_queries(["a"]).model]
    assert json.loads(get(s3, bucket, f"{EXPORT}manifest.json")) == done
    assert done["time"] == VERSION
    assert len(keys(s3, bucket)) == 3


def test_by_hand_exports_under_the_time_of_day(invoke: Invoke, s3: Any, bucket: str) -> None:
    done = invoke("recommender_export", event("recommender_export/by_hand"))
    assert f"exports/{done['time']}/manifest.json" in keys(s3, bucket)


def test_a_job_trains_on_the_export_once(invoke: Invoke, trains: Any, bucket: str, s3: Any) -> None:
    assert invoke("activity", event("activity/session"))["statusCode"] == 202
    done = invoke("recommender_export", event("recommender_export/scheduled"))
    assert done["training_job"] == JOB
    told = trains.describe_training_job(TrainingJobName=JOB)
    assert told["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert told["RoleArn"] == ROLE
    assert told["OutputDataConfig"]["S3OutputPath"] == f"s3://{bucket}/models"
    assert told["CheckpointConfig"]["S3Uri"] == f"s3://{bucket}/checkpoints/{JOB}/"
    assert told["EnableManagedSpotTraining"] is told["EnableNetworkIsolation"] is True
    [channel] = told["InputDataConfig"]
    assert channel["ChannelName"] == "export"
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == f"s3://{bucket}/{EXPORT}"


def test_what_is_in_use_comes_along_to_be_compared_with(aws: dict[str, str]) -> None:
    sent: dict[str, Any] = {}

    class Client:
        def create_training_job(self, **request: Any) -> None:
            sent.update(request)

    assert jobs(Client()).start(
        JOB, export=EXPORT, output="models", checkpoints="checkpoints/x/", current="recommender/1.tar.gz"
    )
    assert [channel["ChannelName"] for channel in sent["InputDataConfig"]] == ["export", "current"]
    assert sent["Environment"] == {
        "SM_CHANNEL_EXPORT": "/opt/ml/input/data/export",
        "SM_CHANNEL_CURRENT": "/opt/ml/input/data/current/1.tar.gz",
        "SM_MODEL_DIR": "/opt/ml/model",
    }
    # As the image starts it.
    python = sent["AlgorithmSpecification"]["ContainerEntrypoint"][0]
    assert f'ENTRYPOINT ["{python}", "-m"' in (ROOT / "model/Dockerfile").read_text(encoding="utf-8")
    waits = sent["StoppingCondition"]
    assert waits["MaxWaitTimeInSeconds"] >= waits["MaxRuntimeInSeconds"] == 3600


def jobs(client: Any) -> SageMakerTrainingJobs:
    return SageMakerTrainingJobs(
        client, "ours", image=IMAGE, role=ROLE, instance_type="ml.g5.xlarge", max_seconds=3600
    )


class Answering:
    """SageMaker in a moment that moto does not know: it takes the same name twice."""

    def __init__(self, code: str, output: str = "") -> None:
        self._code = code
        self._output = output

    def create_training_job(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self._code}}, "CreateTrainingJob")

    def describe_training_job(self, **_: Any) -> dict[str, Any]:
        return {"OutputDataConfig": {"S3OutputPath": self._output}}


def test_a_name_that_is_taken_is_ours_or_a_conflict() -> None:
    told: dict[str, Any] = {"export": EXPORT, "output": "models", "checkpoints": "c/", "current": None}
    assert jobs(Answering("ResourceInUse", "s3://ours/models")).start(JOB, **told) is False
    with pytest.raises(Conflict):
        jobs(Answering("ResourceInUse", "s3://theirs/models")).start(JOB, **told)
    with pytest.raises(StoreUnavailable):
        jobs(Answering("ThrottlingException")).start(JOB, **told)
    with pytest.raises(ClientError):
        jobs(Answering("ResourceLimitExceeded")).start(JOB, **told)


def test_a_completed_job_is_published_and_can_be_gone_back_to(invoke: Invoke, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key=ARTIFACT, Body=artifact(VERSION))
    published = {"status": "published", "version": VERSION, "why": "it is better"}
    assert invoke("recommender_publish", event("recommender_publish/completed")) == published
    assert get(s3, bucket, f"recommender/{VERSION}.tar.gz") == artifact(VERSION)
    pointer = {"version": VERSION, "artifact": f"{VERSION}.tar.gz"}
    assert json.loads(get(s3, bucket, "recommender/current.json")) == pointer
    again = invoke("recommender_publish", event("recommender_publish/artifact_by_hand"))
    assert again == {"status": "unchanged", "version": VERSION}
    later = "20261102T030000Z"
    key = f"models/shopwright-recommender-{later}/output/model.tar.gz"
    s3.put_object(Bucket=bucket, Key=key, Body=artifact(later))
    assert invoke("recommender_publish", {"artifact": key})["status"] == "published"
    assert invoke("recommender_publish", event("recommender_publish/completed"))["status"] == "older"
    back = invoke("recommender_publish", event("recommender_publish/version_by_hand"))
    assert back == {"status": "published", "version": VERSION, "why": "by hand"}
    assert json.loads(get(s3, bucket, "recommender/current.json")) == pointer


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_a_job_that_made_nothing_changes_nothing(invoke: Invoke, s3: Any, bucket: str, status: str) -> None:
    done = invoke("recommender_publish", event(f"recommender_publish/{status}"))
    assert (done["status"], bool(done["why"])) == (status, True)
    assert keys(s3, bucket) == []


def test_a_refused_one_and_none_at_all(invoke: Invoke, s3: Any, bucket: str) -> None:
    with pytest.raises(NotFound):
        invoke("recommender_publish", event("recommender_publish/artifact_by_hand"))
    with pytest.raises(NotFound):
        invoke("recommender_publish", event("recommender_publish/version_by_hand"))
    s3.put_object(Bucket=bucket, Key=ARTIFACT, Body=artifact(VERSION, publish=False, why="worse"))
    done = invoke("recommender_publish", event("recommender_publish/completed"))
    assert done == {"status": "refused", "version": VERSION, "why": "worse"}
    assert keys(s3, bucket) == [ARTIFACT]


def test_the_archive_writes_only_over_what_was_read(archive: S3Archive) -> None:
    assert archive.read("a/b", most=9) is None
    archive.put("a/b", b"1", replacing=None)
    first = archive.read("a/b", most=9)
    assert first is not None
    archive.put("a/b", b"2", replacing=first)
    for stale in (None, first, Content(b"", '"0"')):
        with pytest.raises(Conflict):
            archive.put("a/b", b"3", replacing=stale)
    with pytest.raises(Conflict):
        archive.put("never/there", b"3", replacing=first)
    second = archive.read("a/b", most=1)
    assert second is not None
    assert second.data == b"2"


def test_the_archives_files(archive: S3Archive, bucket: str) -> None:
    large = bytes(range(256)) * (36 << 10)  # 9 MiB: in parts
    archive.put_file("large", io.BytesIO(large))
    with archive.open("large") as file:
        assert (file.read(3), file.read()) == (large[:3], large[3:])
    archive.copy("large", "copy")
    with archive.open("copy") as file:
        assert file.read() == large
    assert (archive.has("copy"), archive.has("cop")) == (True, False)
    with pytest.raises(InvalidInput, match="longer"):
        archive.read("copy", most=1000)
    with pytest.raises(NotFound):
        archive.open("cop")
    with pytest.raises(NotFound):
        archive.copy("cop", "copy")
    assert archive.keys("co") == ["copy"]
    for _ in range(2):
        archive.delete("copy")
    assert archive.keys("co") == []
    assert archive.key(f"s3://{bucket}/a/b") == "a/b"
    assert archive.key(f"s3://{bucket}-2/a/b") is None


def test_a_connection_that_breaks_while_reading_is_an_outage() -> None:
    class Breaking:
        def read(self, size: int) -> bytes:
            raise ResponseStreamingError(error="reset")

        def close(self) -> None:
            pass

    class Client:
        def get_object(self, **_: Any) -> dict[str, Any]:
            return {"Body": Breaking(), "ETag": "1"}

        def head_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "503"}}, "HeadObject")

    archive = S3Archive(Client(), "b")
    with pytest.raises(StoreUnavailable), archive.open("a") as file:
        file.read()
    with pytest.raises(StoreUnavailable):
        archive.has("a")
