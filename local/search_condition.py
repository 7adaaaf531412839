"""The expressions of a SearchVectors request: its condition, and the names it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local.vector_index import Condition, IndexDefinition, VectorError, comparable

_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]])|([#:]?[A-Za-z0-9_\-]+))")


def read_condition(
    definition: IndexDefinition,
    expression: str | None,
    names: Mapping[str, str],
    values: Mapping[str, Mapping[str, Any]],
    reserved: set[str],
) -> Condition:
    """Reads a SearchConditionExpression: ``a = :x AND #b = :y``, equality over the SearchSchema's attributes.

    Returns what each attribute has to equal. Raises VectorError for another operator, an attribute outside
    the schema, a nested path, a reserved word, a placeholder without a value, or a missing HASH attribute.
    """
    if not expression:
        if definition.hash_attribute:
            raise VectorError("SearchConditionExpression must be provided when SearchSchema has a HASH key")
        return {}
    condition: Condition = {}
    tokens = _tokens(expression)
    while tokens:
        if len(tokens) >= 2 and tokens[1] in {".", "["}:
            raise VectorError("SearchConditionExpression can name top-level attributes only")
        if len(tokens) < 3 or tokens[1] != "=":
            raise VectorError("Invalid comparator used in SearchConditionExpression")
        name, placeholder = resolve_name(tokens[0], names, reserved), tokens[2]
        if name not in definition.schema_attributes:
            raise VectorError(f"{name} is not in the SearchSchema of index {definition.name}")
        if not placeholder.startswith(":") or placeholder not in values:
            raise VectorError(
                f"An expression attribute value used in expression is not defined; value: {placeholder}"
            )
        if name in condition:
            raise VectorError(f"SearchConditionExpression has more than one condition on {name}")
        condition[name] = comparable(values[placeholder])
        tokens = tokens[3:]
        if tokens:
            if tokens[0].upper() != "AND" or len(tokens) == 1:
                raise VectorError("Invalid comparator used in SearchConditionExpression")
            tokens = tokens[1:]
    if definition.hash_attribute and definition.hash_attribute not in condition:
        raise VectorError(
            f"SearchConditionExpression must have a condition on the HASH key {definition.hash_attribute}"
        )
    return condition


def _tokens(expression: str) -> list[str]:
    tokens, place = [], 0
    while place < len(expression.rstrip()):
        match = _TOKEN.match(expression, place)
        if match is None:
            raise VectorError(f"Invalid SearchConditionExpression: Syntax error; near {expression[place:]!r}")
        tokens.append(match.group(1) or match.group(2))
        place = match.end()
    return tokens


def resolve_name(name: str, names: Mapping[str, str], reserved: set[str]) -> str:
    """An attribute's own name behind ``#alias``; a reserved word may only be written as an alias."""
    if name.startswith("#"):
        if name not in names:
            raise VectorError(
                f"An expression attribute name used in the document path is not defined; name: {name}"
            )
        return names[name]
    if name.upper() in reserved:
        raise VectorError(f"Attribute name is a reserved keyword; reserved keyword: {name}")
    return name
