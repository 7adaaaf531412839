"""Makes moto's DynamoDB quick enough for a shop with vectors and thousands of events, with the same answers.

moto sorts the whole table for every query, turns a whole item (vector and all) inside out to read one of its
attributes, weighs every attribute of an item against every other on each write, parses the same update
expression again and again, and asks of every number in a vector which of ten kinds of value it is. Each
function here does what moto's own does; tests/local/test_speed.py holds them to it.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.core.parse import BaseJSONParser
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

# moto's limit: a little over DynamoDB's documented 400 kB.
_MAX_ITEM_BYTES = 405_000
_PLAIN = {"S", "B", "BOOL"}

_reading = threading.local()

# moto's own, as they are before install() replaces them.
_query = Table.query
_QUERY = inspect.signature(_query)
_project = Item.project
_cast_value = DynamoType.cast_value.fget
_deepcopy_value = DynamoType.__deepcopy__
_parse_update = UpdateExpressionParser.make
_write = BaseJSONSerializer._serialize_type_structure
_read = BaseJSONParser._parse_structure


def install() -> None:
    """Changes moto's DynamoDB in this process; a second call changes nothing more."""
    Table.query = _query_partition
    Table.all_items = _all_items
    Item.__init__ = _make_item
    Item.project = _project_attributes
    DynamoType.cast_value = property(_plain_value)
    DynamoType.__deepcopy__ = _share_vectors
    UpdateExpressionParser.make = staticmethod(lru_cache(maxsize=1000)(_parse_update))
    DepthFirstTraverser.nodes_to_be_processed = _kinds_of_node
    BaseJSONSerializer._serialize_type_structure = _write_structure
    BaseJSONParser._parse_structure = _read_structure


def _query_partition(self: Table, *args: Any, **kwargs: Any) -> Any:
    # A query of the table itself looks at one partition; moto asks all_items() for the table.
    asked = _QUERY.bind(self, *args, **kwargs).arguments
    _reading.partition = None if asked.get("index_name") else asked["hash_key"]
    try:
        return _query(self, *args, **kwargs)
    finally:
        _reading.partition = None


def _all_items(self: Table) -> list[Item]:
    partition = getattr(_reading, "partition", None)
    if partition is None:
        stored = list(self.items.values())
    else:
        stored = [self.items[partition]] if partition in self.items else []
    if self.range_key_attr is None:
        return sorted(stored, key=lambda item: item.hash_key.cast_value)
    return sorted(
        (item for items in stored for item in items.values()),
        key=lambda item: (item.hash_key.cast_value, item.range_key.cast_value),
    )


def _make_item(self: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    self.hash_key = hash_key
    self.range_key = range_key
    self.attrs = LimitedSizeDict()
    size = 0
    for name, value in attrs.items():
        attribute = DynamoType(value)
        size += bytesize(name) + attribute.size()
        dict.__setitem__(self.attrs, name, attribute)
    if size > _MAX_ITEM_BYTES:
        raise ItemSizeTooLarge


def _project_attributes(self: Item, projection_expressions: list[list[str]]) -> Item:
    if any(len(path) > 1 or "[" in path[0] for path in projection_expressions):
        return _project(self, projection_expressions)
    chosen = Item(self.hash_key, self.range_key, {})
    for [name] in projection_expressions:
        if name in self.attrs:
            dict.__setitem__(chosen.attrs, name, self.attrs[name])
    return chosen


def _plain_value(self: DynamoType) -> Any:
    return self.value if self.type in _PLAIN else _cast_value(self)


def _share_vectors(self: DynamoType, memo: dict[int, Any]) -> DynamoType:
    # Updates replace the numbers of a list, they do not change one in place: two copies can share them.
    if self.type != "L" or not self.value or any(element.type != "N" for element in self.value):
        return _deepcopy_value(self, memo)
    copied = DynamoType.__new__(DynamoType)
    copied.type, copied.value = self.type, list(self.value)
    return copied


def _kinds_of_node(self: DepthFirstTraverser) -> tuple[type, ...]:
    # moto says that it keeps this, and works it out again for every node.
    kept = self.__dict__.get("kinds_of_node")
    if kept is None:
        kept = self.kinds_of_node = tuple(self._processing_map())
    return kept


def _write_structure(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue":
        serialized[key] = _converted(value, self._base64)
    else:
        _write(self, serialized, value, shape, key)


def _read_structure(self: BaseJSONParser, shape: Any, value: Any) -> Any:
    return (
        _converted(value, self._blob_parser) if shape.name == "AttributeValue" else _read(self, shape, value)
    )


def _converted(value: dict[str, Any], convert: Callable[[Any], Any]) -> dict[str, Any]:
    """An attribute value with its bytes converted, however deep they are."""
    if len(value) != 1:
        return {kind: content for kind, content in value.items() if content is not None}
    [(kind, content)] = value.items()
    if kind == "L":
        return {kind: [_converted(element, convert) for element in content]}
    if kind == "M":
        return {kind: {name: _converted(element, convert) for name, element in content.items()}}
    if kind == "B":
        return {kind: convert(content)}
    return {kind: [convert(element) for element in content]} if kind == "BS" else value
