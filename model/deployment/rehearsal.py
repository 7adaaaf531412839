"""Answers as AWS would give them, without AWS: what a dry run plans with.

Two situations: nothing of that name is there, or an older version of everything is.
"""

from __future__ import annotations

from typing import Any

from .plan import Answer, Call

_OLDER = "00000000"
# Stands for the one value of a plan that only AWS knows.
POLICY_ARN = "arn:aws:autoscaling:REGION:ACCOUNT:scalingPolicy:ID:policyName/"


class Rehearsal:
    """A small SageMaker: it remembers names; what is created or updated takes one more look to settle.

    Args:
        name: the endpoint's.
        existing: whether an older version stands already.
    """

    def __init__(self, name: str, *, existing: bool) -> None:
        self._things: dict[tuple[str, str], dict[str, Any]] = {}
        if existing:
            self._put("Model", {"ModelName": f"{name}-{_OLDER}"})
            self._put("EndpointConfig", {"EndpointConfigName": f"{name}-{_OLDER}"})
            self._put(
                "Endpoint",
                {"EndpointName": name, "EndpointConfigName": f"{name}-{_OLDER}"},
                "InService",
            )
            self._put(
                "InferenceComponent",
                {
                    "InferenceComponentName": name,
                    "EndpointName": name,
                    "Specification": {"ModelName": f"{name}-{_OLDER}"},
                },
                "InService",
            )

    def __call__(self, call: Call) -> Answer:
        """The answer to the call; None where AWS would say that there is no such thing."""
        if call.operation == "PutScalingPolicy":
            return {"PolicyARN": POLICY_ARN + call.parameters["PolicyName"], "Alarms": []}
        if call.service != "sagemaker":
            return {}
        if call.operation.startswith("List"):
            return self._listed(call.operation.removeprefix("List").removesuffix("s"), call.parameters)
        verb, kind = _split(call.operation)
        key = (kind, call.parameters[f"{kind}Name"])
        if verb == "Describe":
            return self._described(key)
        if verb == "Delete":
            del self._things[key]
            return {}
        self._put(kind, call.parameters, "Creating" if verb == "Create" else "Updating")
        return {f"{kind}Arn": _arn(*key)}

    def _put(self, kind: str, parameters: dict[str, Any], status: str | None = None) -> None:
        key = (kind, parameters[f"{kind}Name"])
        stood = self._things.get(key, {f"{kind}Arn": _arn(*key)})
        self._things[key] = stood | parameters | ({f"{kind}Status": status} if status else {})

    def _described(self, key: tuple[str, str]) -> Answer:
        thing = self._things.get(key)
        if thing is None:
            return None
        seen = dict(thing)
        if f"{key[0]}Status" in thing:
            thing[f"{key[0]}Status"] = "InService"
        return seen

    def _listed(self, kind: str, parameters: dict[str, Any]) -> Answer:
        part = parameters["NameContains"]
        rows = [
            {f"{kind}Name": name, f"{kind}Arn": _arn(kind, name)}
            for of, name in self._things
            if of == kind and part in name
        ]
        return {f"{kind}s": rows}


def _split(operation: str) -> tuple[str, str]:
    verb = next(verb for verb in ("Create", "Describe", "Update", "Delete") if operation.startswith(verb))
    return verb, operation.removeprefix(verb)


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:123456789012:{kind.lower()}/{name}"
