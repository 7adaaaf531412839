"""The SearchVectors operation, as a method of moto's DynamoDB handler."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from local.search_condition import read_condition, resolve_name
from local.vector_index import VectorError
from local.vector_tables import indexes_of, refusals

MAX_RESULTS = 100


def search_vectors(self: DynamoHandler) -> ActionResult:
    """SearchVectors: ``SearchResults`` of ``Item`` and ``Score``, most similar first."""
    body = self.body
    table = self.dynamodb_backend.get_table(body["TableName"])
    with refusals():
        rows = indexes_of(table).get(body["IndexName"])
        if rows is None:
            raise VectorError(f"The table does not have the specified index: {body['IndexName']}")
        if not 1 <= body["TopK"] <= MAX_RESULTS:
            raise VectorError("Provided TopK value is out of valid range")
        if any("N" not in number for number in body["SearchVector"]):
            raise VectorError("SearchVector must be a list of numbers")
        vector = rows.definition.measure([number["N"] for number in body["SearchVector"]])
        names = body.get("ExpressionAttributeNames", {})
        reserved = set(ReservedKeywords.get_reserved_keywords())
        condition = read_condition(
            rows.definition,
            body.get("SearchConditionExpression"),
            names,
            body.get("ExpressionAttributeValues", {}),
            reserved,
        )
        paths = _paths(body.get("ProjectionExpression"), names, reserved)
        allowed = rows.definition.projected(table.table_key_attrs)
        outside = {path[0].partition("[")[0] for path in paths} - (allowed or set())
        if allowed is not None and outside:
            raise VectorError(f"Vector index {rows.definition.name} does not project {sorted(outside)}")

    results = []
    for key, score in rows.nearest(vector, body["TopK"], condition):
        item = table.get_item(*key)
        if any(len(path) > 1 or "[" in path[0] for path in paths):
            attributes = item.project(paths).attrs
        else:
            wanted = {path[0] for path in paths} or allowed
            attributes = {
                name: value for name, value in item.attrs.items() if wanted is None or name in wanted
            }
        results.append({"Item": attributes, "Score": score})
    return DynamoResult({"SearchResults": results})


def _paths(expression: str | None, names: dict[str, str], reserved: set[str]) -> list[list[str]]:
    if expression is None:
        return []
    paths = [path.strip() for path in expression.split(",")]
    if not all(paths):
        raise VectorError("Invalid ProjectionExpression: Syntax error")
    return [[_step(step, names, reserved) for step in path.split(".")] for path in paths]


def _step(step: str, names: dict[str, str], reserved: set[str]) -> str:
    """One step of a path, ``name`` or ``name[0]``, with the attribute's own name."""
    name, bracket, element = step.partition("[")
    return resolve_name(name, names, reserved) + bracket + element
