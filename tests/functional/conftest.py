"""Handlers on emulated AWS: tables built from template.yaml, the real model server behind the endpoint."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.aws import create_resources, install
from local.intrinsics import REGION
from local.template import load_template
from shopwright import bootstrap
from shopwright.consent import PURPOSES

ROOT = Path(__file__).parents[2]
TEMPLATE = load_template(ROOT / "template.yaml")


@dataclass
class Context:
    """What Lambda passes beside the event, as far as handlers look at it."""

    function_name: str = "test"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    timeout: float = 28

    def get_remaining_time_in_millis(self) -> int:
        return int(self.timeout * 1000)


Invoke = Callable[[str, dict[str, Any]], Any]


def event(case: str) -> dict[str, Any]:
    """`function/case` -> events/function/case.json."""
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{case}.json").read_text(encoding="utf-8"))
    return loaded


def body(response: dict[str, Any]) -> Any:
    return json.loads(response["body"])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Empty tables and queues; the environment each function would have."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # pragma: allowlist secret
        "AWS_DEFAULT_REGION": REGION,
        # Nobody listens there: a test that wants the model asks for `endpoint`.
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws(config={"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1"]}}}):
        install()
        resources = create_resources(TEMPLATE)
        for name, value in TEMPLATE.environment("ActivityFunction", resources).items():
            monkeypatch.setenv(name, value)
        # The events in events/ keep their dates; the tests must not start to fail when those are a year old.
        monkeypatch.setenv("EVENT_RETENTION_DAYS", "3650")
        # What a customer has to be asked for is tests/functional/test_privacy.py's business.
        monkeypatch.setenv("CONSENT_BY_DEFAULT", ",".join(PURPOSES))
        bootstrap.reset()
        yield resources
        bootstrap.reset()


@pytest.fixture
def endpoint(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch, model_url: str) -> None:
    """The real model server stands behind the endpoint."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", model_url)


@pytest.fixture
def invoke(aws: dict[str, str]) -> Invoke:
    """Runs a function's handler: invoke("activity", event)."""

    def run(function: str, payload: dict[str, Any]) -> Any:
        assert os.environ["CUSTOMERS_TABLE"]
        handler = importlib.import_module(f"functions.{function}.handler")
        return handler.lambda_handler(payload, Context(timeout=TEMPLATE.function(function).timeout))

    return run
