"""A function that is killed in the middle of its work: no accepted event is lost, none counts twice."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx

from local import aws
from local.identity import SERVICE
from local.shop import Shop, local_parameters
from local.template import load_template
from shopwright.consent import PURPOSES

BATCH = 100


def _batch(number: int) -> dict[str, Any]:
    stamp = datetime.now(UTC).isoformat()
    return {
        "events": [
            {
                "event_id": f"e-{number}-{n}",
                "event_name": "view_item",
                "event_time": stamp,
                "customer_id": "c-1",
                "items": [{"item_id": f"p-{n % 7}"}],
            }
            for n in range(BATCH)
        ]
    }


def test_ingestion_that_is_killed_again_and_again_ends_in_the_right_profile() -> None:
    parameters = local_parameters() | {"ConsentByDefault": ",".join(PURPOSES)}
    template = load_template(parameters=parameters)
    with Shop(template=template, model_server=("tests.local.fake_model",), containers=1) as shop:
        bearer = {"authorization": f"Bearer {shop.token('shop', SERVICE)}"}
        dynamodb = aws.client("dynamodb", shop.aws_url)

        def stored() -> int:
            return int(dynamodb.scan(TableName=shop.resources["CustomersTable"], Select="COUNT")["Count"])

        killed = 0
        with (
            httpx.Client(base_url=shop.url, headers=bearer, timeout=60) as http,
            ThreadPoolExecutor(1) as pool,
        ):
            for number in range(3):
                before, batch = stored(), _batch(number)
                answer = pool.submit(http.post, "/events", json=batch)
                while stored() < before + 20 and not answer.done():
                    time.sleep(0.002)
                if not answer.done():
                    for process in shop.function_processes:
                        os.kill(process, signal.SIGKILL)
                killed += answer.result().status_code == 500
                # What a caller does who got no answer: send the same again.
                again = http.post("/events", json=batch).json()
                assert again["accepted"] + again["duplicates"] == BATCH
            held = http.get("/customers/c-1/export").json()
        assert killed > 0
        assert len(held["events"]) == 3 * BATCH
        assert held["counters"]["events"] == 3 * BATCH
        assert held["counters"]["event#view_item"] == 3 * BATCH
