"""Vector indexes hung on moto's tables: which a table has, and keeping them up to date with its items."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from local.vector_index import IndexDefinition, Key, VectorError, VectorRows


def indexes_of(table: Table) -> dict[str, VectorRows]:
    """The table's vector indexes by name."""
    return table.__dict__.setdefault("vector_indexes", {})


def follow_write(table: Table, key: Key) -> None:
    """Brings the table's vector indexes up to date with what is now stored under the key."""
    if not indexes_of(table):
        return
    item = table.get_item(*key)
    values = values_of(item, table) if item else None
    for rows in indexes_of(table).values():
        rows.write(key, values)


def values_of(item: Item, table: Table) -> dict[str, Any]:
    """Those attributes of the item that the table's vector indexes read, as plain values."""
    wanted = {name for rows in indexes_of(table).values() for name in _indexed(rows.definition)}
    return {name: _plain(item.attrs[name]) for name in wanted if name in item.attrs}


def _plain(value: DynamoType) -> dict[str, Any]:
    """A scalar or a list of scalars as DynamoDB writes it; moto's own way copies a vector twice."""
    if value.is_list():
        return {value.type: [{element.type: element.value} for element in value.value]}
    return {value.type: value.value}


def _indexed(definition: IndexDefinition) -> tuple[str, ...]:
    return (definition.attribute, *definition.schema_attributes)


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what an index refuses into DynamoDB's ValidationException."""
    try:
        yield
    except VectorError as error:
        raise MockValidationException(str(error)) from error


def put_back(table: Table, key: Key, item: Item | None) -> None:
    """Stores the item as it was (None: it was not there), with no checks, and follows it in the indexes."""
    hash_key, range_key = key
    place = table.items[hash_key] if range_key else table.items
    if item is None:
        place.pop(range_key or hash_key, None)
        if range_key and not place:
            del table.items[hash_key]
    else:
        place[range_key or hash_key] = item
    follow_write(table, key)
