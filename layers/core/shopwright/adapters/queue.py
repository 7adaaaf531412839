"""RefreshQueue on SQS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..errors import StoreUnavailable
from .dynamodb import passing_failures

_BATCH = 10  # what SQS takes at once


class SQSRefreshQueue:
    """Implements ports.RefreshQueue.

    Args:
        client: a boto3 SQS client.
        url: the queue's URL.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, customer_ids: Sequence[str]) -> None:
        """See ports.RefreshQueue. Raises StoreUnavailable if SQS did not take all of them."""
        for start in range(0, len(customer_ids), _BATCH):
            entries = [
                {"Id": str(n), "MessageBody": json.dumps({"customer_id": customer_id})}
                for n, customer_id in enumerate(customer_ids[start : start + _BATCH])
            ]
            with passing_failures():
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise StoreUnavailable(
                    f"the queue refused {len(answer['Failed'])} of {len(entries)} messages"
                )
