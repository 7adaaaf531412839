"""The part of JSON Schema that a text can be held to while it is written.

What is outside it is refused by name: a grammar that cannot be made would end the whole batch, and a keyword
passed over in silence would promise what is not kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_DEPTH = 12
_NODES = 400
_ENUM = 256
_CHARACTERS = 20_000
# Of items or characters, in the whole schema: each is a state of the grammar, which is made while the batch waits.
_REPEATS = 256
_EXACT = 2**53  # whole numbers up to here are the same in every JSON reader
_SCALARS = {"string", "number", "integer", "boolean", "null"}
_TYPES = _SCALARS | {"object", "array"}
_NOTES = {"title", "description", "default", "examples", "$schema", "$id", "$comment"}
# What each keyword limits: without that type in its schema it would limit nothing.
_LIMITS = {"properties": "object", "required": "object", "additionalProperties": "object"}
_LIMITS |= {"items": "array", "minItems": "array", "maxItems": "array"}
_LIMITS |= {"minLength": "string", "maxLength": "string", "minimum": "integer", "maximum": "integer"}
_PAIRS = (("minItems", "maxItems"), ("minLength", "maxLength"), ("minimum", "maximum"))
_REPEATING = ("minItems", "maxItems", "minLength", "maxLength")
# The engines read one of these and pass over the rest.
_ALONE = {"$ref": set[str](), "anyOf": set[str](), "enum": {"type"}, "const": {"type"}}
_KEYWORDS = {"type", "$defs", *_LIMITS, *_ALONE}
_DEFINITION = re.compile(r"#/\$defs/([\w.-]+)")
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')  # in a property's name the grammar's writer does not escape them


class SchemaRefused(Exception):
    """`path` is where in the schema."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path = path


def check(schema: dict[str, Any]) -> None:
    """Raises SchemaRefused at the first thing that is unknown, contradicts itself or is too large."""
    _check_size(schema)
    definitions = schema.get("$defs", {})
    if not isinstance(definitions, dict):
        raise SchemaRefused("must be an object", "$defs")
    left, repeats = _NODES, _REPEATS
    for path, node in _nodes(schema, ()):
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
        _check_together(node, path)
        repeats -= max(node.get(keyword, 0) for keyword in _REPEATING)
        if repeats < 0:
            raise SchemaRefused(f"all lengths together are more than {_REPEATS}", *path)
    _check_ends(definitions)


def _check_size(schema: dict[str, Any]) -> None:
    try:
        size = len(json.dumps(schema, allow_nan=False, ensure_ascii=False))
    except (ValueError, RecursionError):
        raise SchemaRefused("holds a number that is not finite, or is nested too deep") from None
    if size > _CHARACTERS:
        raise SchemaRefused(f"is {size} characters long, more than {_CHARACTERS}")
    level: list[Any] = [schema]
    for _ in range(4 * _DEPTH):  # counts what the notes hold, too: the engines read them all
        level = [part for value in level for part in _parts(value)]
    if level:
        raise SchemaRefused(f"nested deeper than {_DEPTH}")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _nodes(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A schema and all within it. Whoever iterates refuses what is malformed before going on."""
    yield path, node
    for keyword in ("properties", "$defs"):
        for name, part in node.get(keyword, {}).items():
            yield from _nodes(part, (*path, keyword, name))
    for place, part in enumerate(node.get("anyOf", [])):
        yield from _nodes(part, (*path, "anyOf", str(place)))
    if "items" in node:
        yield from _nodes(node["items"], (*path, "items"))
    if not isinstance(node.get("additionalProperties", False), bool):
        yield from _nodes(node["additionalProperties"], (*path, "additionalProperties"))


def _check_values(node: dict[str, Any], path: tuple[str, ...], definitions: dict[str, Any]) -> None:
    """Each keyword by itself."""

    def need(holds: bool, message: str, keyword: str) -> None:
        if keyword in node and not holds:
            raise SchemaRefused(message, *path, keyword)

    types = _types(node)
    known = 0 < len(types) <= len(_TYPES) and all(isinstance(one, str) and one in _TYPES for one in types)
    need(known, "no such type", "type")
    for keyword in ("properties", "$defs"):
        need(isinstance(node.get(keyword), dict), "must be an object", keyword)
    for name in node.get("properties", {}):
        need(not _UNSAFE.search(name), "names with quotes, backslashes, controls are not taken", "properties")
    need(_strings(node.get("required")), "must be a list of names", "required")
    need(_short_list(node.get("enum")), f"must be a list of 1 to {_ENUM} values", "enum")
    need(_short_list(node.get("anyOf")), f"must be a list of 1 to {_ENUM} schemas", "anyOf")
    for keyword, values in (("enum", node.get("enum", [])), ("const", [node.get("const")])):
        for value in values:
            need(_scalar(value), "takes texts, numbers up to 2**53, true, false and null", keyword)
            need(not types or _is(value, types), "is of another type", keyword)
    need(_defined(node.get("$ref")) in definitions, "must name one of the schema's own $defs", "$ref")
    for keyword in _REPEATING:
        length = node.get(keyword)
        need(
            isinstance(length, int) and _whole(length, 0, _REPEATS),
            f"must be a whole number up to {_REPEATS}",
            keyword,
        )
    for keyword in ("minimum", "maximum"):
        need(_whole(node.get(keyword), -_EXACT, _EXACT), "must be a whole number up to 2**53", keyword)


def _check_together(node: dict[str, Any], path: tuple[str, ...]) -> None:
    """The keywords of one schema with each other."""
    for alone, partners in _ALONE.items():
        for keyword in node.keys() - _NOTES - {"$defs", alone} - partners if alone in node else ():
            raise SchemaRefused(f"does not go together with {alone}", *path, keyword)
    types = _types(node)
    for keyword, wanted in _LIMITS.items():
        if keyword in node and wanted not in types:
            raise SchemaRefused(f"needs type {wanted}", *path, keyword)
    for keyword in ("minimum", "maximum"):
        if keyword in node and "number" in types:
            # The engines' grammar for limits with a fraction lets numbers beyond them pass.
            raise SchemaRefused(
                "limits whole numbers only: needs type integer without number", *path, keyword
            )
    for name in node.get("required", []):
        if name not in node.get("properties", {}):
            raise SchemaRefused(f"{name!r} is not among the properties", *path, "required")
    for keyword in ("minItems", "maxItems"):
        if keyword in node and "items" not in node:
            raise SchemaRefused("needs items", *path, keyword)
    for least, most in _PAIRS:
        if least in node and most in node and node[least] > node[most]:
            raise SchemaRefused(f"is less than {least}", *path, most)


def _check_ends(definitions: dict[str, Any]) -> None:
    """A definition that always holds itself again has no text that ends."""
    ends: set[str | None] = set()

    def can_end(node: dict[str, Any]) -> bool:
        if "$ref" in node:
            return _defined(node["$ref"]) in ends
        if "anyOf" in node:
            return any(can_end(part) for part in node["anyOf"])
        types = set(_types(node))
        if not types or types & _SCALARS:
            return True
        if "array" in types and (not node.get("minItems") or can_end(node["items"])):
            return True
        return "object" in types and all(
            can_end(node["properties"][name]) for name in node.get("required", [])
        )

    for _ in definitions:
        ends |= {name for name, node in definitions.items() if can_end(node)}
    for name in definitions:
        if name not in ends:
            raise SchemaRefused("no text of this ever ends", "$defs", name)


def _types(node: dict[str, Any]) -> list[Any]:
    types = node.get("type", [])
    return types if isinstance(types, list) else [types]


def _defined(reference: Any) -> str | None:
    named = _DEFINITION.fullmatch(reference) if isinstance(reference, str) else None
    return named[1] if named else None


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _short_list(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _ENUM


def _scalar(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return value is None or isinstance(value, str | float)


def _is(value: Any, types: list[Any]) -> bool:
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, int | float):
        return "number" in types or ("integer" in types and value == value // 1)
    return ("null" if value is None else "string") in types


def _whole(value: Any, least: int, most: int) -> bool:
    """JSON knows one kind of number: 3.0 is whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most and value == value // 1
