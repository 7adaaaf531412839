"""Whatever is wrong with DynamoDB or SQS: nothing is lost, nothing counts twice, and the caller is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from local import aws
from local.processes import Child, free_port
from shopwright import bootstrap
from shopwright.adapters.customers import DynamoDBCustomers
from shopwright.affinity import increments
from shopwright.consent import PURPOSES
from shopwright.events import CLOCK_SKEW, Event

from .aws_faults import answer, cancelled, failing, faults, throttled
from .conftest import TEMPLATE, Invoke, body, event
from .faulty_endpoint import faulty_endpoint

NOW = datetime.now(UTC)


def dynamodb() -> Any:
    return bootstrap._client("dynamodb")


def counted() -> float:
    return float(bootstrap.customers().read("c-900", events=0).profile["counters"].get("events", 0))


@pytest.fixture
def shop(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """A shop with a few products and articles in it; its endpoint is well."""
    with faulty_endpoint() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", endpoint.url)
        bootstrap.reset()
        for case in ("catalog/put_products", "catalog/put_articles"):
            assert body(invoke("catalog", event(case)))["rejected"] == []
        yield invoke


# --- throttling, outages


@pytest.mark.parametrize("fault", [throttled, failing])
def test_a_store_that_stumbles_is_asked_again(invoke: Invoke, fault: Callable[..., Any]) -> None:
    with faults("TransactWriteItems", fault, times=2) as hit:
        assert body(invoke("activity", event("activity/session")))["accepted"] == 7
    assert len(hit) == 2
    assert counted() == 7


@pytest.mark.parametrize(
    ("case", "operation"),
    [
        ("activity/session", "TransactWriteItems"),
        ("activity/session", "BatchGetItem"),
        ("profiling/read", "Query"),
        ("profiling/correct", "UpdateItem"),
        ("recommendation/for_you", "Query"),
        ("recommendation/for_you", "BatchGetItem"),
        ("question_answering/policy", "Scan"),
        ("content/catalogue_product", "BatchGetItem"),
        ("catalog/put_products", "BatchWriteItem"),
        ("catalog/get_product", "BatchGetItem"),
        ("privacy/grant", "UpdateItem"),
        ("privacy/erase", "PutItem"),
        ("privacy/export", "Query"),
    ],
)
def test_a_store_that_is_away_is_a_clear_problem(
    shop: Invoke, case: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    for fault in (throttled, failing):
        with faults(operation, fault) as hit:
            response = shop(case.split("/")[0], event(case))
        assert hit
        assert response["statusCode"] == 503, response["body"]
        assert response["headers"]["Retry-After"] == "5"
        assert response["headers"]["Content-Type"] == "application/problem+json"
        assert "c-900" not in response["body"]
    # And as soon as it is back, all is well.
    assert shop(case.split("/")[0], event(case))["statusCode"] in (200, 202)


@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "UnknownOperationException", "ValidationException"]
)
def test_without_the_vector_index_words_and_visits_answer(shop: Invoke, code: str) -> None:
    """It may be away, still be built, or be nothing that the region has."""
    with faults("SearchVectors", lambda request: answer(request, 400, code)) as hit:
        told = body(shop("question_answering", event("question_answering/policy")))
        assert (told["served_by"], told["degraded"]) == ("rules", "no_embeddings")
        assert "15" in told["answer"]
        assert body(shop("activity", event("activity/session")))["accepted"] == 7
        recommended = shop("recommendation", event("recommendation/for_you"))
        assert recommended["statusCode"] == 200
        assert body(recommended)["items"]
    assert hit


def test_a_vector_index_that_is_asked_too_much_finds_nothing(aws: dict[str, str]) -> None:
    with faults("SearchVectors", throttled) as hit:
        assert bootstrap.catalog().near([1.0] * 384, "model", top=3) == []
    assert len(hit) > 1  # it was asked again


def test_a_vector_index_that_may_not_be_read_is_a_fault(shop: Invoke) -> None:
    with faults("SearchVectors", lambda request: answer(request, 400, "AccessDeniedException")):
        assert shop("question_answering", event("question_answering/policy"))["statusCode"] == 500


def test_events_that_were_refused_halfway_count_once_when_they_are_sent_again(invoke: Invoke) -> None:
    calls = 0

    def from_the_fourth_on(request: Any) -> Any:
        nonlocal calls
        calls += 1
        return throttled(request) if calls > 3 else None

    with faults("TransactWriteItems", from_the_fourth_on):
        assert invoke("activity", event("activity/session"))["statusCode"] == 503
    assert counted() == 3
    again = body(invoke("activity", event("activity/session")))
    assert (again["accepted"], again["duplicates"]) == (4, 3)
    assert counted() == 7


# --- transactions


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_a_transaction_that_met_another_is_tried_again(invoke: Invoke, reason: str) -> None:
    with faults("TransactWriteItems", lambda r: cancelled(r, "None", "None", reason), times=3):
        assert body(invoke("activity", event("activity/session")))["accepted"] == 7
    assert counted() == 7


def test_a_transaction_whose_answer_was_lost_counts_once(invoke: Invoke) -> None:
    """It was applied, and then the connection broke."""
    client, plain = dynamodb(), boto3.client("dynamodb")
    lost = 0

    def lose(params: dict[str, Any], **_: Any) -> None:
        nonlocal lost
        if lost == 0:
            lost += 1
            plain.transact_write_items(**params)

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", lose)
    try:
        answer = body(invoke("activity", event("activity/session")))
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", lose)
    assert lost == 1
    assert answer["accepted"] + answer["duplicates"] == 7
    assert counted() == 7


def test_writers_that_never_stop_meeting_are_told_to_come_again(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopwright.adapters.customers.time.sleep", lambda _: None)
    with faults("TransactWriteItems", lambda r: cancelled(r, "None", "None", "TransactionConflict")):
        response = invoke("activity", event("activity/session"))
    assert (response["statusCode"], counted()) == (503, 0)


# --- the queue


def record(number: int, customer: str) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}",
        "receiptHandle": f"r-{number}",
        "body": json.dumps({"customer_id": customer}),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:RefreshQueue",
        "awsRegion": "eu-central-1",
    }


def test_messages_twice_out_of_order_and_poisoned(shop: Invoke) -> None:
    shop("activity", event("activity/session"))
    once = shop("profile_refresh", {"Records": [record(1, "c-900")]})
    assert once == {"batchItemFailures": []}
    first = bootstrap.customers().read("c-900", events=0).profile["document"]
    poison = {**record(4, ""), "body": "not json"}
    rows = [record(2, "c-900"), poison, record(3, "c-nobody"), record(5, "c-900")]
    answer = shop("profile_refresh", {"Records": rows})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-4"}]}
    again = bootstrap.customers().read("c-900", events=0).profile["document"]
    assert {**again, "updated_at": first["updated_at"]} == first


def test_a_rebuild_that_is_overtaken_leaves_the_profile_stale(shop: Invoke) -> None:
    """An event comes in while the profile is rebuilt from those before it."""
    shop("activity", event("activity/session"))
    late = Event(
        event_id="e-late",
        event_name="view_item",
        event_time=NOW,
        customer_id="c-900",
        items=[{"item_id": "p-0411"}],
    )
    sent = []

    def overtake(request: Any) -> None:
        if not sent:
            sent.append(bootstrap.customers().add_event(late, {"events": 1.0}, NOW))

    with faults("UpdateItem", overtake):
        shop("profile_refresh", {"Records": [record(1, "c-900")]})
    assert sent == ["stored"]
    profile = body(shop("profiling", event("profiling/read")))
    assert profile["stale"]
    assert profile["traits"]
    shop("profile_refresh", {"Records": [record(2, "c-900")]})
    assert not body(shop("profiling", event("profiling/read")))["stale"]


def test_a_queue_that_is_away_loses_nobody(shop: Invoke) -> None:
    shop("activity", event("activity/session"))
    with faults("SendMessageBatch", failing, service="sqs"), pytest.raises(Exception, match="store answered"):
        shop("profile_sweep", event("profile_sweep/scheduled"))
    assert shop("profile_sweep", event("profile_sweep/scheduled")) == {"queued": 1}


# --- clocks


def test_clocks_that_run_ahead_or_behind(invoke: Invoke) -> None:
    def sent(*offsets: timedelta) -> dict[str, Any]:
        rows = [
            {
                "event_id": f"e-{offset.total_seconds():.0f}",
                "event_name": "view_item",
                "event_time": (datetime.now(UTC) + offset).isoformat(),
                "customer_id": "c-900",
                "items": [{"item_id": "p-0401"}],
            }
            for offset in offsets
        ]
        answer: dict[str, Any] = body(
            invoke("activity", event("activity/session") | {"body": json.dumps({"events": rows})})
        )
        return answer

    fine = sent(CLOCK_SKEW - timedelta(minutes=1), -timedelta(days=3), timedelta(0), -timedelta(hours=30))
    assert (fine["accepted"], fine["rejected"]) == (4, [])
    ahead = sent(CLOCK_SKEW + timedelta(minutes=1), timedelta(days=400))
    assert ahead["accepted"] == 0
    assert {row["why"] for row in ahead["rejected"]} == {"lies in the future"}
    # Whatever order they came in, they stand in that in which they happened.
    times = [each.event_time for each in bootstrap.customers().events("c-900")]
    assert times == sorted(times)
    assert len(times) == 4


# --- many at once


def test_200_writers_of_one_customer_end_in_the_right_profile(tmp_path: Any) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = aws.environment(url, url)
    child = Child("emulated AWS", ("local.aws", "--port", str(port)), environment, tmp_path / "log")
    try:
        child.wait_until_answers(f"{url}/moto-api/", 30)
        clients = {service: aws.client(service, url) for service in ("dynamodb", "sqs", "s3")}
        made = aws.create_resources(TEMPLATE, clients)
        store = DynamoDBCustomers(
            clients["dynamodb"], made["CustomersTable"], timedelta(days=400), frozenset(PURPOSES)
        )

        def write(number: int) -> str:
            happened = Event(
                event_id=f"e-{number % 190}",  # ten of them twice
                event_name="view_item",
                event_time=NOW - timedelta(seconds=number % 190),
                customer_id="c-1",
                items=[{"item_id": f"p-{number % 190 % 7}", "item_category": "Tea"}],
            )
            return store.add_event(happened, increments(happened, {}), NOW)

        with ThreadPoolExecutor(200) as pool:
            kept = list(pool.map(write, range(200)))
        assert sorted(set(kept)) == ["duplicate", "stored"]
        assert (kept.count("stored"), kept.count("duplicate")) == (190, 10)
        counters = store.read("c-1", events=0).profile["counters"]
        assert counters["events"] == 190
        assert len(store.events("c-1")) == 190
        alone = DynamoDBCustomers(
            clients["dynamodb"], made["CustomersTable"], timedelta(days=400), frozenset(PURPOSES)
        )
        for number, each in enumerate(store.events("c-1")):
            other = each.model_copy(update={"customer_id": "c-2", "event_id": f"a-{number}"})
            alone.add_event(other, increments(other, {}), NOW)
        # One after the other, in another order, gives the same to the last digit.
        assert alone.read("c-2", events=0).profile["counters"] == counters
    finally:
        child.stop()
