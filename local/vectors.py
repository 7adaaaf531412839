"""DynamoDB's native vector search for moto, which has none: ``install()`` teaches moto ``SearchVectors``.

What it promises, as AWS does: ``VectorIndexes`` of CreateTable, UpdateTable and DescribeTable; searches with
TopK 1 to 100; COSINE and EUCLIDEAN scores are distances (smaller is nearer), DOT_PRODUCT the other way;
equality conditions over the SearchSchema; an item without the vector or the index's HASH attribute is left
out; a write whose vector has the wrong length or type is refused. Where it differs: it is exact and up to
date at once, while DynamoDB's search is approximate and its index follows the table a moment later; and it
reports no consumed capacity.

It works in process (``mock_aws``) and in moto's server.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from moto import backend_index
from moto.core.responses import ActionResult
from moto.dynamodb import urls
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from local.vector_index import MAX_INDEXES, IndexDefinition, VectorError, VectorRows
from local.vector_search import search_vectors
from local.vector_tables import follow_write, indexes_of, put_back, refusals, values_of

# The SDK sends SearchVectors to hosts of its own.
_SEARCH_HOSTS = [
    r"https?://search-dynamodb\.(.+)\.amazonaws\.com",
    r"https?://(.+)\.search-ddb\.(.+)\.amazonaws\.com",
]


def install() -> None:
    """Adds vector indexes and SearchVectors to moto, once per process; a second call does nothing."""
    if hasattr(DynamoHandler, "search_vectors"):
        return
    for host in _SEARCH_HOSTS:
        urls.url_bases.append(host)
        backend_index.backend_url_patterns.append(("dynamodb", re.compile(host)))
    DynamoHandler.search_vectors = search_vectors
    DynamoHandler.create_table = _creating(DynamoHandler.create_table)
    DynamoHandler.update_table = _updating(DynamoHandler.update_table)
    Table.describe = _describing(Table.describe)
    Table.put_item = _putting(Table.put_item)
    Table.delete_item = _deleting(Table.delete_item)
    DynamoDBBackend.update_item = _updating_item(DynamoDBBackend.update_item)


def _creating(create_table: Callable[..., Any]) -> Callable[..., Any]:
    def create(self: DynamoHandler) -> ActionResult:
        wanted = self.body.get("VectorIndexes")
        if not wanted:
            return create_table(self)
        with refusals():
            definitions = _definitions(wanted, self.body)
        # moto refuses attribute definitions that no key uses: it sees only the others.
        attributes = self.body["AttributeDefinitions"]
        keys = [element["AttributeName"] for element in self.body["KeySchema"]]
        for index in [
            *self.body.get("GlobalSecondaryIndexes", []),
            *self.body.get("LocalSecondaryIndexes", []),
        ]:
            keys += [element["AttributeName"] for element in index["KeySchema"]]
        searched = {name for definition in definitions for name in definition.schema_attributes}
        self.body["AttributeDefinitions"] = [
            attribute
            for attribute in attributes
            if attribute["AttributeName"] in keys or attribute["AttributeName"] not in searched
        ]
        create_table(self)
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        table.attr = attributes
        indexes_of(table).update({definition.name: VectorRows(definition) for definition in definitions})
        return DynamoResult(table.describe())

    return create


def _definitions(wanted: list[dict[str, Any]], body: dict[str, Any]) -> list[IndexDefinition]:
    definitions = [IndexDefinition.read(index) for index in wanted]
    if body.get("BillingMode") != "PAY_PER_REQUEST":
        raise VectorError("Vector indexes need a table with BillingMode PAY_PER_REQUEST")
    _check_together(definitions, body.get("AttributeDefinitions", []))
    return definitions


def _check_together(definitions: list[IndexDefinition], attributes: list[dict[str, str]]) -> None:
    if len(definitions) > MAX_INDEXES:
        raise VectorError(f"A table can have {MAX_INDEXES} vector indexes at most")
    if len({definition.name for definition in definitions}) != len(definitions):
        raise VectorError("Vector index names must be unique within the table")
    lengths = {(definition.attribute, definition.dimensions) for definition in definitions}
    if len({attribute for attribute, _ in lengths}) != len(lengths):
        raise VectorError("Vector indexes on one attribute must have the same number of dimensions")
    defined = {attribute["AttributeName"] for attribute in attributes}
    if any(name not in defined for definition in definitions for name in definition.schema_attributes):
        raise VectorError("One element in SearchSchema is not defined in attribute definitions")


def _updating(update_table: Callable[..., Any]) -> Callable[..., Any]:
    def update(self: DynamoHandler) -> ActionResult:
        changes = self.body.get("VectorIndexUpdates")
        if not changes:
            return update_table(self)
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        attributes = self.body.pop("AttributeDefinitions", None) or table.attr
        with refusals():
            if len(changes) > 1:
                raise VectorError("Only one vector index can be created or deleted in one UpdateTable call")
            [change] = changes
            if "Delete" in change:
                if indexes_of(table).pop(change["Delete"]["IndexName"], None) is None:
                    raise VectorError(f"No vector index {change['Delete']['IndexName']} on {table.name}")
            else:
                definition = IndexDefinition.read(change["Create"])
                others = [rows.definition for rows in indexes_of(table).values()]
                _check_together([*others, definition], attributes)
                rows = indexes_of(table)[definition.name] = VectorRows(definition)
                for item in table.all_items():
                    # An item that was written before the index and does not fit it is left out of it.
                    try:
                        rows.write((item.hash_key, item.range_key), values_of(item, table))
                    except VectorError:
                        continue
        update_table(self)
        table.attr = attributes
        return DynamoResult(table.describe())

    return update


def _describing(describe: Callable[..., Any]) -> Callable[..., Any]:
    def described(self: Table, base_key: str = "TableDescription") -> dict[str, Any]:
        results = describe(self, base_key)
        if indexes_of(self):
            results[base_key]["VectorIndexes"] = [
                _description(rows, self) for rows in indexes_of(self).values()
            ]
        return results

    return described


def _description(rows: VectorRows, table: Table) -> dict[str, Any]:
    definition = rows.definition
    schema = [
        {"AttributeName": name, "SearchSchemaElementType": "INLINE_FILTER"} for name in definition.filters
    ]
    if definition.hash_attribute:
        schema.insert(0, {"AttributeName": definition.hash_attribute, "SearchSchemaElementType": "HASH"})
    return {
        "IndexName": definition.name,
        "IndexArn": f"{table.table_arn}/index/{definition.name}",
        "IndexStatus": "ACTIVE",
        "Backfilling": False,
        "VectorAttribute": {"AttributeName": definition.attribute},
        "Dimensions": definition.dimensions,
        "DistanceFunction": definition.distance,
        "Projection": definition.projection,
        "ItemCount": len(rows),
        **({"SearchSchema": schema} if schema else {}),
    }


def _putting(put_item: Callable[..., Any]) -> Callable[..., Any]:
    def put(self: Table, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        with refusals():
            for rows in indexes_of(self).values():
                rows.row(item_attrs)
        item = put_item(self, item_attrs, *args, **kwargs)
        follow_write(self, (item.hash_key, item.range_key))
        return item

    return put


def _deleting(delete_item: Callable[..., Any]) -> Callable[..., Any]:
    def delete(self: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        item = delete_item(self, hash_key, range_key)
        follow_write(self, (hash_key, range_key))
        return item

    return delete


def _updating_item(update_item: Callable[..., Any]) -> Callable[..., Any]:
    def update(
        self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Item:
        table = self.get_table(table_name)
        if not indexes_of(table):
            return update_item(self, table_name, key, *args, **kwargs)
        place = self.get_keys_value(table, key)
        before = copy.deepcopy(table.get_item(*place))
        item = update_item(self, table_name, key, *args, **kwargs)
        try:
            with refusals():
                follow_write(table, place)
        except MockValidationException:
            # moto has already changed the item, DynamoDB would not have.
            put_back(table, place, before)
            raise
        return item

    return update
