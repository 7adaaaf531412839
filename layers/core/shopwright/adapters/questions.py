"""Asked questions on DynamoDB: in their customer's partition, so that they go with it, or each in its own.

customer_id               | sk            | holds
c-001                     | ASKED#<id>    | the question, what came of it, the customer's opinion (TTL)
anonymous.question.<id>   | ASKED#<id>    | the same of somebody who lets nothing be kept of them (TTL)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ..errors import NotFound
from ..feedback import AskedQuestion, Opinion
from .dynamodb import Item, beginning, error_code, number, pages, passing_failures, stamp, string

KEPT = timedelta(days=30)
# Before EVENT# in the order, so that no read of a profile meets it.
_PREFIX = "ASKED#"


class DynamoDBQuestions:
    """Implements ports.Questions.

    Args:
        client: a boto3 DynamoDB client.
        table: the customers table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, asked: AskedQuestion) -> None:
        """See ports.Questions."""
        document = asked.model_dump_json(exclude_none=True, exclude={"customer_id", "opinion", "opinion_at"})
        with passing_failures():
            self._client.update_item(
                TableName=self._table,
                Key=_key(asked.question_id, asked.customer_id),
                UpdateExpression="SET document = :document, expires_at = :expires_at",
                ExpressionAttributeValues={
                    ":document": string(document),
                    ":expires_at": number(int((asked.asked_at + KEPT).timestamp())),
                },
            )

    def add_opinion(self, question_id: str, customer_id: str | None, opinion: Opinion, now: datetime) -> None:
        """See ports.Questions."""
        for owner in dict.fromkeys((customer_id, None)):
            with passing_failures():
                try:
                    self._client.update_item(
                        TableName=self._table,
                        Key=_key(question_id, owner),
                        UpdateExpression="SET opinion = :opinion, opinion_at = :now",
                        ConditionExpression="expires_at > :seconds",
                        ExpressionAttributeValues={
                            ":opinion": string(opinion.model_dump_json(exclude_none=True)),
                            ":now": string(stamp(now)),
                            ":seconds": number(int(now.timestamp())),
                        },
                    )
                except ClientError as error:
                    if error_code(error) != "ConditionalCheckFailedException":
                        raise
                else:
                    return
        raise NotFound("there is no such question, or it is too long ago")

    def of(self, customer_id: str, now: datetime) -> list[AskedQuestion]:
        """See ports.Questions."""
        items = beginning(self._client, self._table, ("customer_id", customer_id), _PREFIX)
        return sorted(_alive(items, now), key=lambda asked: asked.asked_at)

    def all_asked(self, now: datetime) -> Iterator[AskedQuestion]:
        """See ports.Questions."""
        with passing_failures():
            items = pages(
                self._client,
                "scan",
                TableName=self._table,
                FilterExpression="begins_with(sk, :prefix)",
                ExpressionAttributeValues={":prefix": string(_PREFIX)},
            )
            yield from _alive(items, now)


def _key(question_id: str, customer_id: str | None) -> Item:
    owner = customer_id or f"anonymous.question.{question_id}"
    return {"customer_id": string(owner), "sk": string(f"{_PREFIX}{question_id}")}


def _alive(items: Iterable[Item], now: datetime) -> Iterator[AskedQuestion]:
    """DynamoDB deletes what has expired within days; it counts as gone at once."""
    for item in items:
        if float(item["expires_at"]["N"]) > now.timestamp() and "document" in item:
            asked = AskedQuestion.model_validate_json(item["document"]["S"])
            owner = item["customer_id"]["S"]
            told: dict[str, Any] = {"customer_id": None if owner.startswith("anonymous.") else owner}
            if "opinion" in item:
                told["opinion"] = Opinion.model_validate_json(item["opinion"]["S"])
                told["opinion_at"] = datetime.fromisoformat(item["opinion_at"]["S"])
            yield asked.model_copy(update=told)
