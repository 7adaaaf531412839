"""kill -9 of the runtime in the middle of ingestion: no accepted event is lost, none counts twice."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from local import aws
from local.shop import Shop

from .conftest import Start
from .emulator import ROOT

BATCH = 100
CUSTOMER = "c-killed"


def _request(number: int) -> dict[str, Any]:
    event = json.loads((ROOT / "events" / "activity" / "session.json").read_text(encoding="utf-8"))
    stamp = datetime.now(UTC).isoformat()
    events = [
        {
            "event_id": f"e-{number}-{n}",
            "event_name": "view_item",
            "event_time": stamp,
            "customer_id": CUSTOMER,
            "items": [{"item_id": f"p-{n % 7}"}],
        }
        for n in range(BATCH)
    ]
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"] | {"sub": CUSTOMER}
    event["requestContext"]["authorizer"]["jwt"]["claims"] = claims
    return event | {"body": json.dumps({"events": events}), "isBase64Encoded": False}


def test_ingestion_killed_again_and_again_ends_in_the_right_profile(start: Start, shop: Shop) -> None:
    dynamodb = aws.client("dynamodb", shop.aws_url)

    def held() -> list[str]:
        answer = dynamodb.query(
            TableName=shop.resources["CustomersTable"],
            KeyConditionExpression="customer_id = :c AND begins_with(sk, :e)",
            ExpressionAttributeValues={":c": {"S": CUSTOMER}, ":e": {"S": "EVENT#"}},
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    killed = 0
    for number in range(3):
        before, batch = len(held()), _request(number)
        function = start("activity")
        function.invoke({"probe": "at start"})  # so that there is a process to kill
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(function.invoke, batch)
            while len(held()) < before + 20 and not answer.done():
                time.sleep(0.002)
            if not answer.done():
                os.kill(function.runtime, signal.SIGKILL)
                killed += 1
        # What a caller does who got no answer: send the same again, to another environment.
        again = json.loads(start("activity").invoke(batch)["body"])
        assert again["accepted"] + again["duplicates"] == BATCH
        assert again["duplicates"] >= 20
    assert killed > 0
    assert len(held()) == 3 * BATCH
    path = ROOT / "events" / "privacy" / "export.json"
    event = json.loads(path.read_text(encoding="utf-8"))
    event["pathParameters"] = {"customer_id": CUSTOMER}
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/customers/{CUSTOMER}/export"
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = CUSTOMER
    exported = json.loads(start("privacy").invoke(event)["body"])
    assert exported["counters"]["events"] == 3 * BATCH
    assert exported["counters"]["event#view_item"] == 3 * BATCH
