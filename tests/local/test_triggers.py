"""Queues and schedules call functions as Lambda's event source mapping and EventBridge do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.aws import create_resources, install
from local.containers import FunctionError
from local.intrinsics import TemplateError
from local.template import Template, load_template
from local.triggers import Triggers, failed_ids, rate_seconds, scheduled_event
from tests.local import small_shop


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return load_template(small_shop.write(tmp_path))


class Bench:
    """Emulated queues, and triggers that call a function of the test's."""

    def __init__(self, template: Template) -> None:
        self.sqs = boto3.client("sqs", "us-east-1")
        self.template = template
        self.resources = create_resources(template)
        self.triggers: Triggers | None = None

    def run(self, invoke: Callable[[str, Any], Any]) -> Triggers:
        self.triggers = Triggers(self.template, invoke, self.sqs, self.resources, retry_after=0)
        self.triggers.start()
        return self.triggers

    def send(self, *bodies: str) -> None:
        for body in bodies:
            attributes = {"source": {"DataType": "String", "StringValue": "test"}}
            self.sqs.send_message(
                QueueUrl=self.resources["Jobs"], MessageBody=body, MessageAttributes=attributes
            )

    def dead(self) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=self.resources["DeadJobs"], MaxNumberOfMessages=10)
        return sorted(message["Body"] for message in answer.get("Messages", []))


@pytest.fixture
def bench(template: Template, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        install()
        bench = Bench(template)
        yield bench
        if bench.triggers:
            bench.triggers.stop()


def test_messages_arrive_as_lambda_sends_them(bench: Bench) -> None:
    events: list[Any] = []
    bench.send('"a"', '"b"', '"c"', '"d"', '"e"')
    triggers = bench.run(lambda name, event: events.append((name, event)))
    triggers.drain(10)
    assert {name for name, _ in events} == {"WorkFunction"}
    records = [record for _, event in events for record in event["Records"]]
    assert sorted(record["body"] for record in records) == ['"a"', '"b"', '"c"', '"d"', '"e"']
    assert max(len(event["Records"]) for _, event in events) <= 4
    record = records[0]
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == bench.resources["Jobs.Arn"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["source"]["stringValue"] == "test"
    assert record["messageId"]
    assert record["receiptHandle"]
    assert record["md5OfBody"]


def test_only_what_failed_comes_back_and_then_goes_to_the_dead_letters(bench: Bench) -> None:
    counts: dict[str, int] = {}

    def work(_: str, event: Any) -> Any:
        for record in event["Records"]:
            counts[record["body"]] = counts.get(record["body"], 0) + 1
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in bad]}

    bench.send("good", "bad", "good too")
    bench.run(work).drain(10)
    assert counts == {"good": 1, "good too": 1, "bad": 2}
    assert bench.dead() == ["bad"]


def test_a_function_that_raises_fails_its_batch(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def work(name: str, event: Any) -> Any:
        raise FunctionError(name, {"errorType": "ValueError", "errorMessage": "no"})

    bench.send("one", "two")
    bench.run(work).drain(10)
    assert bench.dead() == ["one", "two"]
    assert "WorkFunction: ValueError: no" in caplog.text


def test_draining_gives_up_with_the_counts(bench: Bench) -> None:
    bench.send("never read")
    waiting = Triggers(bench.template, lambda *_: None, bench.sqs, bench.resources)
    with pytest.raises(TimeoutError, match=r"still queued after 0.1 s: \{'Jobs': 1\}"):
        waiting.drain(0.1)


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"id": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": "a"}, {"a", "b"}),
        ("done", {"a", "b"}),
    ],
)
def test_which_messages_failed(result: Any, failed: set[str]) -> None:
    assert failed_ids(result, [{"MessageId": "a"}, {"MessageId": "b"}]) == failed


def test_firing_a_schedule(bench: Bench) -> None:
    triggers = bench.run(lambda name, event: {"ran": name, **event})
    result = triggers.fire("WorkFunction")
    assert (result["ran"], result["source"]) == ("WorkFunction", "aws.scheduler")
    assert result["detail-type"] == "Scheduled Event"
    with pytest.raises(TemplateError, match="EchoFunction has no schedule"):
        triggers.fire("EchoFunction")


def test_a_schedule_sends_its_own_input(template: Template, tmp_path: Path) -> None:
    own = template.path.read_text(encoding="utf-8").replace(
        "{ScheduleExpression: rate(1 minute)}",
        "{ScheduleExpression: 'cron(0 3 * * ? *)', Input: '{\"deep\": 1}'}",
    )
    path = tmp_path / "own.yaml"
    path.write_text(own, encoding="utf-8")
    [schedule] = load_template(path).functions["WorkFunction"].schedules
    assert scheduled_event(schedule) == {"deep": 1}


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("cron(0 3 * * ? *)", None)],
)
def test_rates(expression: str, seconds: float | None) -> None:
    assert rate_seconds(expression) == seconds


def test_rates_run_by_the_clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_seconds.__globals__["_UNITS"], "minute", 0.01)
    ran: list[str] = []
    triggers = bench.run(lambda name, _: ran.append(name))
    triggers.run_schedules()
    while len(ran) < 3:
        assert all(thread.is_alive() for thread in triggers._threads)
    assert set(ran) == {"WorkFunction"}
