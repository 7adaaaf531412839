"""The addresses that boto3's sagemaker-runtime calls, answering as the service does in AWS.

There a container's failure does not reach the caller as it is: the runtime wraps it in a ModelError with
status 424 that holds the container's status and body. So does this, and callers see the same here and there.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from time import monotonic

from starlette.responses import Response, StreamingResponse

from .contract import Refused
from .eventstream import payload_parts

ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
ADAPTER = "x-amzn-sagemaker-adapter-identifier"
_FRAMES = "application/vnd.amazon.eventstream"
_VARIANT = {"x-amzn-invoked-production-variant": "AllTraffic"}


def deadline(headers: Mapping[str, str]) -> float:
    """When the answer is of no use any more, on the monotonic clock; infinity where none was said.

    Custom attributes are free text in AWS; ours are `deadline_ms=2500`, others separated by commas or
    semicolons are somebody else's. Raises Refused if it is no positive number.
    """
    for attribute in headers.get(ATTRIBUTES, "").replace(";", ",").split(","):
        name, _, value = attribute.strip().partition("=")
        if name == "deadline_ms":
            if not (value.isascii() and value.isdecimal() and 0 < int(value) <= 3_600_000):
                raise Refused("deadline_ms: must be a whole number from 1 to 3600000", "deadline_ms")
            return monotonic() + int(value) / 1000
    return float("inf")


def as_invoke_endpoint(answer: Response) -> Response:
    """What InvokeEndpoint makes of a container's answer to /invocations."""
    if answer.status_code < 400:
        answer.headers.update(_VARIANT)
        return answer
    body = bytes(answer.body).decode()
    side = "client" if answer.status_code < 500 else "server"
    wrapped = {
        "ErrorCode": f"{side.upper()}_ERROR_FROM_MODEL",
        "LogStreamArn": "",
        "Message": f"Received {side} error ({answer.status_code}) from primary with message {body!r}",
        "OriginalMessage": body,
        "OriginalStatusCode": answer.status_code,
    }
    headers = {"x-amzn-errortype": "ModelError"}
    return Response(json.dumps(wrapped), status_code=424, headers=headers, media_type="application/json")


def as_response_stream(answer: Response) -> Response:
    """What InvokeEndpointWithResponseStream makes of it: event-stream frames."""
    if answer.status_code >= 400:
        return as_invoke_endpoint(answer)
    headers = _VARIANT | {"x-amzn-sagemaker-content-type": answer.headers["content-type"]}
    if not isinstance(answer, StreamingResponse):
        return StreamingResponse(
            payload_parts(_whole(bytes(answer.body))), headers=headers, media_type=_FRAMES
        )
    # The same object: it knows what to close when its client hangs up.
    answer.body_iterator = payload_parts(answer.body_iterator)  # type: ignore[arg-type]
    answer.headers.update(headers | {"content-type": _FRAMES})
    return answer


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
