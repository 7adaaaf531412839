"""What both tables share: DynamoDB's wire values and its failures, and those of other stores, as ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import StoreUnavailable

Item = dict[str, Any]

_PASSING = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        # S3's; an answer to HEAD has no body, so that its status is all it says.
        "500",
        "503",
        "InternalError",
        "RequestTimeout",
        "SlowDown",
    }
)


def error_code(error: ClientError) -> str:
    """AWS's name of the error."""
    return str(error.response["Error"]["Code"])


_GET_BATCH = 100  # what BatchGetItem takes at once
_WRITE_BATCH = 25  # what BatchWriteItem takes at once
RETRIES = 5


@contextmanager
def passing_failures() -> Iterator[None]:
    """Turns throttling and outages into StoreUnavailable; anything else is a bug and goes through."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in _PASSING:
            raise StoreUnavailable(f"the store answered {error_code(error)}") from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailable(f"the store cannot be reached ({type(error).__name__})") from error


def stamp(moment: datetime) -> str:
    """A time in UTC as text of fixed width, so that text order is time order."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def string(value: str) -> Item:
    """A string attribute."""
    return {"S": value}


def number(value: float) -> Item:
    """A number attribute; floats by their shortest decimal form."""
    return {"N": str(value)}


def vector(values: Any) -> Item:
    """A list of numbers. Seven digits are what the index keeps of them (32-bit floats)."""
    return {"L": [{"N": format(value, ".7g")} for value in values]}


def pages(client: Any, operation: str, **request: Any) -> Iterator[Item]:
    """The items of every page of a query or scan."""
    for page in client.get_paginator(operation).paginate(**request):
        yield from page["Items"]


def beginning(
    client: Any, table: str, partition: tuple[str, str], prefix: str, *, consistent: bool = False
) -> Iterator[Item]:
    """The items of a partition whose sort key begins with the prefix, in its order.

    Args:
        partition: the partition key's name and value.
    """
    name, value = partition
    with passing_failures():
        yield from pages(
            client,
            "query",
            TableName=table,
            KeyConditionExpression=f"{name} = :value AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":value": string(value), ":prefix": string(prefix)},
            ConsistentRead=consistent,
        )


def batch_get(
    client: Any, table: str, keys: Sequence[Item], attributes: str, *, consistent: bool = False
) -> Iterator[Item]:
    """Those of the items that exist, in no order.

    Raises:
        StoreUnavailable: when DynamoDB keeps putting some of them off.
    """
    for start in range(0, len(keys), _GET_BATCH):
        request = {
            table: {
                "Keys": keys[start : start + _GET_BATCH],
                "ProjectionExpression": attributes,
                "ConsistentRead": consistent,
            }
        }
        for _ in range(RETRIES):
            with passing_failures():
                answer = client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(table, [])
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                break
        else:
            raise StoreUnavailable("the store is overloaded; try again")


def batch_write(client: Any, table: str, items: Sequence[Item]) -> None:
    """Put the items, in as many calls as it takes.

    Raises:
        StoreUnavailable: when DynamoDB keeps putting some of them off.
    """
    _batch(client, table, [{"PutRequest": {"Item": item}} for item in items])


def batch_delete(client: Any, table: str, keys: Sequence[Item]) -> None:
    """Delete the items of these keys; raises as `batch_write` does."""
    _batch(client, table, [{"DeleteRequest": {"Key": key}} for key in keys])


def _batch(client: Any, table: str, writes: Sequence[Item]) -> None:
    for start in range(0, len(writes), _WRITE_BATCH):
        request = {table: [*writes[start : start + _WRITE_BATCH]]}
        for _ in range(RETRIES):
            with passing_failures():
                request = client.batch_write_item(RequestItems=request).get("UnprocessedItems") or {}
            if not request:
                break
        else:
            raise StoreUnavailable("the catalogue is overloaded; send the rest again")
