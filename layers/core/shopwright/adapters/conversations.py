"""Conversations on DynamoDB, in their customer's partition, so that they go with it.

customer_id | sk                | holds
c-001       | CONVERSATION#<id> | the last question that stands for itself, and its product (TTL)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..ports import Turn
from .dynamodb import Item, beginning, number, passing_failures, string

_KEPT = timedelta(hours=1)
_PREFIX = "CONVERSATION#"


class DynamoDBConversations:
    """Implements ports.Conversations.

    Args:
        client: a boto3 dynamodb client.
        table: the customers table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def last_turn(self, customer_id: str, conversation_id: str, now: datetime) -> Turn | None:
        """See ports.Conversations."""
        with passing_failures():
            items = self._client.query(
                TableName=self._table,
                KeyConditionExpression="customer_id = :customer AND sk = :sk",
                ExpressionAttributeValues={
                    ":customer": string(customer_id),
                    ":sk": string(f"{_PREFIX}{conversation_id}"),
                },
            )["Items"]
        return _turn(items[0], now) if items else None

    def keep_turn(self, customer_id: str, conversation_id: str, turn: Turn, now: datetime) -> None:
        """See ports.Conversations."""
        values = {
            ":question": string(turn.question),
            ":expires_at": number(int((now + _KEPT).timestamp())),
            **({":product": string(turn.product_id)} if turn.product_id else {}),
        }
        with passing_failures():
            self._client.update_item(
                TableName=self._table,
                Key={"customer_id": string(customer_id), "sk": string(f"{_PREFIX}{conversation_id}")},
                UpdateExpression="SET question = :question, expires_at = :expires_at"
                + (", product_id = :product" if turn.product_id else " REMOVE product_id"),
                ExpressionAttributeValues=values,
            )

    def turns(self, customer_id: str, now: datetime) -> list[Turn]:
        """See ports.Conversations."""
        items = beginning(self._client, self._table, ("customer_id", customer_id), _PREFIX)
        return [turn for item in items if (turn := _turn(item, now))]


def _turn(item: Item, now: datetime) -> Turn | None:
    """DynamoDB deletes what has expired within days; it counts as gone at once."""
    if float(item["expires_at"]["N"]) <= now.timestamp():
        return None
    return Turn(item["question"]["S"], item["product_id"]["S"] if "product_id" in item else None)
