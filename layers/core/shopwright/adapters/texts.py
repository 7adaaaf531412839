"""Kept copy on DynamoDB, in the catalogue table beside its product.

id          | sk         | holds
product:p-1 | TEXT#<id>  | document
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ..errors import Conflict, NotFound
from ..texts import StoredText
from .dynamodb import Item, beginning, error_code, pages, passing_failures, string

_PREFIX = "TEXT#"


class DynamoDBTexts:
    """Implements ports.Texts.

    Args:
        client: a boto3 DynamoDB client.
        table: the catalogue table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, texts: Sequence[StoredText]) -> None:
        """See ports.Texts."""
        for text in texts:
            self._put(text, "attribute_not_exists(sk)", {}, failing=None)

    def text(self, text_id: str) -> StoredText:
        """See ports.Texts."""
        product_id = text_id.rpartition(".")[0]
        for item in self._query(product_id, f"{_PREFIX}{text_id}"):
            return _text(item)
        raise NotFound("there is no text of that id")

    def of(self, product_id: str) -> list[StoredText]:
        """See ports.Texts."""
        found = [_text(item) for item in self._query(product_id, _PREFIX)]
        return sorted(found, key=lambda text: (text.history[0].at, text.text_id))

    def all_texts(self) -> Iterator[StoredText]:
        """See ports.Texts."""
        with passing_failures():
            for item in pages(
                self._client,
                "scan",
                TableName=self._table,
                FilterExpression="begins_with(sk, :prefix)",
                ExpressionAttributeValues={":prefix": string(_PREFIX)},
                ProjectionExpression="document",
            ):
                yield _text(item)

    def replace(self, text: StoredText, *, expected: StoredText) -> None:
        """See ports.Texts."""
        self._put(
            text,
            "document = :expected",
            {":expected": string(expected.model_dump_json())},
            failing="the text was changed by somebody else meanwhile; try again",
        )

    def _put(self, text: StoredText, condition: str, values: Item, *, failing: str | None) -> None:
        item = {
            "id": string(f"product:{text.product_id}"),
            "sk": string(f"{_PREFIX}{text.text_id}"),
            "document": string(text.model_dump_json()),
        }
        request = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        with passing_failures():
            try:
                self._client.put_item(**request, **({"ExpressionAttributeValues": values} if values else {}))
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                if failing:
                    raise Conflict(failing) from error

    def _query(self, product_id: str, prefix: str) -> Iterator[Item]:
        partition = ("id", f"product:{product_id}")
        return beginning(self._client, self._table, partition, prefix, consistent=True)


def _text(item: Item) -> StoredText:
    return StoredText.model_validate_json(item["document"]["S"])
