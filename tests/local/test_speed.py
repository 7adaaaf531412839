"""What makes the emulated DynamoDB quick leaves its answers as they were."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from local import speed
from local.aws import install

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
VALUES = [
    {"S": "text 你"},
    {"N": "1.50"},
    {"B": b"bytes"},
    {"BOOL": False},
    {"NULL": True},
    {"SS": ["a"]},
    {"L": [{"N": "1"}, {"N": "-2.5"}]},
    {"L": [{"S": "a"}, {"M": {"deep": {"N": "1"}}}]},
    {"L": []},
    {"M": {"a": {"L": [{"N": "1"}]}}},
]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`things`: three partitions of five, written out of order, half of them in the index `by_kind`."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        install()
        client = boto3.client("dynamodb", "us-east-1")
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=KEYS,
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "n", "AttributeType": "N"},
                {"AttributeName": "kind", "AttributeType": "S"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_kind",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        for n in (10, 9, 2, 1, -3):
            for name in ("b", "c", "a"):
                item: dict[str, Any] = {"id": {"S": name}, "n": {"N": str(n)}, "vector": VALUES[6]}
                if n % 2:
                    item["kind"] = {"S": "odd"}
                client.put_item(TableName="things", Item=item)
        yield client


def _keys(items: list[Any]) -> list[str]:
    return [item["id"]["S"] + item["n"]["N"] for item in items]


def _query(client: Any, **request: Any) -> Any:
    values = {":id": {"S": "b"}}
    return client.query(
        **{
            "TableName": "things",
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": values,
            **request,
        }
    )


def test_queries_give_one_partition_in_order(table: Any) -> None:
    assert _keys(_query(table)["Items"]) == ["b-3", "b1", "b2", "b9", "b10"]
    assert _keys(_query(table, ScanIndexForward=False, Limit=2)["Items"]) == ["b10", "b9"]
    since = {":id": {"S": "b"}, ":n": {"N": "2"}}
    later = _query(table, KeyConditionExpression="id = :id AND n >= :n", ExpressionAttributeValues=since)
    assert _keys(later["Items"]) == ["b2", "b9", "b10"]
    assert _query(table, ExpressionAttributeValues={":id": {"S": "nobody"}})["Items"] == []


def test_pages_of_a_query_and_of_a_scan_meet(table: Any) -> None:
    def pages(operation: str, **request: Any) -> list[str]:
        paginator = table.get_paginator(operation)
        return _keys([i for page in paginator.paginate(TableName="things", **request) for i in page["Items"]])

    condition = {
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "b"}},
        "Limit": 2,
    }
    assert pages("query", **condition) == ["b-3", "b1", "b2", "b9", "b10"]
    everything = [f"{name}{n}" for name in "abc" for n in (-3, 1, 2, 9, 10)]
    assert pages("scan", Limit=4) == everything


def test_an_index_is_queried_over_all_partitions(table: Any) -> None:
    odd = _query(
        table,
        IndexName="by_kind",
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues={":kind": {"S": "odd"}},
    )
    assert sorted(_keys(odd["Items"])) == sorted(f"{name}{n}" for name in "abc" for n in (-3, 1, 9))
    assert set(odd["Items"][0]) == {"id", "n", "kind"}


def test_a_result_does_not_change_with_the_item(table: Any) -> None:
    key = {"id": {"S": "a"}, "n": {"N": "1"}}
    before = table.update_item(
        TableName="things",
        Key=key,
        UpdateExpression="SET vector[1] = :n ADD times :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
        ReturnValues="ALL_OLD",
    )["Attributes"]
    assert before["vector"] == VALUES[6]
    after = table.get_item(TableName="things", Key=key, ProjectionExpression="vector, times, absent")["Item"]
    assert after == {"vector": {"L": [{"N": "1"}, {"N": "7"}]}, "times": {"N": "7"}}


def test_the_same_expression_counts_every_time(table: Any) -> None:
    for n in range(3):
        table.update_item(
            TableName="things",
            Key={"id": {"S": "a"}, "n": {"N": "1"}},
            UpdateExpression="SET earliest = if_not_exists(earliest, :n) ADD times :one",
            ExpressionAttributeValues={":n": {"N": str(n)}, ":one": {"N": "1"}},
        )
    item = table.get_item(TableName="things", Key={"id": {"S": "a"}, "n": {"N": "1"}})["Item"]
    assert (item["earliest"], item["times"]) == ({"N": "0"}, {"N": "3"})


def test_an_item_that_is_too_large_is_refused(table: Any) -> None:
    item = {"id": {"S": "large"}, "n": {"N": "1"}, "a": {"S": "x" * 200_000}, "b": {"S": "y" * 205_001}}
    with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
        table.put_item(TableName="things", Item=item)


def test_every_kind_of_value_comes_back_as_it_was(table: Any) -> None:
    deep = {"L": [{"B": b"\x00\xff"}, {"M": {"a": {"BS": [b"\x01"]}, "b": {"NS": ["1"]}}}]}
    item = {"id": {"S": "all"}, "n": {"N": "1"}, "deep": deep}
    item |= {f"value{n}": value for n, value in enumerate(VALUES)}
    table.put_item(TableName="things", Item=item)
    key = {"id": {"S": "all"}, "n": {"N": "1"}}
    assert table.get_item(TableName="things", Key=key)["Item"] == item
    assert _query(table, ExpressionAttributeValues={":id": {"S": "all"}})["Items"] == [item]
    put = {
        "TableName": "things",
        "Item": key,
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(ClientError) as refused:
        table.put_item(**put)
    assert refused.value.response["Item"] == item
    with pytest.raises(ClientError) as cancelled:
        table.transact_write_items(TransactItems=[{"Put": put}])
    assert cancelled.value.response["CancellationReasons"][0]["Item"] == item


@pytest.mark.parametrize("value", VALUES)
def test_values_are_read_copied_and_projected_as_motos_own(value: dict[str, Any]) -> None:
    stored = DynamoType(value)
    if not stored.is_list() and not stored.is_map():
        assert stored.cast_value == speed._cast_value(stored)
    assert copy.deepcopy(stored).to_regular_json() == stored.to_regular_json()
    item = Item(DynamoType({"S": "a"}), None, {"id": {"S": "a"}, "value": value, "other": {"S": "x"}})
    if value != {"B": b"bytes"}:  # moto's own projection gives text back for bytes
        ours = item.project([["id"], ["value"], ["absent"]]).to_json()
        assert ours == speed._project(item, [["id"], ["value"], ["absent"]]).to_json()
