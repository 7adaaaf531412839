"""Jobs on DynamoDB and SQS.

id        | sk              | holds
job:<id>  | JOB             | document, updated_at, cancelled_at, count:<name>
job:<id>  | DONE#<product>  | that the product's work was counted (TTL)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ..errors import NotFound, StoreUnavailable
from ..ports import KeptJob
from .dynamodb import Item, beginning, error_code, number, passing_failures, stamp, string
from .queue import send_all

_COUNT = "count:"
_UNKNOWN = "there is no job of that id"
_KEPT = timedelta(days=90)


class DynamoDBJobs:
    """Implements ports.Jobs.

    Args:
        client: a boto3 DynamoDB client.
        table: the catalogue table's name.
        sqs: a boto3 SQS client.
        queue: the URL of the queue of work.
    """

    def __init__(self, client: Any, table: str, sqs: Any, queue: str) -> None:
        self._client = client
        self._table = table
        self._sqs = sqs
        self._queue = queue

    def create(self, job_id: str, document: str) -> bool:
        """See ports.Jobs."""
        with passing_failures():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**_key(job_id), "document": string(document)},
                    ConditionExpression="attribute_not_exists(sk)",
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def read(self, job_id: str) -> KeptJob:
        """See ports.Jobs."""
        items = self._query(job_id, "JOB")
        if not items:
            raise NotFound(_UNKNOWN)
        [item] = items
        counts = {
            name.removeprefix(_COUNT): float(value["N"])
            for name, value in item.items()
            if name.startswith(_COUNT)
        }
        return KeptJob(item["document"]["S"], counts, _time(item, "updated_at"), _time(item, "cancelled_at"))

    def set_cancelled(self, job_id: str, cancelled_at: datetime | None) -> None:
        """See ports.Jobs."""
        change: dict[str, Any] = {"UpdateExpression": "REMOVE cancelled_at"}
        if cancelled_at:
            change = {
                "UpdateExpression": "SET cancelled_at = :at",
                "ExpressionAttributeValues": {":at": string(stamp(cancelled_at))},
            }
        with passing_failures():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(job_id),
                    ConditionExpression="attribute_exists(sk)",
                    **change,
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    raise NotFound(_UNKNOWN) from error
                raise

    def done(self, job_id: str) -> set[str]:
        """See ports.Jobs."""
        return {item["sk"]["S"].removeprefix("DONE#") for item in self._query(job_id, "DONE#")}

    def finish(self, job_id: str, product_id: str, counts: dict[str, float], now: datetime) -> bool:
        """See ports.Jobs. One transaction: what is delivered twice counts once."""
        names = {f"#c{n}": f"{_COUNT}{name}" for n, name in enumerate(counts)}
        values = {f":c{n}": number(value) for n, value in enumerate(counts.values())}
        adds = ", ".join(f"#c{n} :c{n}" for n in range(len(counts)))
        marker = {
            "id": string(f"job:{job_id}"),
            "sk": string(f"DONE#{product_id}"),
            "expires_at": number(int((now + _KEPT).timestamp())),
        }
        writes = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": marker,
                    "ConditionExpression": "attribute_not_exists(sk)",
                }
            },
            {
                "Update": {
                    "TableName": self._table,
                    "Key": _key(job_id),
                    "UpdateExpression": f"SET updated_at = :now ADD {adds}",
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": {**values, ":now": string(stamp(now))},
                }
            },
        ]
        with passing_failures():
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if error_code(error) != "TransactionCanceledException":
                    raise
                reasons = [each.get("Code") for each in error.response.get("CancellationReasons", [])]
                if reasons[:1] == ["ConditionalCheckFailed"]:
                    return False
                # The next delivery finds the texts written and counts them.
                raise StoreUnavailable("many finish work of this job at once; try again") from error
        return True

    def send(self, job_id: str, product_ids: Sequence[str]) -> None:
        """See ports.Jobs. Raises StoreUnavailable if SQS did not take all of them."""
        work = [{"job_id": job_id, "product_id": product_id} for product_id in product_ids]
        send_all(self._sqs, self._queue, work)

    def _query(self, job_id: str, prefix: str) -> list[Item]:
        partition = ("id", f"job:{job_id}")
        return list(beginning(self._client, self._table, partition, prefix, consistent=True))


def _key(job_id: str) -> Item:
    return {"id": string(f"job:{job_id}"), "sk": string("JOB")}


def _time(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None
