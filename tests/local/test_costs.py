"""Counts of what calls use, against what DynamoDB's guide says of items of known size; and their document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.costs import tables
from local.costs.__main__ import COUNTS, DOCUMENT, rewrite
from local.costs.counting import Counter, Counts
from local.costs.prices import price
from tests.local.told_server import told_server

KEYS = [("pk", "HASH"), ("sk", "RANGE")]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Counter]]:
    """A client whose requests are counted, and a table with items of 3000, 3000 and 9000 bytes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws(config={"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1"]}}}):
        boto3.setup_default_session()
        counter = Counter(boto3.Session().client("dynamodb"))
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
        )
        for sk, size in (("a", 3000), ("b", 3000), ("c", 9000)):
            client.put_item(TableName="things", Item=item(sk, size))
        yield client, counter
    boto3.setup_default_session()


def item(sk: str, size: int, **more: Any) -> dict[str, Any]:
    """An item of so many bytes: names pk, sk, text (8), values x and sk (2), and the text."""
    return {"pk": {"S": "x"}, "sk": {"S": sk}, "text": {"S": "t" * (size - 10)}, **more}


def counted(table: tuple[Any, Counter], operation: str, **request: Any) -> Counts:
    client, counter = table
    with counter.counting(io.StringIO()) as counts:
        getattr(client, operation)(**request)
    return counts


ALL = {
    "TableName": "things",
    "KeyConditionExpression": "pk = :x",
    "ExpressionAttributeValues": {":x": {"S": "x"}},
}


@pytest.mark.parametrize(
    ("operation", "request_", "reads"),
    [
        # 15,000 bytes are four steps of 4 kB.
        ("query", ALL, 2.0),
        ("query", ALL | {"ConsistentRead": True}, 4.0),
        ("query", ALL | {"Limit": 2}, 1.0),
        # What is left out of the answer is read all the same.
        ("query", ALL | {"ProjectionExpression": "sk"}, 2.0),
        ("scan", {"TableName": "things"}, 2.0),
        (
            "scan",
            {
                "TableName": "things",
                "FilterExpression": "sk = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            },
            2.0,
        ),
        # Each item for itself: 1 + 3 steps, and one for what is not there.
        (
            "batch_get_item",
            {
                "RequestItems": {
                    "things": {"Keys": [{"pk": {"S": "x"}, "sk": {"S": sk}} for sk in ("a", "c", "none")]}
                }
            },
            2.5,
        ),
        ("get_item", {"TableName": "things", "Key": {"pk": {"S": "x"}, "sk": {"S": "c"}}}, 1.5),
    ],
)
def test_reads_are_counted_in_steps_of_4_kb(
    table: tuple[Any, Counter], operation: str, request_: dict[str, Any], reads: float
) -> None:
    counts = counted(table, operation, **request_)
    assert (counts.reads, counts.writes) == (reads, 0)
    assert sum(counts.requests.values()) == counts.of("dynamodb") == 1


@pytest.mark.parametrize(
    ("operation", "request_", "writes"),
    [
        ("put_item", {"TableName": "things", "Item": item("d", 1024)}, 1),
        ("put_item", {"TableName": "things", "Item": item("d", 1025)}, 2),
        # A profile that went stale is written into the index as well.
        ("put_item", {"TableName": "things", "Item": item("d", 900, due={"S": "x"})}, 2),
        (
            "update_item",
            {
                "TableName": "things",
                "Key": {"pk": {"S": "x"}, "sk": {"S": "a"}},
                "UpdateExpression": "SET more_text = :o",
                "ExpressionAttributeValues": {":o": {"S": "o" * 200}},
            },
            4,
        ),
        (
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "things", "Item": item(sk, 2000)}} for sk in "de"]},
            8,
        ),
        (
            "batch_write_item",
            {
                "RequestItems": {
                    "things": [
                        {"PutRequest": {"Item": item("d", 2000)}},
                        {"DeleteRequest": {"Key": {"pk": {"S": "x"}, "sk": {"S": "c"}}}},
                    ]
                }
            },
            2 + 9,
        ),
    ],
)
def test_writes_are_counted_in_steps_of_1_kb(
    table: tuple[Any, Counter], operation: str, request_: dict[str, Any], writes: float
) -> None:
    counts = counted(table, operation, **request_)
    assert (counts.reads, counts.writes) == (0, writes)


def test_tokens_and_the_time_for_them_are_the_endpoints(table: tuple[Any, Counter]) -> None:
    _, counter = table
    with told_server() as told, counter.counting(io.StringIO()) as counts:
        client = boto3.client("sagemaker-runtime", endpoint_url=told.url)
        body = json.dumps({"input": ["one", "two"]}).encode()
        answer = client.invoke_endpoint(EndpointName="model", Body=body)
    # Who asked can still read what was counted.
    assert json.loads(answer["Body"].read())["usage"] == {"prompt_tokens": 6}
    assert (counts.tokens_in, counts.tokens_out) == (6, 0)
    assert 0 < counts.model_seconds < counts.seconds


def test_a_call_costs_what_it_uses() -> None:
    call = dict.fromkeys(
        (
            "reads",
            "writes",
            "queue",
            "object_writes",
            "object_reads",
            "log_bytes",
            "seconds",
            "model_seconds",
        ),
        0.0,
    )
    call |= {"api": True, "memory_mb": 2048, "reads": 4.0, "seconds": 1.0, "model_seconds": 2.0}
    cost = tables.dollars(call)
    assert cost["api"] == price("api_request")
    assert cost["lambda"] == pytest.approx(price("lambda_request") + 6 * price("lambda_gb_second"))
    assert cost["dynamodb"] == 4 * price("read_unit")
    assert tables.dollars(call | {"api": False})["api"] == 0


def test_the_document_holds_the_tables_of_the_counts(tmp_path: Any) -> None:
    """Whoever changes a price, a schedule, an alarm or the counts runs `python -m local.costs --render`."""
    copy = tmp_path / "operations.md"
    copy.write_text(DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    rewrite(COUNTS, copy)
    assert copy.read_text(encoding="utf-8") == DOCUMENT.read_text(encoding="utf-8")


def test_a_document_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="has no"):
        tables.between_marks("# Something else\n", "tables")
