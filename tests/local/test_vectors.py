"""SearchVectors and transactions of the emulated DynamoDB keep what AWS promises."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.aws import install


def _index(**changes: Any) -> dict[str, Any]:
    return {
        "IndexName": "embedding",
        "VectorAttribute": {"AttributeName": "embedding"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        "SearchSchema": [
            {"AttributeName": "kind", "SearchSchemaElementType": "HASH"},
            {"AttributeName": "language", "SearchSchemaElementType": "INLINE_FILTER"},
        ],
        "Projection": {"ProjectionType": "ALL"},
        **changes,
    }


def _create(dynamodb: Any, name: str, *indexes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    request = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind", "language")
        ],
        **changes,
    }
    return dynamodb.create_table(TableName=name, VectorIndexes=list(indexes), **request)["TableDescription"]


def _item(key: str, vector: tuple[float, ...] | None, **attributes: str) -> dict[str, Any]:
    item: dict[str, Any] = {"id": {"S": key}}
    item |= {
        name: {"S": value} for name, value in {"kind": "product", "language": "en", **attributes}.items()
    }
    if vector is not None:
        item["embedding"] = {"L": [{"N": str(number)} for number in vector]}
    return item


def _search(dynamodb: Any, vector: tuple[float, ...] = (1, 0), top: int = 10, **changes: Any) -> list[Any]:
    request = {
        "TableName": "things",
        "IndexName": "embedding",
        "SearchConditionExpression": "kind = :kind",
        "ExpressionAttributeValues": {":kind": {"S": "product"}},
        **changes,
    }
    answer = dynamodb.search_vectors(
        SearchVector=[{"N": str(number)} for number in vector],
        TopK=top,
        **{name: value for name, value in request.items() if value is not None},
    )
    return answer["SearchResults"]


def _ids(results: list[Any]) -> list[str]:
    return [result["Item"]["id"]["S"] for result in results]


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        install()
        install()
        client = boto3.client("dynamodb", "us-east-1")
        _create(client, "things", _index())
        yield client


@pytest.fixture
def things(dynamodb: Any) -> Any:
    """Four things: one along the search vector, one beside it, one across, one opposite."""
    for name, vector in {"along": (2, 0), "beside": (1, 1), "across": (0, 1), "opposite": (-1, 0)}.items():
        dynamodb.put_item(TableName="things", Item=_item(name, vector))
    return dynamodb


def _refused(code: str, message: str) -> Any:
    return pytest.raises(ClientError, match=f"\\({code}\\).*{message}")


def test_cosine_scores_are_distances_from_0_to_2_the_nearest_first(things: Any) -> None:
    results = _search(things)
    assert _ids(results) == ["along", "beside", "across", "opposite"]
    assert [result["Score"] for result in results] == pytest.approx([0, 1 - 0.5**0.5, 1, 2], abs=1e-6)


def test_euclidean_scores_are_distances(things: Any) -> None:
    things.update_table(
        TableName="things",
        VectorIndexUpdates=[{"Create": _index(IndexName="straight", DistanceFunction="EUCLIDEAN")}],
    )
    results = _search(things, IndexName="straight")
    assert _ids(results) == ["along", "beside", "across", "opposite"]
    assert [result["Score"] for result in results] == pytest.approx([1, 1, 2**0.5, 2])


def test_dot_product_scores_go_the_other_way(things: Any) -> None:
    update = {"Create": _index(IndexName="product", DistanceFunction="DOT_PRODUCT")}
    things.update_table(TableName="things", VectorIndexUpdates=[update])
    results = _search(things, IndexName="product")
    assert [result["Score"] for result in results] == [2, 1, 0, -1]


def test_top_k_limits_what_comes_back(things: Any) -> None:
    assert _ids(_search(things, top=2)) == ["along", "beside"]
    assert len(_search(things, top=100)) == 4
    with _refused("ValidationException", "TopK value is out of valid range"):
        _search(things, top=101)


def test_items_without_vector_or_hash_attribute_are_left_out(things: Any) -> None:
    things.put_item(TableName="things", Item=_item("no vector", None))
    no_kind = _item("no kind", (1, 0))
    del no_kind["kind"]
    things.put_item(TableName="things", Item=no_kind)
    no_language = _item("no language", (1, 0))
    del no_language["language"]
    things.put_item(TableName="things", Item=no_language)
    assert _ids(_search(things)) == ["along", "no language", "beside", "across", "opposite"]


def test_conditions_are_equalities_joined_by_and(things: Any) -> None:
    things.put_item(TableName="things", Item=_item("chinese", (1, 0), language="zh"))
    things.put_item(TableName="things", Item=_item("article", (1, 0), kind="article"))
    assert "article" not in _ids(_search(things))
    found = _search(
        things,
        SearchConditionExpression="kind = :kind AND #language = :language",
        ExpressionAttributeNames={"#language": "language"},
        ExpressionAttributeValues={":kind": {"S": "product"}, ":language": {"S": "zh"}},
    )
    assert _ids(found) == ["chinese"]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (None, "must be provided when SearchSchema has a HASH key"),
        ("kind <> :kind", "Invalid comparator"),
        ("kind = :kind OR kind = :kind", "Invalid comparator"),
        ("begins_with(kind, :kind)", "Invalid comparator"),
        ("kind = :kind AND", "Invalid comparator"),
        ("kind.part = :kind", "top-level attributes only"),
        ("title = :kind", "title is not in the SearchSchema"),
        ("kind = :other", "not defined; value: :other"),
        ("#kind = :kind", "not defined; name: #kind"),
        ("language = :kind", "reserved keyword: language"),
        ("kind = :kind AND kind = :kind", "more than one condition on kind"),
        ("kind = @", "Syntax error"),
    ],
)
def test_other_conditions_are_refused(things: Any, expression: str | None, message: str) -> None:
    values = None if expression is None else {":kind": {"S": "product"}}
    with _refused("ValidationException", message):
        _search(things, SearchConditionExpression=expression, ExpressionAttributeValues=values)


def test_a_filter_alone_does_not_stand_for_the_hash(things: Any) -> None:
    with _refused("ValidationException", "must have a condition on the HASH key kind"):
        _search(things, SearchConditionExpression="#l = :kind", ExpressionAttributeNames={"#l": "language"})


def test_numbers_are_compared_as_numbers(dynamodb: Any) -> None:
    attributes = [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "size", "AttributeType": "N"},
    ]
    schema = [{"AttributeName": "size", "SearchSchemaElementType": "HASH"}]
    _create(dynamodb, "sized", _index(SearchSchema=schema), AttributeDefinitions=attributes)
    dynamodb.put_item(TableName="sized", Item={**_item("one", (1, 0)), "size": {"N": "1.0"}})
    names, values = {"#s": "size"}, {":size": {"N": "1"}}
    found = _search(
        dynamodb,
        TableName="sized",
        SearchConditionExpression="#s = :size",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )
    assert _ids(found) == ["one"]


def test_an_index_without_hash_needs_no_condition(dynamodb: Any) -> None:
    index = _index()
    del index["SearchSchema"]
    only_key = [{"AttributeName": "id", "AttributeType": "S"}]
    _create(dynamodb, "plain", index, AttributeDefinitions=only_key)
    dynamodb.put_item(TableName="plain", Item=_item("a", (0, 1)))
    found = _search(
        dynamodb, TableName="plain", SearchConditionExpression=None, ExpressionAttributeValues=None
    )
    assert _ids(found) == ["a"]


def test_writes_of_every_kind_are_followed(things: Any) -> None:
    key = {"id": {"S": "opposite"}}
    things.update_item(
        TableName="things",
        Key=key,
        UpdateExpression="SET embedding = :vector",
        ExpressionAttributeValues={":vector": {"L": [{"N": "3"}, {"N": "0"}]}},
    )
    things.delete_item(TableName="things", Key={"id": {"S": "along"}})
    assert _ids(_search(things)) == ["opposite", "beside", "across"]
    things.update_item(TableName="things", Key=key, UpdateExpression="REMOVE kind")
    put = {"PutRequest": {"Item": _item("batched", (5, 0))}}
    things.batch_write_item(RequestItems={"things": [put]})
    assert _ids(_search(things)) == ["batched", "beside", "across"]


@pytest.mark.parametrize("vector", [(1,), (1, 2, 3)])
def test_a_vector_of_the_wrong_length_is_not_written(things: Any, vector: tuple[float, ...]) -> None:
    with _refused("ValidationException", f"2 dimensions, not {len(vector)}"):
        things.put_item(TableName="things", Item=_item("along", vector, language="zh"))
    with _refused("ValidationException", "2 dimensions"):
        things.update_item(
            TableName="things",
            Key={"id": {"S": "along"}},
            UpdateExpression="SET kind = :kind, embedding = :vector",
            ExpressionAttributeValues={
                ":vector": {"L": [{"N": str(number)} for number in vector]},
                ":kind": {"S": "article"},
            },
        )
    stored = things.get_item(TableName="things", Key={"id": {"S": "along"}})["Item"]
    assert stored == _item("along", (2, 0))


@pytest.mark.parametrize("value", [{"S": "1,0"}, {"NS": ["1", "0"]}, {"L": [{"N": "1"}, {"S": "0"}]}])
def test_a_vector_that_is_no_list_of_numbers_is_not_written(things: Any, value: dict[str, Any]) -> None:
    with _refused("ValidationException", "expected a list of numbers"):
        things.put_item(TableName="things", Item={**_item("new", None), "embedding": value})


def test_searching_for_the_wrong_thing(things: Any) -> None:
    with _refused("ValidationException", "2 dimensions, not 3"):
        _search(things, (1, 2, 3))
    with _refused("ValidationException", "does not have the specified index: nowhere"):
        _search(things, IndexName="nowhere")
    with _refused("ResourceNotFoundException", ""):
        _search(things, TableName="nothing")


def test_projections(things: Any) -> None:
    things.update_table(
        TableName="things",
        VectorIndexUpdates=[{"Create": _index(IndexName="keys", Projection={"ProjectionType": "KEYS_ONLY"})}],
    )
    assert _search(things, top=1)[0]["Item"] == _item("along", (2, 0))
    assert set(_search(things, top=1, IndexName="keys")[0]["Item"]) == {"id", "kind", "language", "embedding"}
    assert _search(things, top=1, ProjectionExpression="id")[0]["Item"] == {"id": {"S": "along"}}
    first = _search(things, top=1, ProjectionExpression="#e[0]", ExpressionAttributeNames={"#e": "embedding"})
    assert first[0]["Item"] == {"embedding": {"L": [{"N": "2"}]}}
    with _refused("ValidationException", "does not project"):
        _search(things, IndexName="keys", ProjectionExpression="id, title")


def test_describe_and_update_table(things: Any) -> None:
    described = things.describe_table(TableName="things")["Table"]
    [index] = described["VectorIndexes"]
    assert (index["IndexStatus"], index["ItemCount"], index["Dimensions"]) == ("ACTIVE", 4, 2)
    assert index["SearchSchema"] == _index()["SearchSchema"]
    assert len(described["AttributeDefinitions"]) == 3
    things.update_table(TableName="things", VectorIndexUpdates=[{"Delete": {"IndexName": "embedding"}}])
    assert "VectorIndexes" not in things.describe_table(TableName="things")["Table"]


@pytest.mark.parametrize(
    ("changes", "index", "message"),
    [
        ({}, {"Dimensions": 4097}, "between 1 and 4096"),
        ({"BillingMode": "PROVISIONED"}, {}, "PAY_PER_REQUEST"),
        (
            {},
            {"SearchSchema": [{"AttributeName": "colour", "SearchSchemaElementType": "HASH"}]},
            "not defined in attribute definitions",
        ),
    ],
)
def test_tables_that_aws_refuses(dynamodb: Any, changes: Any, index: Any, message: str) -> None:
    with _refused("ValidationException", message):
        _create(dynamodb, "other", _index(**index), **changes)


def test_at_most_five_indexes(dynamodb: Any) -> None:
    with _refused("ValidationException", "5 vector indexes at most"):
        _create(dynamodb, "other", *(_index(IndexName=f"embedding{n}") for n in range(6)))


def test_a_failed_transaction_leaves_everything_as_it_was(things: Any) -> None:
    before = things.scan(TableName="things")["Items"]
    with _refused("TransactionCanceledException", "ConditionalCheckFailed"):
        things.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "things", "Item": _item("new", (1, 0))}},
                {"Delete": {"TableName": "things", "Key": {"id": {"S": "across"}}}},
                {
                    "Update": {
                        "TableName": "things",
                        "Key": {"id": {"S": "beside"}},
                        "UpdateExpression": "SET kind = :kind",
                        "ExpressionAttributeValues": {":kind": {"S": "article"}},
                    }
                },
                {
                    "Put": {
                        "TableName": "things",
                        "Item": _item("along", (0, 1)),
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        )
    assert things.scan(TableName="things")["Items"] == before
    assert _ids(_search(things)) == ["along", "beside", "across", "opposite"]


def test_a_transaction_sent_twice_is_applied_once(things: Any) -> None:
    def add(amount: str, token: str) -> None:
        update = {
            "TableName": "things",
            "Key": {"id": {"S": "along"}},
            "UpdateExpression": "ADD seen :n",
            "ExpressionAttributeValues": {":n": {"N": amount}},
        }
        things.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)

    add("1", "first")
    add("1", "first")
    add("1", "second")
    assert things.get_item(TableName="things", Key={"id": {"S": "along"}})["Item"]["seen"] == {"N": "2"}
    with _refused("IdempotentParameterMismatchException", ""):
        add("5", "first")


def test_of_many_conditional_writers_one_wins(things: Any) -> None:
    def write(n: int) -> bool:
        try:
            things.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": "things",
                            "Item": _item("contested", (n, 1)),
                            "ConditionExpression": "attribute_not_exists(id)",
                        }
                    }
                ]
            )
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(40))) == 1


def test_the_nearest_of_many(dynamodb: Any) -> None:
    items = [_item(f"p{n}", (1, abs(n - 321) / 10)) for n in range(500)]
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={"things": puts})
    assert _ids(_search(dynamodb, top=3)) == ["p321", "p320", "p322"]
