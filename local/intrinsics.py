"""CloudFormation's YAML: its tags, and what they stand for once parameters and resources are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

NO_VALUE = object()
REGION = "us-east-1"
ACCOUNT = "123456789012"

_PLACE = re.compile(r"\$\{([^!}][^}]*)\}")


class TemplateError(ValueError):
    """The template says something this reader does not understand; the message says where."""


class _Loader(yaml.SafeLoader):
    """YAML with ``!Ref x`` and its like read as the long form ``{"Ref": "x"}``."""


def _tagged(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _tagged)


def load_yaml(text: str) -> Any:
    """The template's text as plain data, tags in their long form; raises TemplateError for broken YAML."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with CloudFormation's tags
    except yaml.YAMLError as error:
        raise TemplateError(f"not YAML: {error}") from error


class Resolver:
    """Works out intrinsic functions.

    ``resources`` gives a resource's ``Ref`` under its logical id and an attribute under ``Id.Attribute``.
    """

    def __init__(
        self, parameters: Mapping[str, Any], resources: Mapping[str, str], conditions: Mapping[str, Any]
    ) -> None:
        self._conditions = conditions
        self._values: dict[str, Any] = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "shopwright",
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shopwright/local",
            "AWS::NoValue": NO_VALUE,
            **parameters,
            **resources,
        }

    def resolve(self, value: Any, where: str) -> Any:
        """The value with every intrinsic worked out; ``where`` names the place in errors."""
        if isinstance(value, list):
            items = [self.resolve(item, f"{where}[{place}]") for place, item in enumerate(value)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name == "Condition" or str(name).startswith("Fn::"):
                return self._intrinsic(name, argument, where)
        resolved = {key: self.resolve(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _intrinsic(self, name: str, argument: Any, where: str) -> Any:
        if name == "Ref":
            return self._value(argument, where)
        if name == "Fn::GetAtt":
            return self._value(".".join(argument), where)
        if name == "Fn::Sub":
            return self._sub(argument, where)
        if name == "Fn::If":
            condition, then, otherwise = argument
            return self.resolve(then if self._holds(condition, where) else otherwise, where)
        if name == "Fn::Join":
            separator, parts = argument
            return separator.join(str(part) for part in self.resolve(parts, where))
        if name == "Condition":
            return self._holds(argument, where)
        if name == "Fn::Equals":
            left, right = (self.resolve(side, where) for side in argument)
            return str(left) == str(right)
        if name == "Fn::Not":
            return not self.resolve(argument[0], where)
        if name in {"Fn::And", "Fn::Or"}:
            parts = [self.resolve(part, where) for part in argument]
            return all(parts) if name == "Fn::And" else any(parts)
        raise TemplateError(f"{where}: {name} is not supported locally")

    def _value(self, name: str, where: str) -> Any:
        if name not in self._values:
            raise TemplateError(f"{where}: nothing is known of {name} (no value given, no default)")
        return self._values[name]

    def _holds(self, condition: str, where: str) -> bool:
        if condition not in self._conditions:
            raise TemplateError(f"{where}: there is no condition {condition}")
        return bool(self.resolve(self._conditions[condition], f"Conditions.{condition}"))

    def _sub(self, argument: Any, where: str) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: self.resolve(value, where) for name, value in own.items()}

        def fill(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            return str(own[name] if name in own else self._value(name, where))

        return _PLACE.sub(fill, text).replace("${!", "${")
