"""What moto's DynamoDB lacks to behave like a database under several callers at once.

- Every operation is atomic: moto's server runs each request in a thread of its own, so that between the check
  of a condition and the write another request could slip in.
- A transaction that fails puts back the items it touched: moto copies whole tables, once per item of the
  transaction, which takes seconds as soon as a table holds vectors or a few thousand events.
- A transaction sent again with the same ClientRequestToken is applied once: moto applies it twice.
- An update of some hundred attributes works: moto's parser goes several calls deeper for each of them.
"""

from __future__ import annotations

import copy
import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local.vector_index import Key
from local.vector_tables import put_back

_RECURSION = 10_000  # an event of 200 products takes more than the 1,000 that Python allows

_operation = threading.RLock()
_transaction = threading.local()

# moto's own functions, as they are before install() wraps them.
_call_action = DynamoHandler.call_action
_handle_transaction = DynamoHandler.transact_write_items
_write_transaction = DynamoDBBackend.transact_write_items


def install() -> None:
    """Changes moto's DynamoDB in this process; a second call changes nothing more."""
    DynamoHandler.call_action = _one_at_a_time
    DynamoHandler.transact_write_items = _once_per_token
    DynamoDBBackend.transact_write_items = _all_or_nothing
    Table.__deepcopy__ = _deepcopy_table
    sys.setrecursionlimit(max(_RECURSION, sys.getrecursionlimit()))


class IdempotentParameterMismatch(ServiceException):
    """The same ClientRequestToken came with other items."""

    code = "IdempotentParameterMismatchException"
    message = "The ClientRequestToken was already used with other items"


def _one_at_a_time(self: DynamoHandler) -> Any:
    with _operation:
        return _call_action(self)


def _once_per_token(self: DynamoHandler) -> ActionResult:
    token = self.body.get("ClientRequestToken")
    if not token:
        return _handle_transaction(self)
    # DynamoDB remembers a token for ten minutes; the emulated one, for as long as it runs.
    seen: dict[str, str] = self.dynamodb_backend.__dict__.setdefault("transaction_tokens", {})
    digest = hashlib.sha256(repr(self.body["TransactItems"]).encode()).hexdigest()
    if token in seen:
        if seen[token] != digest:
            raise IdempotentParameterMismatch
        return ActionResult({})
    result = _handle_transaction(self)
    seen[token] = digest
    return result


def _all_or_nothing(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    touched = _touched(self, transact_items)
    try:
        with _tables_not_copied():
            _write_transaction(self, transact_items)
    except Exception:
        for table, key, item in touched:
            put_back(table, key, item)
        raise


def _touched(
    backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
) -> list[tuple[Table, Key, Item | None]]:
    """The items the transaction writes, as they are now; None where there is none."""
    touched = []
    for action in transact_items:
        for operation in action.values():
            table = backend.get_table(operation["TableName"])
            try:
                key = backend.get_keys_value(table, operation.get("Key") or operation.get("Item"))
            except MockValidationException:
                continue  # without a key nothing is written: moto's own check refuses it
            touched.append((table, key, copy.deepcopy(table.get_item(*key))))
    return touched


@contextmanager
def _tables_not_copied() -> Iterator[None]:
    _transaction.running = True
    try:
        yield
    finally:
        _transaction.running = False


def _deepcopy_table(self: Table, memo: dict[int, Any]) -> Table:
    if getattr(_transaction, "running", False):
        return self
    copied = Table.__new__(type(self))
    memo[id(self)] = copied
    copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return copied
