"""What calls functions besides HTTP: queues and schedules.

Queues are read and their functions called as Lambda's event source mapping does, ``batchItemFailures`` and
the way to the dead letter queue included. One thing is quicker here: a message that failed comes back after
``retry_after`` seconds rather than after the queue's visibility timeout.

Schedules: ``rate(...)`` runs by the clock once ``run_schedules()`` was called, first after one period;
``cron(...)`` and ``at(...)`` do not, ``fire()`` runs them.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.containers import FunctionError
from local.intrinsics import ACCOUNT, REGION, TemplateError
from local.stack import Function, QueueSource, Schedule, Template

LOG = logging.getLogger(__name__)
_COUNTS = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]
_UNITS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}

Invoke = Callable[[str, Any], Any]


class Triggers:
    """Runs the template's queues and schedules against ``invoke(function, event)``."""

    def __init__(
        self,
        template: Template,
        invoke: Invoke,
        sqs: Any,
        resources: Mapping[str, str],
        *,
        retry_after: int = 1,
        poll_seconds: int = 1,
    ) -> None:
        """``sqs`` is a boto3 client, ``resources`` what ``create_resources`` gave."""
        self._template = template
        self._invoke = invoke
        self._sqs = sqs
        self._resources = resources
        self._retry_after = retry_after
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts reading every queue that calls a function, each in a thread of its own."""
        for function in self._template.functions.values():
            for source in function.queues:
                self._run(self._read_queue, function, source)

    def run_schedules(self) -> None:
        """Starts the clock of every enabled ``rate(...)`` schedule."""
        for function in self._template.functions.values():
            for schedule in function.schedules:
                period = rate_seconds(schedule.expression)
                if schedule.enabled and period:
                    self._run(self._repeat, function, schedule, period)

    def fire(self, name: str) -> Any:
        """Calls a scheduled function now, as its (first) schedule would; gives its result.

        Raises TemplateError for a function without a schedule, FunctionError when it fails.
        """
        function = self._template.function(name)
        if not function.schedules:
            raise TemplateError(f"{name} has no schedule")
        return self._invoke(name, scheduled_event(function.schedules[0]))

    def drain(self, timeout: float = 60.0) -> None:
        """Waits until the queues that call functions are empty and nothing of theirs is being worked on.

        What failed for good is in a dead letter queue then. Raises TimeoutError with the queues' counts.
        """
        queues = {source.queue for f in self._template.functions.values() for source in f.queues}
        deadline = time.monotonic() + timeout
        while counts := {name: count for name in queues if (count := self._waiting(name))}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still queued after {timeout:g} s: {counts}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends every thread; a batch under way is finished first, or left to the queue."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=self._poll_seconds + 2)

    def _run(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _waiting(self, queue: str) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._resources[queue], AttributeNames=_COUNTS)
        return sum(int(answer["Attributes"].get(name, 0)) for name in _COUNTS)

    def _read_queue(self, function: Function, source: QueueSource) -> None:
        while not self._stopping.is_set():
            try:
                messages = self._gather(source)
                if messages:
                    self._deliver(function, source, messages)
            except Exception:
                if self._stopping.is_set():
                    return
                LOG.exception("queue %s", source.queue)
                self._stopping.wait(1.0)

    def _gather(self, source: QueueSource) -> list[dict[str, Any]]:
        """Up to a batch: what is there at once, or what comes within the batching window."""
        gathered: list[dict[str, Any]] = []
        until = time.monotonic() + source.window
        while len(gathered) < source.batch_size and not self._stopping.is_set():
            answer = self._sqs.receive_message(
                QueueUrl=self._resources[source.queue],
                MaxNumberOfMessages=min(10, source.batch_size - len(gathered)),
                WaitTimeSeconds=0 if gathered else self._poll_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            received = answer.get("Messages", [])
            gathered += received
            if not gathered or (not received and time.monotonic() >= until):
                break
        return gathered

    def _deliver(self, function: Function, source: QueueSource, messages: list[dict[str, Any]]) -> None:
        arn = self._resources[f"{source.queue}.Arn"]
        try:
            result = self._invoke(function.name, {"Records": [_record(message, arn) for message in messages]})
            failed = failed_ids(result, messages) if source.reports_failures else set()
        except FunctionError as error:
            LOG.error("%s", error)
            failed = {message["MessageId"] for message in messages}
        url = self._resources[source.queue]
        for message in messages:
            handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                self._sqs.change_message_visibility(**handle, VisibilityTimeout=self._retry_after)
            else:
                self._sqs.delete_message(**handle)

    def _repeat(self, function: Function, schedule: Schedule, period: float) -> None:
        while not self._stopping.wait(period):
            try:
                self._invoke(function.name, scheduled_event(schedule))
            except FunctionError as error:
                LOG.error("%s", error)


def failed_ids(result: Any, messages: list[dict[str, Any]]) -> set[str]:
    """Which messages failed, by Lambda's rules: an answer that makes no sense fails the whole batch."""
    everything = {message["MessageId"] for message in messages}
    if not result or not isinstance(result, dict) or not result.get("batchItemFailures"):
        return set() if result is None or isinstance(result, dict) else everything
    try:
        failed = {failure["itemIdentifier"] for failure in result["batchItemFailures"]}
    except (TypeError, KeyError):
        return everything
    return failed if failed <= everything else everything


def rate_seconds(expression: str) -> float | None:
    """Seconds between two runs of ``rate(5 minutes)``; None for other schedules."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    return int(match[1]) * _UNITS[match[2]] if match else None


def scheduled_event(schedule: Schedule) -> Any:
    """What the schedule sends: its own Input, or what EventBridge sends without one."""
    if schedule.payload is not None:
        return json.loads(schedule.payload)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = {"version": "0", "id": str(uuid.uuid4()), "detail-type": "Scheduled Event", "time": now}
    event |= {"account": ACCOUNT, "region": REGION}
    if schedule.kind == "Schedule":
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.name}"
        return {**event, "source": "aws.events", "resources": [arn], "detail": {}}
    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{schedule.name}"
    # EventBridge Scheduler sends the detail as a string, the older rules as an object.
    return {**event, "source": "aws.scheduler", "resources": [arn], "detail": "{}"}


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": attribute.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": attribute["DataType"],
            }
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
