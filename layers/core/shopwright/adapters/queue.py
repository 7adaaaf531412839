"""RefreshQueue on SQS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..errors import StoreUnavailable
from .dynamodb import passing_failures

_BATCH = 10  # what SQS takes at once
_LOOKS, _OUT_OF_SIGHT = 100, 20  # batches; seconds


def send_all(client: Any, url: str, messages: Sequence[dict[str, str]]) -> None:
    """Send messages, as JSON, in as many calls as it takes.

    Raises:
        StoreUnavailable: if SQS did not take all of them.
    """
    for start in range(0, len(messages), _BATCH):
        entries = [
            {"Id": str(n), "MessageBody": json.dumps(message)}
            for n, message in enumerate(messages[start : start + _BATCH])
        ]
        with passing_failures():
            answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        if answer.get("Failed"):
            raise StoreUnavailable(f"the queue refused {len(answer['Failed'])} of {len(entries)} messages")


class SQSRefreshQueue:
    """Implements ports.RefreshQueue.

    Args:
        client: a boto3 SQS client.
        url: the queue's URL.
        dead_letters: that of the queue where messages go which failed for good.
    """

    def __init__(self, client: Any, url: str, dead_letters: str) -> None:
        self._client = client
        self._url = url
        self._dead_letters = dead_letters

    def send(self, customer_ids: Sequence[str]) -> None:
        """See ports.RefreshQueue. Raises StoreUnavailable if SQS did not take all of them."""
        send_all(self._client, self._url, [{"customer_id": customer_id} for customer_id in customer_ids])

    def forget(self, customer_id: str) -> int:
        """See ports.RefreshQueue. Looks at a thousand messages at most: more would be an outage."""
        deleted, wanted = 0, json.dumps({"customer_id": customer_id})
        for _ in range(_LOOKS):
            with passing_failures():
                # What is looked at is out of sight for as long as this may take, so that it comes once.
                found = self._client.receive_message(
                    QueueUrl=self._dead_letters, MaxNumberOfMessages=_BATCH, VisibilityTimeout=_OUT_OF_SIGHT
                ).get("Messages", [])
                for message in found:
                    if message["Body"] == wanted:
                        self._client.delete_message(
                            QueueUrl=self._dead_letters, ReceiptHandle=message["ReceiptHandle"]
                        )
                        deleted += 1
            if not found:
                break
        return deleted
