"""InvokeEndpoint: a body of the wire contract in, what the answer says out, failures as ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from .. import budget, usage
from ..errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable

Read = TypeVar("Read")


class Invoke(Protocol):
    """See Endpoint.invoke."""

    def __call__(self, body: dict[str, Any], read: Callable[[dict[str, Any]], Read], /) -> Read: ...


class Endpoint:
    """A SageMaker endpoint, or one of its inference components.

    Args:
        client: a boto3 sagemaker-runtime client, whose timeouts bound every call.
        name: the endpoint's.
        component: its inference component's; empty for an endpoint without.
        timeout: seconds that the client waits for an answer. Our server is told, so that it refuses at once
            what it cannot answer in time, and computes nothing for a caller who has gone.
        guard: what stands before the calls (circuit.py).
    """

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        component: str = "",
        timeout: float | None = None,
        guard: Callable[[Invoke], Invoke] | None = None,
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._call: Invoke = guard(self._ask) if guard else self._ask
        self._addressed = {"EndpointName": name}
        if component:
            self._addressed["InferenceComponentName"] = component
        if timeout is not None:
            self._addressed["CustomAttributes"] = f"deadline_ms={int(timeout * 1000)}"

    def invoke(self, body: dict[str, Any], read: Callable[[dict[str, Any]], Read]) -> Read:
        """What `read` makes of the answer, a JSON object.

        Raises:
            ModelError: there is no usable answer, or no time left to wait for one.
        """
        if self._timeout is not None and budget.left() < self._timeout:
            raise ModelUnavailable("there is no time left to ask the endpoint")
        return self._call(body, read)

    def _ask(self, body: dict[str, Any], read: Callable[[dict[str, Any]], Read]) -> Read:
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
        _count(answer.get("usage"))
        return read(answer)


def _count(told: Any) -> None:
    """What the call used, where the answer tells (OpenAI's `usage`)."""
    told = told if isinstance(told, dict) else {}
    tokens = (told.get("prompt_tokens"), told.get("completion_tokens"))
    usage.add(*(number if isinstance(number, int) else 0 for number in tokens))


def _failure(error: ClientError) -> ModelError:
    """A failed call as one of ours.

    SageMaker wraps what the container answered as a ModelError with 424; only that can be about our request.
    What SageMaker says itself is about the endpoint: also its ValidationError, for that is how it tells that
    a component scaled to zero has no copy yet.
    """
    code = error.response["Error"]["Code"]
    status = error.response.get("OriginalStatusCode")
    refused = isinstance(status, int) and 400 <= status < 500 and status not in (408, 429)
    return (ModelRefused if refused else ModelUnavailable)(f"the endpoint answered {status or code}")
