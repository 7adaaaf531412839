"""The calls in the order in which AWS wants them, each decided from the answers so far.

A plan is a generator: it yields a call, is sent the answer, and yields the next. Whoever runs it performs
the calls against AWS (`sdk`) or only says them (`rehearsal`); what is called is decided here alone. The SDK
reads back whatever it creates or updates, and what it lists; those reads are calls too, and stand here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from . import requests
from .configuration import Deployment, NotDeployable

# What AWS answered; None: there is no such thing.
Answer = Mapping[str, Any] | None


@dataclass(frozen=True)
class Call:
    """One request. `until` says for what it is repeated, if it is."""

    service: str
    operation: str
    parameters: dict[str, Any]
    until: str | None = None


Plan = Generator[Call, Answer, None]
_Reading = Generator[Call, Answer, Answer]
_Listing = Generator[Call, Answer, list[str]]

_GONE = "it is gone"
_BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed")


def follow(plan: Plan, perform: Callable[[Call], Answer]) -> None:
    """Run the plan to its end."""
    answer: Answer = None
    try:
        while True:
            answer = perform(plan.send(answer))
    except StopIteration:
        return


def deploy(asked: Deployment) -> Plan:
    """Make what is asked, or change what stands to it. Repeating it changes nothing more.

    Raises NotDeployable if what stands is broken, or AWS goes back to what stood before.
    """
    model = requests.create_model(asked)
    configuration = requests.create_endpoint_config(asked)
    yield from _kept("Model", model)
    yield from _kept("EndpointConfig", configuration)
    yield from _endpoint(asked)
    yield from _component(asked)
    yield from _scaling(asked)
    yield from _versions_deleted("EndpointConfig", asked.name, but=configuration["EndpointConfigName"])
    yield from _versions_deleted("Model", asked.name, but=model["ModelName"])


def delete(name: str) -> Plan:
    """Remove whatever `deploy` made under this name, scaling first, so that nothing wakes meanwhile."""
    yield Call("cloudwatch", "DeleteAlarms", {"AlarmNames": [requests.alarm(name)]})
    # Takes its policies along.
    yield Call("application-autoscaling", "DeregisterScalableTarget", requests.scalable_target(name))
    for kind, what in (("InferenceComponent", requests.component(name)), ("Endpoint", name)):
        if (yield _sagemaker("Describe", kind, what)) is not None:
            yield _sagemaker("Delete", kind, what)
            while (yield _sagemaker("Describe", kind, what, until=_GONE)) is not None:
                pass
    yield from _versions_deleted("EndpointConfig", name)
    yield from _versions_deleted("Model", name)


def _kept(kind: str, parameters: dict[str, Any]) -> Plan:
    """Something that never changes: its name tells whether it is there."""
    name = parameters[f"{kind}Name"]
    if (yield _sagemaker("Describe", kind, name)) is None:
        yield from _changed("Create", kind, parameters)


def _endpoint(asked: Deployment) -> Plan:
    wanted = requests.create_endpoint(asked)
    stands = yield _sagemaker("Describe", "Endpoint", asked.name)
    if stands is None:
        stands = yield from _changed("Create", "Endpoint", wanted)
    stands = yield from _settled("Endpoint", asked.name, stands)
    if not _same(stands, wanted):
        stands = yield from _changed("Update", "Endpoint", wanted)
        stands = yield from _settled("Endpoint", asked.name, stands)
        if not _same(stands, wanted):
            raise NotDeployable(f"endpoint {asked.name}: AWS went back to what stood before; see its events")


def _component(asked: Deployment) -> Plan:
    name = requests.component(asked.name)
    wanted = requests.update_inference_component(asked)
    stands = yield _sagemaker("Describe", "InferenceComponent", name)
    if stands is None:
        create = requests.create_inference_component(asked)
        stands = yield from _changed("Create", "InferenceComponent", create)
    stands = yield from _settled("InferenceComponent", name, stands)
    if not _same(stands, wanted):
        stands = yield from _changed("Update", "InferenceComponent", wanted)
        stands = yield from _settled("InferenceComponent", name, stands)
        # Only the model: AWS may round or leave out the rest, which then is updated again next time.
        model = {"ModelName": wanted["Specification"]["ModelName"]}
        if not _same(stands.get("Specification"), model):
            raise NotDeployable(f"component {name}: AWS went back to what stood before; see its logs")


def _scaling(asked: Deployment) -> Plan:
    """Each of these makes or overwrites."""
    yield Call("application-autoscaling", "RegisterScalableTarget", requests.register_scalable_target(asked))
    yield Call("application-autoscaling", "PutScalingPolicy", requests.target_tracking(asked))
    if asked.min_copies == 0:
        policy = yield Call("application-autoscaling", "PutScalingPolicy", requests.step_from_zero(asked))
        assert policy is not None
        yield Call("cloudwatch", "PutMetricAlarm", requests.alarm_from_zero(asked, policy["PolicyARN"]))
    else:
        yield Call("cloudwatch", "DeleteAlarms", {"AlarmNames": [requests.alarm(asked.name)]})
        step = requests.delete_step_from_zero(asked.name)
        yield Call("application-autoscaling", "DeleteScalingPolicy", step)


def _versions_deleted(kind: str, name: str, but: str | None = None) -> Plan:
    for version in (yield from _versions(kind, name)):
        if version != but:
            yield _sagemaker("Delete", kind, version)


def _versions(kind: str, name: str) -> _Listing:
    """The names of all versions of a model or a configuration that `deploy` made for this endpoint."""
    stem = f"{name}-"
    asked: dict[str, Any] = {"NameContains": stem}
    found: list[str] = []
    while True:
        page = yield Call("sagemaker", f"List{kind}s", dict(asked))
        assert page is not None
        for row in page.get(f"{kind}s", []):
            yield _sagemaker("Describe", kind, row[f"{kind}Name"])
            found.append(row[f"{kind}Name"])
        token = page.get("NextToken")
        if not token or token == asked.get("NextToken"):
            return [name for name in found if re.fullmatch(re.escape(stem) + "[0-9a-f]{8}", name)]
        asked["NextToken"] = token


def _changed(verb: str, kind: str, parameters: dict[str, Any]) -> _Reading:
    """Create or update; then the SDK reads it back."""
    yield Call("sagemaker", f"{verb}{kind}", parameters)
    return (yield _sagemaker("Describe", kind, parameters[f"{kind}Name"]))


def _settled(kind: str, name: str, stands: Answer) -> Generator[Call, Answer, Mapping[str, Any]]:
    """Wait until it is in service. Raises NotDeployable if it breaks instead."""
    while stands is None or stands[f"{kind}Status"] != "InService":
        if stands is not None and stands[f"{kind}Status"] in _BROKEN:
            reason = stands.get("FailureReason") or "no reason given"
            raise NotDeployable(
                f"{kind} {name} is {stands[f'{kind}Status']}: {reason} (--delete, then deploy again)"
            )
        stands = yield _sagemaker("Describe", kind, name, until="InService")
    return stands


def _same(stands: Any, wanted: Any) -> bool:
    """Whether what stands has everything that is wanted; AWS adds fields of its own."""
    if isinstance(wanted, Mapping):
        return isinstance(stands, Mapping) and all(_same(stands.get(k), v) for k, v in wanted.items())
    return bool(stands == wanted)


def _sagemaker(verb: str, kind: str, name: str, until: str | None = None) -> Call:
    return Call("sagemaker", f"{verb}{kind}", {f"{kind}Name": name}, until)
