"""The template is deployed, not just valid: callers with tokens are answered by what stands there."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from local.template import ROOT, load_template

from .completing import Stack
from .conftest import STACK, Ask, Deploy, Emulated


def _sample(case: str) -> Any:
    event = json.loads((ROOT / "events" / f"{case}.json").read_text(encoding="utf-8"))
    return json.loads(event["body"])


@pytest.fixture(scope="module")
def customer(emulated: Emulated, ask: Ask) -> str:
    """A customer with a past in a filled shop; the token's own subject, as a shop's login would have it."""
    for path, case in (("/products", "catalog/put_products"), ("/articles", "catalog/put_articles")):
        answer = ask("PUT", path, "service", _sample(case))
        assert (answer.status_code, answer.json()["rejected"]) == (200, [])
    me, _ = emulated.clients["customer"]
    events = _sample("activity/session")["events"]
    stamp = datetime.now(UTC).isoformat()
    own = [event | {"customer_id": me, "event_time": stamp} for event in events]
    answer = ask("POST", "/events", "customer", {"events": own})
    assert (answer.status_code, answer.json()["accepted"]) == (202, len(events))
    return me


def test_nobody_passes_without_a_token_that_is_good_for_the_route(ask: Ask) -> None:
    assert ask("GET", "/customers/c-001/profile", None).status_code == 401
    assert ask("GET", "/customers/c-001/profile", "marketing").status_code == 403
    # The scope is right, the customer somebody else.
    assert ask("GET", "/customers/c-001/profile", "customer").status_code == 403


def test_the_profile_knows_what_was_done(ask: Ask, customer: str) -> None:
    profile = ask("GET", f"/customers/{customer}/profile", "customer").json()
    assert profile["customer_id"] == customer
    assert profile["affinities"]["brand"] == {"Crevanti": 1.0}
    assert profile["stale"]


def test_products_are_recommended_with_reasons(ask: Ask, customer: str) -> None:
    answer = ask("GET", f"/customers/{customer}/recommendations?limit=3", "customer")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert items
    assert all(item["reason"]["text"] for item in items)


def test_a_question_is_answered_from_the_shops_facts(ask: Ask, customer: str) -> None:
    answer = ask("POST", "/questions", "customer", _sample("question_answering/policy")).json()
    assert answer["citations"]
    assert "15" in answer["answer"]
    # By meaning too: the vectors were stored, and the index found them.
    assert answer["degraded"] in (None, "no_candidate_passed")


def test_copy_is_written_by_the_model(ask: Ask, customer: str) -> None:
    answer = ask("POST", "/content", "marketing", _sample("content/product_description_en")).json()
    assert answer["texts"][0]["text"]
    assert (answer["served_by"], answer["degraded"]) == ("model", None)


def test_what_went_stale_comes_through_the_queue(emulated: Emulated, ask: Ask, customer: str) -> None:
    """The sweep is called as its schedule would; the queue calls the refresh by itself."""
    sweep = Stack(emulated.client("cloudformation"), STACK).names["ProfileSweepFunctionAliaslive"]
    swept = emulated.client("lambda").invoke(FunctionName=sweep, Payload=b"{}")
    assert json.loads(swept["Payload"].read()) == {"queued": 1}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        profile = ask("GET", f"/customers/{customer}/profile", "customer").json()
        if not profile["stale"]:
            break
        time.sleep(1)
    assert not profile["stale"]
    assert profile["traits"]


def test_a_job_goes_through_its_queue_and_what_is_published_reaches_customers(
    ask: Ask, customer: str
) -> None:
    job = ask("POST", "/content/jobs", "marketing", _sample("content/job")).json()
    assert job["plan"]["pieces_to_write"] == 4
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and job["state"] != "done":
        time.sleep(1)
        job = ask("GET", f"/content/jobs/{job['job_id']}", "marketing").json()
    assert (job["state"], job["progress"]["texts"]) == ("done", 4)
    [text, *_] = ask("GET", "/content?state=draft", "marketing").json()["texts"]
    for state in ("approved", "published"):
        changed = ask("PATCH", f"/content/{text['text_id']}", "marketing", {"state": state})
        assert changed.status_code == 200
    assert ask("PATCH", f"/content/{text['text_id']}", "customer", {"state": "draft"}).status_code == 403
    seen = ask("GET", f"/products/{text['product_id']}/content", "customer").json()["texts"]
    assert [each["text_id"] for each in seen] == [text["text_id"]]


def test_feedback_is_taken_and_what_was_asked_in_vain_is_grouped(
    emulated: Emulated, ask: Ask, customer: str
) -> None:
    for number in (1, 2):
        question = {"question": "Can you engrave a name on the grinder?", "customer_id": f"c-{number}"}
        answer = ask("POST", "/questions", "service", question).json()
        assert answer["hand_over_reason"] == "not_known"
    opinion = {"helpful": False, "why": "other", "customer_id": "c-2"}
    given = ask("POST", f"/questions/{answer['question_id']}/feedback", "service", opinion)
    assert given.status_code == 200
    gaps = Stack(emulated.client("cloudformation"), STACK).names["ArticleGapsFunctionAliaslive"]
    made = emulated.client("lambda").invoke(FunctionName=gaps, Payload=b"{}")
    assert json.loads(made["Payload"].read())["gaps"] == 1
    [gap] = ask("GET", "/articles/gaps", "marketing").json()["gaps"]
    assert (gap["customers"], gap["asked"]) == (2, 2)


def test_schedules_and_failures_lead_somewhere(emulated: Emulated, ask: Ask) -> None:
    scheduler, functions = emulated.client("scheduler"), load_template().functions.values()
    made = {each["Name"]: each["Target"]["Arn"] for each in scheduler.list_schedules()["Schedules"]}
    assert len(made) == sum(len(function.schedules) for function in functions)
    assert all(name.startswith(f"{STACK}-") and arn.endswith(":live") for name, arn in made.items())
    awslambda = emulated.client("lambda")
    for name, arn in made.items():
        config = awslambda.get_function_event_invoke_config(
            FunctionName=arn.rpartition(":")[0], Qualifier="live"
        )
        assert ":shop-FailedRuns-" in config["DestinationConfig"]["OnFailure"]["Destination"], name


def test_another_setting_is_another_version_and_callers_get_it(
    emulated: Emulated, deploy: Deploy, ask: Ask
) -> None:
    """Where only a parameter changes, Release has to change as well."""
    awslambda = emulated.client("lambda")
    [content] = [
        each["FunctionName"]
        for each in awslambda.list_functions()["Functions"]
        if each["FunctionName"].startswith(f"{STACK}-ContentFunction")
    ]

    def live() -> dict[str, str]:
        config = awslambda.get_function_configuration(FunctionName=content, Qualifier="live")
        variables: dict[str, str] = config["Environment"]["Variables"]
        return variables

    assert live()["MODEL_LANGUAGES"] == "en"
    deploy(release="a1" * 32, ModelLanguages="en,zh")
    assert live()["MODEL_LANGUAGES"] == "en,zh"
