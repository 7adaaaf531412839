"""The products that came to the catalogue lately, in a partition of their own of its table.

id        | sk                            | holds
arrivals  | 2026-11-25T09:30:00Z#p-0901   | vector, embedded_by

Their attributes are not called `embedding` and `embedding_model`: the index refuses an embedding that is no
list of numbers, and the job that embeds anew would take the item for one of its sources. A vector here stays
as it was made: a recommender trained before the model changed can still compare it.

It is packed as 32-bit floats, which is what the index keeps of it too: four bytes a number, where DynamoDB's
own numbers take six and some twenty on the wire, and one step to read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ..ports import Arrival
from .dynamodb import Item, batch_delete, batch_write, pages, passing_failures, string

_PARTITION = "arrivals"


class DynamoDBArrivals:
    """The part of ports.Catalog that is about these items."""

    _client: Any
    _table: str

    def arrivals(self, *, limit: int = 128) -> list[Arrival]:
        """See ports.Catalog. One Query."""
        with passing_failures():
            items = self._client.query(
                TableName=self._table,
                KeyConditionExpression="id = :arrivals",
                ExpressionAttributeValues={":arrivals": string(_PARTITION)},
                ScanIndexForward=False,
                Limit=limit,
            )["Items"]
        found: dict[str, Arrival] = {}
        for item in items:
            arrival = _arrival(item)
            # Two who stored it at the same time both saw that it was not there.
            found.setdefault(arrival.product_id, arrival)
        return list(found.values())

    def forget_arrivals(self, before: datetime) -> None:
        """See ports.Catalog."""
        with passing_failures():
            keys = list(
                pages(
                    self._client,
                    "query",
                    TableName=self._table,
                    KeyConditionExpression="id = :arrivals AND sk < :before",
                    ExpressionAttributeValues={
                        ":arrivals": string(_PARTITION),
                        ":before": string(_stamp(before)),
                    },
                    ProjectionExpression="id, sk",
                )
            )
        batch_delete(self._client, self._table, keys)

    def _put_arrivals(
        self, arrived: Iterable[tuple[str, Sequence[float]]], model: str, now: datetime
    ) -> None:
        items = [
            {
                "id": string(_PARTITION),
                "sk": string(f"{_stamp(now)}#{product_id}"),
                "vector": {"B": struct.pack(f"<{len(values)}f", *values)},
                "embedded_by": string(model),
            }
            for product_id, values in arrived
        ]
        batch_write(self._client, self._table, items)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _arrival(item: Item) -> Arrival:
    packed = item["vector"]["B"]
    vector = struct.unpack(f"<{len(packed) // 4}f", packed)
    return Arrival(item["sk"]["S"].partition("#")[2], vector, item["embedded_by"]["S"])
