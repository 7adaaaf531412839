"""SageMaker's runtime in front of the container, read back as boto3 reads it."""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.responses import JSONResponse, Response, StreamingResponse
from urllib3 import HTTPResponse

from model.contract import Refused
from model.sagemaker import ATTRIBUTES, as_invoke_endpoint, as_response_stream, deadline


async def _body(answer: Response) -> bytes:
    if isinstance(answer, StreamingResponse):
        return b"".join([bytes(part) async for part in answer.body_iterator])  # type: ignore[arg-type]
    return bytes(answer.body)


def _read(answer: Response, operation: str) -> Any:
    """What boto3's client returns or raises where the service answers this."""
    client = boto3.client(
        "sagemaker-runtime",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # pragma: allowlist secret
        config=Config(retries={"total_max_attempts": 1}),
    )
    raw = HTTPResponse(io.BytesIO(asyncio.run(_body(answer))), preload_content=False)
    headers = HeadersDict(answer.headers.items())

    def instead(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, answer.status_code, headers, raw)

    client.meta.events.register("before-send.sagemaker-runtime", instead)
    return getattr(client, operation)(EndpointName="any", Body=b"{}")


@pytest.mark.parametrize("attributes", ["", "trace=7", "deadline_msx=5", "xdeadline_ms=5"])
def test_without_a_deadline_there_is_all_the_time(attributes: str) -> None:
    assert deadline({ATTRIBUTES: attributes}) == math.inf
    assert deadline({}) == math.inf


@pytest.mark.parametrize(
    "attributes", ["deadline_ms=2500", "trace=7;deadline_ms=2500", " a=b , deadline_ms=2500"]
)
def test_a_deadline_is_so_many_milliseconds_from_now(attributes: str) -> None:
    before = monotonic()
    when = deadline({ATTRIBUTES: attributes})
    assert before + 2.5 <= when <= monotonic() + 2.5


def test_the_bounds_of_a_deadline_are_among_what_is_taken() -> None:
    assert deadline({ATTRIBUTES: "deadline_ms=1"}) < monotonic() + 0.1
    assert deadline({ATTRIBUTES: "deadline_ms=3600000"}) > monotonic() + 3590


@pytest.mark.parametrize(
    "value", ["=", "=0", "=-1", "=+5", "=1e3", "=3600001", "=1_000", "=٣", "= 5", "", "=5 ms"]
)
def test_a_wrong_deadline_is_refused_wherever_it_stands(value: str) -> None:
    with pytest.raises(Refused, match="whole number from 1 to 3600000") as refused:
        deadline({ATTRIBUTES: f"trace=7;deadline_ms{value}"})
    assert refused.value.param == "deadline_ms"


@pytest.mark.parametrize(
    ("status", "side"), [(400, "client"), (429, "client"), (499, "client"), (500, "server"), (503, "server")]
)
@pytest.mark.parametrize(
    ("wrap", "operation"),
    [
        (as_invoke_endpoint, "invoke_endpoint"),
        (as_response_stream, "invoke_endpoint_with_response_stream"),
    ],
    ids=["whole", "streamed"],
)
def test_boto3_reads_a_failure_as_a_model_error(
    wrap: Callable[[Response], Response], operation: str, status: int, side: str
) -> None:
    answer = JSONResponse({"error": {"message": "zu groß"}}, status)
    with pytest.raises(ClientError) as raised:
        _read(wrap(answer), operation)
    read: Any = raised.value.response
    assert read["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert read["Error"]["Code"] == "ModelError"
    assert f"Received {side} error ({status}) from primary" in read["Error"]["Message"]
    assert read["OriginalStatusCode"] == status
    assert json.loads(read["OriginalMessage"])["error"]["message"] == "zu groß"


def test_boto3_reads_an_answer_as_it_is() -> None:
    read = _read(as_invoke_endpoint(JSONResponse({"data": []})), "invoke_endpoint")
    assert (read["ContentType"], read["InvokedProductionVariant"]) == ("application/json", "AllTraffic")
    assert read["Body"].read() == b'{"data":[]}'


async def _two_events() -> AsyncIterator[bytes]:
    yield b"data: 1\n\n"
    yield b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("answer", "parts", "kind"),
    [
        (JSONResponse({"a": 1}), [b'{"a":1}'], "application/json"),
        (
            StreamingResponse(_two_events(), media_type="text/event-stream"),
            [b"data: 1\n\n", b"data: [DONE]\n\n"],
            "text/event-stream; charset=utf-8",
        ),
    ],
    ids=["whole", "streamed"],
)
def test_boto3_reads_a_response_stream_part_by_part(answer: Response, parts: list[bytes], kind: str) -> None:
    read = _read(as_response_stream(answer), "invoke_endpoint_with_response_stream")
    assert (read["ContentType"], read["InvokedProductionVariant"]) == (kind, "AllTraffic")
    assert [event["PayloadPart"]["Bytes"] for event in read["Body"]] == parts
