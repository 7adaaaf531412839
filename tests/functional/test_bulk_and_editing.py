"""Kept copy and jobs through their handlers, on the tables and the queue of the template."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shopwright import bootstrap
from shopwright.errors import Conflict, NotFound, StoreUnavailable

from .aws_faults import faults, throttled
from .conftest import Invoke, body, event

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop(invoke: Invoke, endpoint: None) -> Invoke:
    """A shop with a few products in it."""
    assert body(invoke("catalog", event("catalog/put_products")))["rejected"] == []
    return invoke


def of_text(case: str, text_id: str, **change: Any) -> dict[str, Any]:
    sent = event(case)
    sent["pathParameters"] = {"text_id": text_id}
    sent["rawPath"] = sent["requestContext"]["http"]["path"] = f"/content/{text_id}"
    return sent | ({"body": json.dumps(change)} if change else {})


def of_job(case: str, job: dict[str, Any]) -> dict[str, Any]:
    sent = event(case)
    sent["pathParameters"] = {"job_id": job["job_id"]}
    sent["rawPath"] = sent["requestContext"]["http"]["path"] = f"/content/jobs/{job['job_id']}"
    return sent


def work(shop: Invoke) -> list[str]:
    """Does what is queued, as the queue would call for it; what failed is given back."""
    sqs, url = boto3.client("sqs"), bootstrap.settings().content_queue_url
    failed = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            sent = event("content_jobs/one_product")
            sent["Records"][0]["body"] = message["Body"]
            answer = shop("content_jobs", sent)
            failed += [each["itemIdentifier"] for each in answer["batchItemFailures"]]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return failed


def test_copy_goes_from_draft_to_customers_and_a_change_takes_it_back(shop: Invoke) -> None:
    [written] = body(shop("content", event("content/kept")))["texts"]
    drafts = body(shop("editing", event("editing/list_drafts")))["texts"]
    assert [each["text_id"] for each in drafts] == [written["text_id"]]
    assert body(shop("editing", event("editing/of_product_for_customer")))["texts"] == []
    approved = body(shop("editing", of_text("editing/approve", written["text_id"])))
    assert [(step["state"], step["by"]) for step in approved["history"]] == [
        ("draft", "shop-app"),
        ("approved", "shop-app"),
    ]
    shop("editing", of_text("editing/approve", written["text_id"], state="published"))
    [seen] = body(shop("editing", event("editing/of_product_for_customer")))["texts"]
    assert (seen["text"], seen["history"]) == (written["text"], [])
    changed = event("catalog/put_products")
    products = json.loads(changed["body"])["products"]
    kettle = next(each for each in products if each["id"] == "p-0401")
    for name in ("product_detail", "product_highlight"):
        del kettle[name]
    kettle |= {"description": "It makes tea.", "title": "Orvane Teapot", "brand": "Orvane"}
    assert body(shop("catalog", changed | {"body": json.dumps({"products": [kettle]})}))["rejected"] == []
    assert body(shop("editing", event("editing/of_product_for_customer")))["texts"] == []
    [flagged] = body(shop("editing", event("editing/of_product")))["texts"]
    assert flagged["contradictions"]
    again = shop("editing", of_text("editing/approve", written["text_id"], state="rejected"))
    assert again["statusCode"] == 200


def test_a_text_that_is_not_there_is_said(shop: Invoke) -> None:
    assert shop("editing", event("editing/approve"))["statusCode"] == 404
    [written] = body(shop("content", event("content/kept")))["texts"]
    refused = shop("editing", of_text("editing/approve", written["text_id"], state="published"))
    assert refused["statusCode"] == 422
    assert body(refused)["errors"][0]["field"] == "state"


def test_a_job_writes_what_its_dry_run_said(shop: Invoke) -> None:
    planned = body(shop("content", event("content/job_dry_run")))["plan"]
    assert (planned["products"], planned["pieces"], planned["model_calls"]) == (5, 10, 5)
    job = body(shop("content", event("content/job")))
    assert (job["state"], job["plan"]["pieces_to_write"], job["started_by"]) == ("queued", 4, "shop-app")
    assert work(shop) == []
    done = body(shop("content", of_job("content/unknown_job", job)))
    assert (done["state"], done["progress"]["products"], done["progress"]["texts"]) == ("done", 2, 4)
    texts = body(shop("editing", event("editing/of_product")))["texts"]
    assert {(each["language"], each["state"]) for each in texts} == {("en", "draft"), ("zh", "draft")}
    # Asked for again it is the same job, and there is nothing to do.
    again = body(shop("content", event("content/job")))
    assert again["job_id"] == job["job_id"]
    assert work(shop) == []
    assert len(body(shop("editing", event("editing/of_product")))["texts"]) == len(texts)


def test_a_job_that_is_cancelled_writes_nothing_and_can_go_on(shop: Invoke) -> None:
    job = body(shop("content", event("content/job")))
    cancelled = body(shop("content", of_job("content/cancel_unknown_job", job)))
    assert (cancelled["state"], cancelled["progress"]["products"]) == ("cancelled", 0)
    assert work(shop) == []
    assert body(shop("editing", event("editing/of_product")))["texts"] == []
    assert body(shop("content", event("content/job")))["state"] == "queued"
    assert work(shop) == []
    assert body(shop("content", of_job("content/unknown_job", job)))["state"] == "done"
    # None but what there is.
    assert shop("content", event("content/cancel_unknown_job"))["statusCode"] == 404


def test_work_of_a_job_that_is_unknown_goes_back_alone(shop: Invoke) -> None:
    answer = shop("content_jobs", event("content_jobs/one_product"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}


def test_while_the_model_is_down_work_goes_back_to_the_queue(
    shop: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "http://127.0.0.1:9")
    bootstrap.reset()
    shop("content", event("content/job"))
    assert work(shop) == ["m-0", "m-0"]
    assert body(shop("editing", event("editing/of_product")))["texts"] == []


@pytest.mark.parametrize("scopes", ["shop/customer"])
def test_customers_see_no_drafts(shop: Invoke, scopes: str) -> None:
    shop("content", event("content/kept"))
    seen = event("editing/of_product")
    seen["requestContext"]["authorizer"]["jwt"]["claims"]["scope"] = scopes
    assert body(shop("editing", seen))["texts"] == []


def test_a_job_that_is_noted_twice_is_counted_once(aws: dict[str, str]) -> None:
    jobs = bootstrap.bulk()._jobs
    assert jobs.create("j", "{}")
    assert not jobs.create("j", "{1}")
    assert jobs.finish("j", "p-1", {"texts": 2.0, "products": 1.0}, NOW)
    assert not jobs.finish("j", "p-1", {"texts": 2.0, "products": 1.0}, NOW + timedelta(minutes=1))
    assert jobs.finish("j", "p-2", {"texts": 1.0, "products": 1.0}, NOW)
    job = jobs.read("j")
    assert (job.document, job.counts) == ("{}", {"texts": 3.0, "products": 2.0})
    assert (job.updated_at, job.cancelled_at) == (NOW, None)
    assert jobs.done("j") == {"p-1", "p-2"}
    with pytest.raises(NotFound):
        jobs.read("k")


def test_a_queue_that_is_throttled_is_said_and_the_job_goes_on(shop: Invoke) -> None:
    with faults("SendMessageBatch", throttled, service="sqs"):
        refused = shop("content", event("content/job"))
    assert (refused["statusCode"], refused["headers"]["Retry-After"]) == (503, "5")
    body(shop("content", event("content/job")))
    assert work(shop) == []
    assert len(body(shop("editing", event("editing/of_product")))["texts"]) == 2


def test_who_changes_a_text_second_is_told(shop: Invoke) -> None:
    shop("content", event("content/kept"))
    texts = bootstrap.texts()
    [text] = list(texts.all_texts())
    changed = text.model_copy(update={"argument": "another"})
    texts.replace(changed, expected=text)
    with pytest.raises(Conflict):
        texts.replace(changed, expected=text)
    texts.add([text])
    assert texts.of("p-0401") == [changed]
    with pytest.raises(StoreUnavailable), faults("PutItem", throttled):
        texts.replace(text, expected=changed)
