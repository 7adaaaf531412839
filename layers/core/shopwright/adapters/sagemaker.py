"""InvokeEndpoint: a body of the wire contract in, the answer's body out, failures as ours."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable

# What AWS answers for a request that is wrong rather than unlucky.
_OUR_FAULT = frozenset({"ValidationError", "ValidationException", "AccessDeniedException"})


class Endpoint:
    """A SageMaker endpoint, or one of its inference components.

    Args:
        client: a boto3 sagemaker-runtime client, whose timeouts bound every call.
        name: the endpoint's.
        component: its inference component's; empty for an endpoint without.
        timeout: seconds that the client waits for an answer. Our server is told, so that it refuses at once
            what it cannot answer in time, and computes nothing for a caller who has gone.
    """

    def __init__(self, client: Any, name: str, *, component: str = "", timeout: float | None = None) -> None:
        self._client = client
        self._addressed = {"EndpointName": name}
        if component:
            self._addressed["InferenceComponentName"] = component
        if timeout is not None:
            self._addressed["CustomAttributes"] = f"deadline_ms={int(timeout * 1000)}"

    def invoke(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer, a JSON object. Raises ModelError."""
        try:
            response = self._client.invoke_endpoint(
                **self._addressed,
                ContentType="application/json",
                Accept="application/json",
                Body=json.dumps(body, ensure_ascii=False).encode(),
            )
            answer = json.loads(response["Body"].read())
        except ClientError as error:
            raise _failure(error) from error
        except BotoCoreError as error:
            raise ModelUnavailable(f"the endpoint gave no answer ({type(error).__name__})") from error
        except ValueError as error:
            raise ModelAnswerInvalid("the endpoint's answer is not JSON") from error
        if not isinstance(answer, dict):
            raise ModelAnswerInvalid("the endpoint's answer is not a JSON object")
        return answer


def _failure(error: ClientError) -> ModelError:
    """A failed call as one of ours. SageMaker wraps what the container answered as a ModelError with 424."""
    code = error.response["Error"]["Code"]
    status = error.response.get("OriginalStatusCode")
    refused = code in _OUR_FAULT or (
        isinstance(status, int) and 400 <= status < 500 and status not in (408, 429)
    )
    return (ModelRefused if refused else ModelUnavailable)(f"the endpoint answered {status or code}")
