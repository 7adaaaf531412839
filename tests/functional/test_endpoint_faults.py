"""Whatever is wrong with the endpoint: an answer from the next rung or a clear problem, in time."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import base as breaker

from shopwright import bootstrap
from shopwright.adapters import circuit

from .conftest import Context, Invoke, body, event
from .faulty_endpoint import FAULTS, Fault, Faulty, faulty_endpoint

# The others gave an answer, which was none.
ABSENT = {"waking", "throttled", "unavailable", "hanging", "reset", "half"}


@pytest.fixture
def faulty(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """The endpoint behind all functions; with short timeouts, and nothing known of earlier failures."""
    for state in (breaker._LOCAL_FAILURES, breaker._LOCAL_SUCCESSES, breaker._LAST_OBSERVED_STATE):
        state.clear()
    with faulty_endpoint() as endpoint:
        for name, value in {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": endpoint.url,
            "RECOMMENDER_ENDPOINT_NAME": "shopwright-next",
            "MODEL_TIMEOUT_SECONDS": "1",
            "EMBEDDING_TIMEOUT_SECONDS": "0.5",
            "RECOMMENDER_TIMEOUT_SECONDS": "0.5",
        }.items():
            monkeypatch.setenv(name, value)
        bootstrap.reset()
        yield endpoint


@pytest.fixture
def shop(invoke: Invoke, faulty: Faulty) -> Invoke:
    """A shop that was filled, and a customer who did something, while all was well."""
    for case in ("catalog/put_products", "catalog/put_articles"):
        assert body(invoke("catalog", event(case)))["rejected"] == []
    assert body(invoke("activity", event("activity/session")))["accepted"] == 7
    faulty.asked.clear()
    return invoke


def reason(fault: Fault) -> str:
    return "model_unavailable" if fault in ABSENT else "model_invalid"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_question_is_answered_by_words(shop: Invoke, faulty: Faulty, fault: Fault) -> None:
    faulty.fault = fault
    answer = body(shop("question_answering", event("question_answering/policy")))
    assert (answer["served_by"], answer["degraded"]) == ("rules", "no_embeddings")
    assert "15" in answer["answer"]
    assert len(faulty.asked) == 1


def test_what_fell_back_is_counted_by_reason(
    shop: Invoke, faulty: Faulty, capsys: pytest.CaptureFixture[str]
) -> None:
    """In CloudWatch's embedded metric format, whose line is the metric and all that is said of it."""
    faulty.fault = "unavailable"
    for case in ("content/product_description_en", "question_answering/policy"):
        assert body(shop(case.partition("/")[0], event(case)))["degraded"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    failed, service = ("ModelFailures", None), "shopwright"
    assert [
        (line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line.get("degraded")) for line in lines
    ] == [
        ("Fallbacks", "model_unavailable"),
        failed,
        ("Fallbacks", "no_embeddings"),
        failed,
    ]
    for line in lines:
        [metrics] = line["_aws"]["CloudWatchMetrics"]
        assert metrics["Namespace"] == "Shopwright"
        assert {*metrics["Dimensions"][0]} == {"service", "degraded"} & {*line}
        assert line["service"] == service
    body(shop("profiling", event("profiling/read")))
    assert '"_aws"' not in capsys.readouterr().out


def test_what_an_answer_uses_of_the_model_is_counted(
    invoke: Invoke, endpoint: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for case in ("catalog/put_products", "content/product_description_en"):
        assert invoke(case.partition("/")[0], event(case))["statusCode"] == 200
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    used = {
        (line["work"], name): line[name][0] for line in lines for name in line if name.startswith("Model")
    }
    assert used["products", "ModelCalls"] == used["content", "ModelCalls"] == 1
    assert used["content", "ModelTokens"] > 100
    # A list of kept texts asks no model.
    invoke("editing", event("editing/list_drafts"))
    assert '"_aws"' not in capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS)
def test_copy_is_written_by_rule(shop: Invoke, faulty: Faulty, fault: Fault) -> None:
    faulty.fault = fault
    answer = body(shop("content", event("content/ad_copy_en")))
    assert (answer["served_by"], answer["degraded"]) == ("rules", reason(fault))
    assert answer["texts"][0]["text"]
    assert len(faulty.asked) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_rules_recommend(shop: Invoke, faulty: Faulty, fault: Fault) -> None:
    before = body(shop("recommendation", event("recommendation/for_you")))
    assert (before["served_by"], before["degraded"]) == ("model", None)
    faulty.fault = fault
    answer = body(shop("recommendation", event("recommendation/for_you")))
    assert (answer["served_by"], answer["degraded"]) == ("rules", reason(fault))
    assert answer["items"]


@pytest.mark.parametrize("fault", FAULTS)
def test_products_are_stored_with_their_vectors_or_not_at_all(
    invoke: Invoke, faulty: Faulty, fault: Fault
) -> None:
    faulty.fault = fault
    response = invoke("catalog", event("catalog/put_products"))
    assert response["statusCode"] == 503
    assert response["headers"]["Retry-After"]
    assert list(bootstrap.catalog().all_products()) == []
    faulty.fault = None
    assert body(invoke("catalog", event("catalog/put_products")))["rejected"] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_profile_is_rebuilt_with_a_plain_summary(shop: Invoke, faulty: Faulty, fault: Fault) -> None:
    faulty.fault = fault
    assert shop("profile_refresh", event("profile_refresh/one_customer")) == {"batchItemFailures": []}
    profile = body(shop("profiling", event("profiling/read")))
    assert profile["traits"]
    assert profile["summary"]
    assert (profile["served_by"], profile["degraded"]) == ("rules", reason(fault))


def test_who_hangs_is_waited_for_no_longer_than_agreed(shop: Invoke, faulty: Faulty) -> None:
    faulty.fault = "hanging"
    for function, case in (("question_answering", "policy"), ("content", "ad_copy_en")):
        started = time.monotonic()
        assert shop(function, event(f"{function}/{case}"))["statusCode"] == 200
        assert time.monotonic() - started < 10  # half of what it would hang


def test_an_endpoint_that_there_is_no_time_for_is_not_asked(shop: Invoke, faulty: Faulty) -> None:
    from functions.content import handler

    answer = body(handler.lambda_handler(event("content/ad_copy_en"), Context(timeout=1.9)))
    assert (answer["served_by"], answer["degraded"]) == ("rules", "model_unavailable")
    assert faulty.asked == []
    handler.lambda_handler(event("content/ad_copy_en"), Context(timeout=28))
    assert len(faulty.asked) == 1


@pytest.mark.parametrize("fault", ["unavailable", "rubbish"])
def test_an_endpoint_that_keeps_failing_is_left_alone_and_tried_again(
    shop: Invoke, faulty: Faulty, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000
    monkeypatch.setattr(breaker.CircuitBreakerHandler, "_now", lambda _: now)

    def asked(calls: int) -> int:
        """How often the endpoint was asked in so many calls for copy."""
        faulty.asked.clear()
        for _ in range(calls):
            answer = body(shop("content", event("content/ad_copy_en")))
            assert answer["served_by"] == "rules"
        return len(faulty.asked)

    faulty.fault = fault
    assert asked(3) == 3
    assert asked(5) == 0  # open
    faulty.fault = None  # embedding has a circuit of its own
    answer = body(shop("question_answering", event("question_answering/policy")))
    assert answer["degraded"] == "model_unavailable"  # found by meaning; nobody to word it
    assert {next(iter(each)) for each in faulty.asked} == {"input", "question"}

    faulty.fault = fault
    now += 29
    assert asked(2) == 0
    now += 1
    assert asked(2) == 1  # half open: one try, which fails
    faulty.fault = None
    now += 30
    assert asked(3) == 3  # one try, which succeeds: closed


def test_requests_that_the_endpoint_refuses_do_not_open_the_circuit(shop: Invoke, faulty: Faulty) -> None:
    """Our server's 400 comes from SageMaker as a ModelError that names it."""
    from botocore.exceptions import ClientError

    from shopwright.adapters.sagemaker import Endpoint
    from shopwright.errors import ModelRefused

    class Refusing:
        calls = 0

        def invoke_endpoint(self, **_: Any) -> Any:
            self.calls += 1
            raise ClientError(
                {"Error": {"Code": "ModelError", "Message": ""}, "OriginalStatusCode": 400}, "InvokeEndpoint"
            )

    client = Refusing()
    guard = circuit.circuit(
        bootstrap._client("dynamodb"), bootstrap.settings().catalog_table, "refused", lambda change: None
    )
    endpoint = Endpoint(client, "model", guard=guard)
    for _ in range(6):
        with pytest.raises(ModelRefused):
            endpoint.invoke({}, json.dumps)
    assert client.calls == 6


def test_a_customer_who_asks_too_much_is_told_when_to_come_again(
    shop: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_TOKENS_PER_MINUTE", "600")
    bootstrap.reset()

    turns = itertools.count()

    def ask(customer: str) -> dict[str, Any]:
        question = event("question_answering/policy")
        # Each in other words: what was answered before costs nothing.
        question["body"] = json.dumps({"question": f"How many days to return an item, {next(turns)}?"})
        claims = question["requestContext"]["authorizer"]["jwt"]["claims"]
        claims |= {"sub": customer, "scope": "shop/customer"}
        response: dict[str, Any] = shop("question_answering", question)
        return response

    answers = [ask("c-900") for _ in range(6)]
    statuses = [answer["statusCode"] for answer in answers]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    refused = answers[-1]
    assert 1 <= int(refused["headers"]["Retry-After"]) <= 60
    assert refused["headers"]["Content-Type"] == "application/problem+json"
    assert ask("c-901")["statusCode"] == 200
    # It is theirs, and goes with them.
    claims = event("privacy/erase")
    shop("privacy", claims)
    assert ask("c-900")["statusCode"] == 200
