"""The plan's calls made for real: SageMaker's through the SDK's core resources, the others through boto3.

Nothing is sent that the plan does not hold. The SDK leaves out what is false or zero inside a shape (version
2.27 does; a minimum of zero instances would be lost without a word), so each request is compared with the
plan on its way out, gets back what was left out, and is refused if it differs otherwise.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import boto3
import botocore.exceptions
from botocore import xform_name

from .configuration import NotDeployable
from .failures import explained, not_there
from .plan import Answer, Call


class Aws:
    """Performs calls. Raises NotDeployable with AWS's reason in plain words.

    Args:
        region: None takes the one that boto3 finds.
        say: told what is done, line by line.
        poll_seconds: between two looks at something that is being made.
        timeout_seconds: after so long waiting for one thing it gives up; what was begun goes on in AWS.
    """

    def __init__(
        self,
        region: str | None,
        say: Callable[[str], None],
        *,
        poll_seconds: float = 10,
        timeout_seconds: float = 1800,
    ) -> None:
        self._kinds = _kinds()
        self._session = boto3.Session(region_name=region)
        if not self._session.region_name:
            raise NotDeployable("--region (or AWS_DEFAULT_REGION): which region to deploy to")
        self._session.events.register("provide-client-params.sagemaker", self._as_planned)
        self._session.events.register("after-call.sagemaker", self._answered)
        self._say, self._poll, self._timeout = say, poll_seconds, timeout_seconds
        self._waiting_since: float | None = None
        self._things: dict[tuple[str, str], Any] = {}
        self._performing: Call | None = None
        self._sent: list[tuple[str, dict[str, Any]]] = []
        self._answers: list[dict[str, Any]] = []

    def __call__(self, call: Call) -> Answer:
        """Perform the call, unless the SDK did so of its own accord with the one before."""
        if self._sent:
            operation, parameters = self._sent.pop(0)
            if (operation, parameters) != (call.operation, call.parameters):
                raise NotDeployable(f"the SDK called {operation}, the plan has {call.operation}: a bug here")
            return self._answers.pop(0)
        self._wait(call)
        self._performing = call
        try:
            if call.service != "sagemaker":
                client = self._session.client(call.service)
                answer: Answer = getattr(client, xform_name(call.operation))(**call.parameters)
                return answer
            self._through_the_sdk(call)
        except botocore.exceptions.ClientError as error:
            self._sent.clear()
            if not_there(call.operation, error):
                return None
            raise NotDeployable(explained(error)) from error
        except botocore.exceptions.BotoCoreError as error:
            raise NotDeployable(explained(error)) from error
        self._sent.pop(0)
        return self._answers.pop(0)

    def _through_the_sdk(self, call: Call) -> None:
        kind = re.sub("^(Create|Describe|Update|Delete|List)", "", call.operation)
        where = {"session": self._session, "region": self._session.region_name}
        if call.operation.startswith("List"):
            kind = kind.removesuffix("s")
            part = call.parameters["NameContains"]
            for thing in self._kinds[kind].get_all(name_contains=part, **where):
                self._things[kind, thing.get_name()] = thing
            return
        resource, key = self._kinds[kind], (kind, call.parameters[f"{kind}Name"])
        service = self._session.client("sagemaker").meta.service_model
        given = _in_snake_case(call.parameters, service.operation_model(call.operation).input_shape)
        if call.operation.startswith("Create"):
            self._say(f"{call.operation} {key[1]}")
            self._things[key] = resource.create(**given, **where)
        elif call.operation.startswith("Describe"):
            self._things[key] = resource.get(**given, **where)
        elif call.operation.startswith("Delete"):
            self._say(f"{call.operation} {key[1]}")
            self._things.pop(key).delete()
        else:
            self._say(f"{call.operation} {key[1]}")
            thing = self._things[key]
            # Its name, and the configuration an endpoint gets, are the resource's own attributes.
            for name in [name for name in given if name.endswith("_name")]:
                setattr(thing, name, given.pop(name))
            thing.update(**given)

    def _as_planned(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
        """On a request's way out: the first of a call is the planned one, whole."""
        call = self._performing
        if self._sent or call is None:
            self._sent.append((model.name, dict(params)))
            return None
        if model.name != call.operation or _without_nothing(params) != _without_nothing(call.parameters):
            raise NotDeployable(
                f"the SDK would send {model.name} {params}, the plan is {call.operation} {call.parameters}: "
                "nothing was sent; is it the SDK of model/requirements-deploy.txt?"
            )
        self._sent.append((call.operation, call.parameters))
        return call.parameters

    def _answered(self, parsed: dict[str, Any], **_: Any) -> None:
        if "Error" not in parsed:
            self._answers.append(parsed)

    def _wait(self, call: Call) -> None:
        if call.until is None:
            self._waiting_since = None
            return
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        name, waited = next(iter(call.parameters.values())), now - self._waiting_since
        if waited > self._timeout:
            raise NotDeployable(
                f"{name}: not after {waited:.0f} s ({call.until}); AWS goes on, the same command waits on"
            )
        self._say(f"waiting for {name}: {call.until} ({waited:.0f} s)")
        time.sleep(self._poll)


def _in_snake_case(value: Any, shape: Any) -> Any:
    """The parameters under the SDK's names; the keys of a map, as of the environment, stay."""
    if shape.type_name == "structure":
        return {xform_name(key): _in_snake_case(part, shape.members[key]) for key, part in value.items()}
    return [_in_snake_case(part, shape.member) for part in value] if shape.type_name == "list" else value


def _without_nothing(value: Any) -> Any:
    """The value without the false, the zero and the empty inside it."""
    if isinstance(value, dict):
        inside = {name: _without_nothing(part) for name, part in value.items()}
        return {name: part for name, part in inside.items() if part}
    return [_without_nothing(part) for part in value] if isinstance(value, list) else value


def _kinds() -> dict[str, Any]:
    """The SDK's resources. It takes 400 MB and a second to import: only a real run needs it."""
    try:
        from sagemaker.core.resources import Endpoint, EndpointConfig, InferenceComponent, Model
    except ImportError as error:
        raise NotDeployable(
            "the SageMaker SDK is not installed here: make an environment of its own with "
            "pip install -r model/requirements-deploy.txt, or use --dry-run"
        ) from error
    return {
        "Model": Model,
        "EndpointConfig": EndpointConfig,
        "Endpoint": Endpoint,
        "InferenceComponent": InferenceComponent,
    }
