"""template.yaml, read once: as it is written, as it runs here, and as it would be deployed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.intrinsics import Resolver, load_yaml
from local.template import load_template

ROOT = Path(__file__).parents[2]
TEMPLATE = load_template(ROOT / "template.yaml")
DOCUMENT: dict[str, Any] = load_yaml((ROOT / "template.yaml").read_text(encoding="utf-8"))
# Attributes that stand for the resource itself.
_ITSELF = ("", ".Arn", ".EndpointConfigName", ".EndpointName", ".ModelName", ".QueueName")


def resolved(value: Any, where: str, parameters: Mapping[str, Any]) -> Any:
    """The value with its intrinsics worked out; a resource stands for itself."""
    resources = {f"{name}{part}": name for name in DOCUMENT["Resources"] for part in _ITSELF}
    return Resolver(TEMPLATE.parameters | parameters, resources, DOCUMENT["Conditions"]).resolve(value, where)


def policies(function: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """The statements of a function's policies."""
    given = resolved(DOCUMENT["Resources"][function]["Properties"]["Policies"], function, parameters)
    return [statement for policy in given for statement in policy["Statement"]]
