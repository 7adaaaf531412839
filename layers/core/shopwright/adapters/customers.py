"""CustomerStore on DynamoDB: one customer is one partition.

    customer_id | sk                 | holds
    c-001       | PROFILE            | counters (counter:<name>), document, corrections, due/due_at
    c-001       | EVENT#<time>#<id>  | the event (TTL)
    c-001       | ALLOWANCE#<min>    | what they used of the model in that minute (TTL)
    c-001       | DEDUPE#<id>        | that an event of this id was counted (TTL)
    c-001       | CONVERSATION#<id>  | what was asked last (conversations.py; TTL)
    c-001       | ASKED#<id>         | what was asked and came of it (questions.py; TTL)
    anonymous.. | EVENT#<hour>#<id>  | an event of somebody who allows no profiling (TTL)

PROFILE sorts after EVENT#, so one backward query brings the profile and the latest events. `due` and
`due_at` are the keys of a sparse index: a stale profile stands there since it went stale, a fresh one at
the time its first trait expires. The index's partition is one of a few, by customer, so that many writers
do not meet in one.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ..consent import Purpose
from ..errors import Conflict, StoreUnavailable
from ..events import Event, anonymous
from ..ports import CustomerRecord, Kept
from .consents import DynamoDBConsents, profile_key
from .dynamodb import Item, beginning, error_code, number, pages, passing_failures, stamp, string

_ATTEMPTS = 8
_DUE_SHARDS = 4
_COUNTER = "counter:"


def _shard(customer_id: str) -> str:
    return str(zlib.crc32(customer_id.encode()) % _DUE_SHARDS)


class DynamoDBCustomers(DynamoDBConsents):
    """Implements ports.CustomerStore and ports.Allowances; made as DynamoDBConsents is."""

    def add_event(self, event: Event, increments: dict[str, float], now: datetime) -> Kept:
        """See ports.CustomerStore. Raises StoreUnavailable when writers of one customer keep colliding."""
        item = self._event_item(event)
        names = {f"#c{n}": f"{_COUNTER}{name}" for n, name in enumerate(increments)}
        values = {f":c{n}": number(value) for n, value in enumerate(increments.values())}
        adds = ", ".join(f"{name} :c{n}" for n, name in enumerate(names))
        writes = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": {
                        "customer_id": item["customer_id"],
                        "sk": string(f"DEDUPE#{event.event_id}"),
                        "expires_at": item["expires_at"],
                    },
                    "ConditionExpression": "attribute_not_exists(sk)",
                }
            },
            {"Put": {"TableName": self._table, "Item": item}},
            {
                "Update": {
                    "TableName": self._table,
                    "Key": profile_key(event.customer_id),
                    "UpdateExpression": (
                        "SET stale_since = if_not_exists(stale_since, :now), "
                        f"due = :shard, due_at = if_not_exists(stale_since, :now) ADD {adds} "
                        "REMOVE expires_at"
                    ),
                    "ConditionExpression": self._may_be_kept,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": {
                        **values,
                        ":now": string(stamp(now)),
                        ":shard": string(_shard(event.customer_id)),
                        ":yes": string("yes"),
                        ":time": string(stamp(event.event_time)),
                    },
                }
            },
        ]
        for attempt in range(_ATTEMPTS):
            try:
                with passing_failures():
                    self._client.transact_write_items(TransactItems=writes)
                return "stored"
            except ClientError as error:
                if error_code(error) == "TransactionCanceledException":
                    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
                    if reasons and reasons[0] == "ConditionalCheckFailed":
                        return "duplicate"
                    if reasons and reasons[-1] == "ConditionalCheckFailed":
                        return self._not_theirs(event)
                    if not {"TransactionConflict", "ThrottlingError"} & set(reasons):
                        raise
                elif error_code(error) not in (
                    "TransactionConflictException",
                    "TransactionInProgressException",
                ):
                    raise
            # Full jitter: writers that collided once should not meet again.
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
        raise StoreUnavailable("too many writers of one customer at once; send the event again")

    @property
    def _may_be_kept(self) -> str:
        """The condition under which an event is kept under its customer's name."""
        profiling = "profiling = :yes"
        if "profiling" in self._by_default:
            profiling = f"(attribute_not_exists(profiling) OR {profiling})"
        return f"{profiling} AND (attribute_not_exists(forgotten_until) OR forgotten_until < :time)"

    def _not_theirs(self, event: Event) -> Kept:
        """What becomes of an event that may not be kept under its customer's name."""
        with passing_failures():
            profile = self._client.get_item(
                TableName=self._table, Key=profile_key(event.customer_id), ConsistentRead=True
            ).get("Item", {})
        if profile.get("forgotten_until", {}).get("S", "") >= stamp(event.event_time):
            return "late"
        if not event.items:
            return "anonymous"  # without the person nothing is left of it
        with passing_failures():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=self._event_item(anonymous(event)),
                    ConditionExpression="attribute_not_exists(sk)",
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return "duplicate"
                raise
        return "anonymous"

    def spend(self, customer_id: str, amount: int, limit: int, now: datetime) -> bool:
        """See ports.Allowances."""
        minute = now.strftime("%Y-%m-%dT%H:%MZ")
        with passing_failures():
            try:
                self._client.update_item(
                    TableName=self._table,
                    # Before EVENT# in the order, so that no read of a profile meets it.
                    Key={"customer_id": string(customer_id), "sk": string(f"ALLOWANCE#{minute}")},
                    UpdateExpression="SET expires_at = :gone ADD used :amount",
                    ConditionExpression=":amount <= :limit AND (attribute_not_exists(used) OR used <= :left)",
                    ExpressionAttributeValues={
                        ":amount": number(amount),
                        ":limit": number(limit),
                        ":left": number(limit - amount),
                        ":gone": number(int(now.timestamp()) + 120),
                    },
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def read(self, customer_id: str, *, events: int, purposes: Collection[Purpose] = ()) -> CustomerRecord:
        """See ports.CustomerStore."""
        with passing_failures():
            items = self._client.query(
                TableName=self._table,
                KeyConditionExpression="customer_id = :customer AND sk >= :first",
                ExpressionAttributeValues={":customer": string(customer_id), ":first": string("EVENT#")},
                ScanIndexForward=False,
                Limit=events + 1,
            )["Items"]
        stored = items.pop(0) if items and items[0]["sk"]["S"] == "PROFILE" else {}
        profile, consents = _profile(stored), self._consents(stored)
        if not consents.allows(*purposes):
            refused = {key: own for key, own in profile["corrections"].items() if key.startswith("product:")}
            return CustomerRecord({**_profile({}), "corrections": refused}, [], consents)
        return CustomerRecord(profile, [_event(item) for item in items[:events]], consents)

    def _event_item(self, event: Event) -> Item:
        return {
            "customer_id": string(event.customer_id),
            "sk": string(f"EVENT#{stamp(event.event_time)}#{event.event_id}"),
            "event": string(event.model_dump_json(exclude_none=True, exclude={"customer_id"})),
            "expires_at": number(int((event.event_time + self._retention).timestamp())),
        }

    def events(self, customer_id: str) -> list[Event]:
        """See ports.CustomerStore."""
        partition = ("customer_id", customer_id)
        return [_event(item) for item in beginning(self._client, self._table, partition, "EVENT#")]

    def all_events(self) -> Iterator[Event]:
        """See ports.CustomerStore. A scan returns partition after partition, each in sort-key order."""
        with passing_failures():
            for item in pages(
                self._client,
                "scan",
                TableName=self._table,
                FilterExpression="begins_with(sk, :event)",
                ExpressionAttributeValues={":event": string("EVENT#")},
            ):
                yield _event(item)

    def save_traits(
        self,
        customer_id: str,
        document: dict[str, Any],
        *,
        events_counted: int,
        corrections_version: int,
        forgotten_until: str | None,
        due_at: datetime | None,
    ) -> None:
        """See ports.CustomerStore."""
        values = {":document": string(json.dumps(document, ensure_ascii=False))}
        same = "attribute_not_exists(forgotten_until)"
        if forgotten_until:
            same = "forgotten_until = :forgotten"
            values[":forgotten"] = string(forgotten_until)
        fresh = "SET document = :document"
        if due_at:
            fresh += ", due = :shard, due_at = :due_at REMOVE stale_since"
        else:
            fresh += " REMOVE stale_since, due, due_at"
        # The conditions are what the rebuild rested on; a missing counter or version stands for none.
        condition = (
            f"{same} AND (#events = :events OR (attribute_not_exists(#events) AND :events = :none)) "
            "AND (corrections_version = :version "
            "OR (attribute_not_exists(corrections_version) AND :version = :none))"
        )
        request = {"TableName": self._table, "Key": profile_key(customer_id)}
        with passing_failures():
            try:
                self._client.update_item(
                    **request,
                    UpdateExpression=fresh,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#events": f"{_COUNTER}events"},
                    ExpressionAttributeValues={
                        **values,
                        ":events": number(events_counted),
                        ":version": number(corrections_version),
                        ":none": number(0),
                        **(
                            {":due_at": string(stamp(due_at)), ":shard": string(_shard(customer_id))}
                            if due_at
                            else {}
                        ),
                    },
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                self._save_stale(request, values, same)

    def _save_stale(self, request: Item, values: Item, same: str) -> None:
        """Something new came in while the profile was rebuilt: keep what was built, leave it due."""
        try:
            self._client.update_item(
                **request,
                UpdateExpression="SET document = :document",
                ConditionExpression=f"attribute_exists(sk) AND {same}",
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            # The customer is gone: nothing to keep.
            if error_code(error) != "ConditionalCheckFailedException":
                raise

    def save_corrections(
        self, customer_id: str, corrections: dict[str, Any], *, expected: int, now: datetime
    ) -> None:
        """See ports.CustomerStore."""
        condition = "corrections_version = :expected"
        if expected == 0:
            condition = "attribute_not_exists(corrections_version)"
        values = {
            ":corrections": string(json.dumps(corrections, ensure_ascii=False)),
            ":next": number(expected + 1),
            ":now": string(stamp(now)),
            ":shard": string(_shard(customer_id)),
        }
        if expected:
            values[":expected"] = number(expected)
        with passing_failures():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=profile_key(customer_id),
                    UpdateExpression=(
                        "SET corrections = :corrections, corrections_version = :next, due = :shard, "
                        "stale_since = if_not_exists(stale_since, :now), "
                        "due_at = if_not_exists(stale_since, :now) REMOVE expires_at"
                    ),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    raise Conflict(
                        "the profile was corrected by somebody else meanwhile; try again"
                    ) from error
                raise

    def due(self, now: datetime, *, limit: int) -> list[str]:
        """See ports.CustomerStore."""
        found: list[tuple[str, str]] = []
        with passing_failures():
            for shard in range(_DUE_SHARDS):
                items = self._client.query(
                    TableName=self._table,
                    IndexName="due",
                    KeyConditionExpression="due = :shard AND due_at <= :now",
                    ExpressionAttributeValues={":shard": string(str(shard)), ":now": string(stamp(now))},
                    Limit=limit,
                )["Items"]
                found += [(item["due_at"]["S"], item["customer_id"]["S"]) for item in items]
        return [customer_id for _, customer_id in sorted(found)[:limit]]


def _profile(item: Item) -> dict[str, Any]:
    return {
        "counters": {
            name.removeprefix(_COUNTER): float(value["N"])
            for name, value in item.items()
            if name.startswith(_COUNTER)
        },
        "document": json.loads(item["document"]["S"]) if "document" in item else {},
        "corrections": json.loads(item["corrections"]["S"]) if "corrections" in item else {},
        "corrections_version": int(item["corrections_version"]["N"]) if "corrections_version" in item else 0,
        "stale_since": item["stale_since"]["S"] if "stale_since" in item else None,
        "forgotten_until": item["forgotten_until"]["S"] if "forgotten_until" in item else None,
    }


def _event(item: Item) -> Event:
    return Event.model_validate({**json.loads(item["event"]["S"]), "customer_id": item["customer_id"]["S"]})
