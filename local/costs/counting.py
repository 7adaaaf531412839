"""Counts what handlers ask of AWS: requests, DynamoDB's units, tokens, time.

Handlers run in this process on emulated AWS. Units follow DynamoDB's own rules (reads in steps of 4 kB, half
a unit where nothing says ConsistentRead; writes in steps of 1 kB, twice in a transaction): "DynamoDB read and
write operations" and "Item sizes and formats" in its developer guide. Projections and filters save none of
it, so that what was read is asked for once more, uncounted, without them.
"""

from __future__ import annotations

import collections
import io
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.response import StreamingBody

_SIZED = ("Query", "Scan")
_LEFT_OUT = ("ProjectionExpression", "FilterExpression", "Select")


class Counts:
    """What happened while it was counted. Units and tokens are sums, times are seconds."""

    def __init__(self) -> None:
        self.requests: collections.Counter[str] = collections.Counter()  # by service and operation
        self.reads = 0.0
        self.writes = 0.0
        self.tokens_in = 0
        self.tokens_out = 0
        self.model_seconds = 0.0
        self.seconds = 0.0
        self.log_bytes = 0

    def of(self, service: str) -> int:
        """Requests of one service."""
        return sum(count for name, count in self.requests.items() if name.startswith(f"{service}."))


class Counter:
    """Counts what clients of boto3's default session send, while it is told to.

    To be made before the first of those clients: each takes its session's listeners along when it is made.

    Args:
        dynamodb: a client of another session, to look at items uncounted.
    """

    def __init__(self, dynamodb: Any) -> None:
        self._sizes = _Sizes(dynamodb)
        self._counts: Counts | None = None
        self._sent = self._looked = 0.0
        events = boto3.DEFAULT_SESSION.events
        events.register("before-call.*.*", self._before)
        events.register("after-call.*.*", self._after)

    @contextmanager
    def counting(self, log: io.StringIO) -> Iterator[Counts]:
        """Counts until the block ends; `log` is what handlers print to."""
        self._counts, self._looked = Counts(), 0.0
        counts = self._counts
        printed, begun = len(log.getvalue().encode()), time.perf_counter()
        try:
            yield counts
        finally:
            counts.seconds = time.perf_counter() - begun - self._looked
            counts.log_bytes = len(log.getvalue().encode()) - printed
            self._counts = None

    def _before(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if self._counts is None:
            return
        started = time.perf_counter()
        service = model.service_model.service_name
        self._counts.requests[f"{service}.{model.name}"] += 1
        if service == "dynamodb":
            reads, writes = self._sizes.units(model.name, json.loads(params["body"]))
            self._counts.reads += reads
            self._counts.writes += writes
        self._sent = time.perf_counter()
        self._looked += self._sent - started

    def _after(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if self._counts is None or model.name != "InvokeEndpoint":
            return
        self._counts.model_seconds += time.perf_counter() - self._sent
        answer = parsed["Body"].read()
        parsed["Body"] = StreamingBody(io.BytesIO(answer), len(answer))
        usage = json.loads(answer).get("usage", {})
        self._counts.tokens_in += usage.get("prompt_tokens", 0)
        self._counts.tokens_out += usage.get("completion_tokens", 0)


class _Sizes:
    """Works out units from the items that a request reads or is about to write."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def units(self, operation: str, body: dict[str, Any]) -> tuple[float, float]:
        """Read and write units of one request."""
        if operation in _SIZED:
            return self._range(operation, body), 0
        if operation == "GetItem":
            return self._get(body["TableName"], body["Key"], bool(body.get("ConsistentRead"))), 0
        if operation == "BatchGetItem":
            return sum(
                self._get(table, key, bool(asked.get("ConsistentRead")))
                for table, asked in body["RequestItems"].items()
                for key in asked["Keys"]
            ), 0
        if operation == "BatchWriteItem":
            return 0, sum(
                self._write(
                    table, request.get("PutRequest", {}).get("Item"), request.get("DeleteRequest", {})
                )
                for table, requests in body["RequestItems"].items()
                for request in requests
            )
        if operation == "TransactWriteItems":
            asked = [action for item in body["TransactItems"] for action in item.values()]
            return 0, sum(2 * self._write(each["TableName"], each.get("Item"), each) for each in asked)
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            return 0, self._write(body["TableName"], body.get("Item"), body)
        return 0, 0

    def _get(self, table: str, key: dict[str, Any], consistent: bool) -> float:
        found = self._dynamodb.get_item(TableName=table, Key=key).get("Item", {})
        return max(1, math.ceil(_size(found) / 4096)) * (1 if consistent else 0.5)

    def _range(self, operation: str, body: dict[str, Any]) -> float:
        asked = {key: value for key, value in body.items() if key not in _LEFT_OUT}
        # Names and values that only the filter or the projection used would be refused.
        for kind in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            used = {key: value for key, value in asked.get(kind, {}).items() if key in _conditions(asked)}
            asked.pop(kind, None)
            if used:
                asked[kind] = used
        page = getattr(self._dynamodb, operation.lower())(**asked)
        total = sum(map(_size, page["Items"]))
        return max(1, math.ceil(total / 4096)) * (1 if body.get("ConsistentRead") else 0.5)

    def _write(self, table: str, item: dict[str, Any] | None, request: dict[str, Any]) -> float:
        stands = {}
        if "Key" in request:
            stands = self._dynamodb.get_item(TableName=table, Key=request["Key"]).get("Item", {})
        size = max(_size(item or {}), _size(stands) + _size(request.get("ExpressionAttributeValues", {})))
        # The sparse index of stale profiles is written where a profile is.
        indexed = "due" in stands or "due" in (item or {})
        return max(1, math.ceil(size / 1024)) + indexed


def _conditions(asked: dict[str, Any]) -> set[str]:
    return {
        *asked.get("KeyConditionExpression", "").replace("(", " ").replace(")", " ").replace(",", " ").split()
    }


def _size(item: dict[str, Any]) -> int:
    """Bytes of an item: names and values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: dict[str, Any]) -> int:
    [(kind, held)] = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return math.ceil(len(held.strip("-").replace(".", "")) / 2) + 1
    if kind == "L":
        return 3 + sum(1 + _value(each) for each in held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value(each) for name, each in held.items())
    if kind in ("SS", "NS", "BS"):
        return sum(len(str(each).encode()) for each in held)
    return len(held) if kind == "B" else 1
