"""Faults of AWS's own services, put between botocore and emulated AWS, below botocore's retries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

Fault = Callable[[Any], AWSResponse | None]


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def answer(request: Any, status: int, code: str, **more: Any) -> AWSResponse:
    """An error as DynamoDB and SQS write it."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **more}
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))


def throttled(request: Any) -> AWSResponse:
    return answer(request, 400, "ThrottlingException")


def failing(request: Any) -> AWSResponse:
    return answer(request, 500, "InternalServerError")


def cancelled(request: Any, *reasons: str) -> AWSResponse:
    """A transaction that was not applied, and why, for each of its items."""
    told = [{"Code": reason} for reason in reasons]
    return answer(request, 400, "TransactionCanceledException", CancellationReasons=told)


@contextmanager
def faults(
    operation: str, fault: Fault, times: int | None = None, service: str = "dynamodb"
) -> Iterator[list[Any]]:
    """`fault` may answer the first `times` requests of an operation (all, if None); yields those it answered.

    It stands in moto's place: what it answers reaches no table.
    """
    event = f"before-send.{service}.{operation}"
    hit: list[Any] = []
    emulated = BotocoreStubber.__call__

    def answering(self: Any, event_name: str, request: Any, **more: Any) -> Any:
        if event_name == event and (times is None or len(hit) < times):
            answer = fault(request)
            if answer is not None:
                hit.append(request)
                return answer
        return emulated(self, event_name, request, **more)

    with mock.patch.object(BotocoreStubber, "__call__", answering):
        yield hit
