"""The address that boto3's sagemaker-runtime calls, answering as the service does in AWS.

There a container's failure does not reach the caller as it is: the runtime wraps it in a ModelError with
status 424 that holds the container's status and body. So does this, and callers see the same here and there.
"""

from __future__ import annotations

import json

from starlette.responses import Response


def as_invoke_endpoint(answer: Response) -> Response:
    """What InvokeEndpoint makes of a container's answer to /invocations."""
    if answer.status_code < 400:
        answer.headers["x-amzn-invoked-production-variant"] = "AllTraffic"
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
