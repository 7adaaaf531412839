"""Consents and forgetting, on the customers table: what they are checked against stands on the profile.

PROFILE has, beside what customers.py says:

    consents         what the customer said, as JSON, oldest first
    consents_said    how many statements that is
    profiling        `yes` or `no` by their last word on it; not there if they said none
    forgotten_until  events of up to then are not kept any more
    expires_at       of a profile that holds nothing but forgotten_until (TTL)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from ..consent import Consents, Purpose, Statement
from ..errors import Conflict
from ..events import CLOCK_SKEW
from ..ports import Forgotten
from .dynamodb import Item, batch_delete, error_code, number, passing_failures, stamp, string

_STATEMENTS = TypeAdapter(list[Statement])


def profile_key(customer_id: str) -> Item:
    """The key of a customer's profile."""
    return {"customer_id": string(customer_id), "sk": string("PROFILE")}


class DynamoDBConsents:
    """The part of ports.CustomerStore that keeps consents and forgets.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
        retention: how long events are kept after they happened.
        consent_by_default: purposes that hold for customers who said nothing of them.
    """

    def __init__(
        self, client: Any, table: str, retention: timedelta, consent_by_default: frozenset[Purpose]
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._by_default = consent_by_default

    def save_consents(self, customer_id: str, said: Sequence[Statement], *, expected: int) -> None:
        """See ports.CustomerStore."""
        consents = self._attributes(said)
        with passing_failures():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=profile_key(customer_id),
                    UpdateExpression=f"SET {', '.join(f'{name} = :{name}' for name in consents)}"
                    " REMOVE expires_at",
                    ConditionExpression=(
                        "consents_said = :expected "
                        "OR (attribute_not_exists(consents_said) AND :expected = :none)"
                    ),
                    ExpressionAttributeValues={
                        **{f":{name}": value for name, value in consents.items()},
                        ":expected": number(expected),
                        ":none": number(0),
                    },
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    raise Conflict(
                        "the consents were changed by somebody else meanwhile; try again"
                    ) from error
                raise

    def forget(
        self,
        customer_id: str,
        *,
        said: Sequence[Statement],
        corrections: dict[str, Any],
        now: datetime,
    ) -> Forgotten:
        """See ports.CustomerStore. First the profile: whoever writes after that finds what forbids it."""
        kept = {
            **profile_key(customer_id),
            # A device's clock may run ahead, and what it sent yesterday may come in a minute.
            "forgotten_until": string(stamp(now + CLOCK_SKEW)),
            **(self._attributes(said) if said else {}),
        }
        if corrections:
            kept["corrections"] = string(json.dumps(corrections, ensure_ascii=False))
            kept["corrections_version"] = number(1)
        if not said and not corrections:
            kept["expires_at"] = number(int((now + self._retention).timestamp()))
        with passing_failures():
            before = self._client.put_item(TableName=self._table, Item=kept, ReturnValues="ALL_OLD")
        known = {*before.get("Attributes", {})} - {*kept} - {"expires_at"}
        events = keys = conversations = questions = 0
        while items := self._others(customer_id):
            batch_delete(self._client, self._table, items)
            events += sum(item["sk"]["S"].startswith("EVENT#") for item in items)
            keys += sum(item["sk"]["S"].startswith("DEDUPE#") for item in items)
            conversations += sum(item["sk"]["S"].startswith("CONVERSATION#") for item in items)
            questions += sum(item["sk"]["S"].startswith("ASKED#") for item in items)
        return Forgotten(int(bool(known)), events, keys, conversations, questions)

    def _others(self, customer_id: str) -> list[Item]:
        """Keys of the next of a customer's items that are not the profile."""
        with passing_failures():
            items: list[Item] = self._client.query(
                TableName=self._table,
                KeyConditionExpression="customer_id = :customer",
                ProjectionExpression="customer_id, sk",
                ExpressionAttributeValues={":customer": string(customer_id)},
                ConsistentRead=True,
            )["Items"]
        return [item for item in items if item["sk"]["S"] != "PROFILE"]

    def _attributes(self, said: Sequence[Statement]) -> Item:
        found = {
            "consents": string(_STATEMENTS.dump_json(list(said)).decode()),
            "consents_said": number(len(said)),
        }
        if last := Consents(frozenset(), said).latest("profiling"):
            found["profiling"] = string("yes" if last.state == "granted" else "no")
        return found

    def _consents(self, profile: Item) -> Consents:
        said = _STATEMENTS.validate_json(profile["consents"]["S"]) if "consents" in profile else []
        return Consents(self._by_default, said)
