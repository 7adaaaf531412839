"""The part of JSON Schema that a text can be held to while it is written.

What is outside it is refused by name: a grammar that cannot be made would end the whole batch, and a keyword
passed over in silence would promise what is not kept.
"""

from __future__ import annotations

from typing import Any

_DEPTH = 12
_NODES = 400
_ENUM = 256
_REPEATS = 1024  # of items or characters: each is a state of the grammar
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_NOTES = {"title", "description", "default", "examples", "$schema", "$id", "$comment"}
_PAIRS = (("minItems", "maxItems"), ("minLength", "maxLength"), ("minimum", "maximum"))
_KEYWORDS = {"type", "enum", "const", "anyOf", "$ref", "$defs", "minimum", "maximum"}
_KEYWORDS |= {"properties", "required", "additionalProperties"}
_KEYWORDS |= {"items", "minItems", "maxItems", "minLength", "maxLength"}


class SchemaRefused(Exception):
    """`path` is where in the schema."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path = path


def check(schema: dict[str, Any]) -> None:
    """Raises SchemaRefused at the first thing that is unknown, contradicts itself or is too large."""
    definitions = schema.get("$defs", {})
    if not isinstance(definitions, dict):
        raise SchemaRefused("must be an object", "$defs")
    left = _NODES

    def visit(node: Any, path: tuple[str, ...]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise SchemaRefused(f"the schema has more than {_NODES} parts", *path)
        if len(path) > 2 * _DEPTH:
            raise SchemaRefused(f"nested deeper than {_DEPTH}", *path)
        if not isinstance(node, dict):
            raise SchemaRefused("must be a schema object", *path)
        for keyword in node:
            if keyword not in _KEYWORDS | _NOTES:
                raise SchemaRefused("this keyword is not supported", *path, keyword)
        _check_values(node, path, definitions)
        for name, part in node.get("properties", {}).items():
            visit(part, (*path, "properties", name))
        for name, part in node.get("$defs", {}).items():
            visit(part, (*path, "$defs", name))
        for place, part in enumerate(node.get("anyOf", [])):
            visit(part, (*path, "anyOf", str(place)))
        if "items" in node:
            visit(node["items"], (*path, "items"))
        if not isinstance(node.get("additionalProperties", False), bool):
            visit(node["additionalProperties"], (*path, "additionalProperties"))

    visit(schema, ())


def _check_values(node: dict[str, Any], path: tuple[str, ...], definitions: dict[str, Any]) -> None:
    def need(holds: bool, message: str, keyword: str) -> None:
        if keyword in node and not holds:
            raise SchemaRefused(message, *path, keyword)

    types = node.get("type", [])
    types = types if isinstance(types, list) else [types]
    need(bool(types) and all(isinstance(one, str) and one in _TYPES for one in types), "no such type", "type")
    for keyword in ("properties", "$defs"):
        need(isinstance(node.get(keyword), dict), "must be an object", keyword)
    need(_strings(node.get("required")), "must be a list of names", "required")
    named = node.get("properties", {})
    for name in node.get("required", []):
        need(name in named, f"{name!r} is not among the properties", "required")
    need(_short_list(node.get("enum"), _ENUM), f"must be a list of 1 to {_ENUM} values", "enum")
    need(_short_list(node.get("anyOf"), _ENUM), "must be a list of schemas", "anyOf")
    reference = node.get("$ref")
    known = isinstance(reference, str) and reference.removeprefix("#/$defs/") in definitions
    need(known, "must name one of the schema's own $defs", "$ref")
    for least, most in _PAIRS:
        whole = least != "minimum"
        message = f"must be a whole number up to {_REPEATS}" if whole else "must be a number"
        for keyword in (least, most):
            need(_bound(node.get(keyword), whole), message, keyword)
        if least in node and most in node:
            need(node[least] <= node[most], f"is less than {least}", most)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _short_list(value: Any, most: int) -> bool:
    return isinstance(value, list) and 0 < len(value) <= most


def _bound(value: Any, whole: bool) -> bool:
    if isinstance(value, bool):
        return False
    if whole:
        return isinstance(value, int) and 0 <= value <= _REPEATS
    return isinstance(value, int | float)
