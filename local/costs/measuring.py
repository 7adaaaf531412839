"""Runs the shop's calls in this process and counts what each uses, on average."""

from __future__ import annotations

import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from local import aws
from local.container import Context, load_handler
from local.costs.counting import Counter
from local.identity import SERVICE
from local.sample import load_products
from local.sample.loading import load_sample
from local.shop import Shop, local_parameters
from local.stack import Function
from local.template import ROOT, load_template
from local.triggers import rate_seconds

_CUSTOMERS = 64
_TIMES = 8
_QUESTIONS = (
    "How many days do I have to return an item?",
    "How long does delivery take?",
    "How can I pay?",
    "Can I change my order?",
    "Do you ship abroad?",
    "Who pays for the return?",
    "How big is the water tank?",
    "Is there a guarantee?",
)


@dataclass(frozen=True)
class Call:
    """Something that is done again and again: a function, and an event for the n-th time."""

    name: str
    function: str
    event: Callable[[int], dict[str, Any]]
    times: int = _TIMES


def measure(say: Callable[[str], None]) -> dict[str, Any]:
    """Starts a shop with the sample in it and counts each call there, averages over a few of them."""
    template = load_template(parameters=local_parameters())
    with Shop(template=template, containers=2, say=say) as shop:
        load_sample(shop.url, shop.token("loader", SERVICE), say, customers=_CUSTOMERS)
        os.environ.clear()
        os.environ.update(aws.environment(shop.aws_url, shop.model_url))
        os.environ.update(template.shared_environment(shop.resources))
        boto3.setup_default_session()
        uncounted = boto3.Session().client("dynamodb")
        counter, log = Counter(uncounted), io.StringIO()
        found = []
        with redirect_stdout(log):
            for call in _calls():
                found.append(_measured(call, template.function(call.function), counter, log))
                say(f"counted {call.name}")
        tables = {
            name: uncounted.describe_table(TableName=shop.resources[name])["Table"]["ItemCount"]
            for name in template.tables
        }
    return {
        "command": "python -m local.costs",
        "when": datetime.now(UTC).date().isoformat(),
        "products": len(load_products()),
        "customers": _CUSTOMERS,
        "items": tables,
        "calls": found,
        "schedules": dict(_schedules()),
    }


def _measured(call: Call, function: Function, counter: Counter, log: io.StringIO) -> dict[str, Any]:
    handler = load_handler(function)

    def ask(number: int) -> None:
        context = Context(
            function.name, str(function.memory), str(uuid.uuid4()), time.time() + function.timeout
        )
        answer = handler(call.event(number), context)
        if answer.get("statusCode", 200) >= 300:
            raise RuntimeError(f"{call.name}: {answer}")

    ask(-1)  # imports and connects
    with counter.counting(log) as counts:
        for number in range(call.times):
            ask(number)
    return {
        "call": call.name,
        "function": call.function,
        "memory_mb": function.memory,
        "api": bool(function.routes),
        "reads": counts.reads / call.times,
        "writes": counts.writes / call.times,
        "queue": counts.of("sqs") / call.times,
        "searches": counts.requests["dynamodb.SearchVectors"] / call.times,
        "object_writes": sum(counts.requests[f"s3.{name}"] for name in ("PutObject", "ListObjectsV2"))
        / call.times,
        "object_reads": counts.requests["s3.GetObject"] / call.times,
        "model_calls": counts.of("sagemaker-runtime") / call.times,
        "tokens_in": counts.tokens_in / call.times,
        "tokens_out": counts.tokens_out / call.times,
        "seconds": (counts.seconds - counts.model_seconds) / call.times,
        "model_seconds": counts.model_seconds / call.times,
        "log_bytes": counts.log_bytes / call.times,
    }


def _schedules() -> Iterator[tuple[str, float]]:
    """How often a month each schedule of the template runs."""
    for function in load_template().functions.values():
        for schedule in function.schedules:
            every = rate_seconds(schedule.expression)
            assert every is not None, f"{schedule.expression} is no rate"
            yield function.folder.rpartition("/")[2], 730 * 3600 / every


def _calls() -> list[Call]:
    products = load_products()
    return [
        Call("10 events of a visit", "activity", lambda n: _http("activity/session", {"events": _visit(n)})),
        Call("a profile", "profiling", lambda n: _of_customer("profiling/read", n)),
        Call(
            "a list of recommendations", "recommendation", lambda n: _of_customer("recommendation/for_you", n)
        ),
        Call(
            "an answer",
            "question_answering",
            lambda n: _http("question_answering/policy", {"question": _QUESTIONS[n % len(_QUESTIONS)]}),
        ),
        Call(
            "a product description",
            "content",
            lambda n: _http(
                "content/catalogue_product",
                {"kind": "product_description", "product_id": products[n]["id"], "language": "en"},
            ),
        ),
        Call(
            "25 products stored",
            "catalog",
            # As the shop's feed changes: the same products with other prices.
            lambda n: _http("catalog/put_products", {"products": products[25 * (n % 4) :][:25]}),
            times=4,
        ),
        Call("a profile rebuilt", "profile_refresh", _stale),
        Call("a sweep", "profile_sweep", lambda n: _event("profile_sweep/scheduled"), times=2),
        Call("a recount", "neighbour_refresh", lambda n: _event("neighbour_refresh/scheduled"), times=1),
        Call(
            "a look for old vectors",
            "embedding_refresh",
            lambda n: _event("embedding_refresh/scheduled"),
            times=2,
        ),
        Call(
            "a list of articles worth writing",
            "article_gaps",
            lambda n: _event("article_gaps/scheduled"),
            times=1,
        ),
        Call("an export", "recommender_export", lambda n: {"time": datetime.now(UTC).isoformat()}, times=1),
    ]


def _event(case: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{case}.json").read_text(encoding="utf-8"))
    return loaded


def _http(case: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    event = _event(case)
    claims = {"sub": "costs", "scope": "shop/service shop/marketing"}
    event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": []}}
    if body is not None:
        event |= {"body": json.dumps(body), "isBase64Encoded": False}
    return event


def _of_customer(case: str, number: int) -> dict[str, Any]:
    event = _http(case)
    path = event["rawPath"].replace(event["pathParameters"]["customer_id"], _customer(number))
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["pathParameters"]["customer_id"] = _customer(number)
    return event


def _stale(number: int) -> dict[str, Any]:
    event = _event("profile_refresh/one_customer")
    event["Records"][0]["body"] = json.dumps({"customer_id": _customer(number)})
    return event


def _customer(number: int) -> str:
    return f"c-{number % _CUSTOMERS + 1:03}"


def _visit(number: int) -> list[dict[str, Any]]:
    """Ten steps of one customer, new each time."""
    products = load_products()
    return [
        {
            "event_id": f"costs-{number}-{step}-{time.time_ns()}",
            "event_name": ("view_item", "view_item", "add_to_cart")[step % 3],
            "event_time": datetime.now(UTC).isoformat(),
            "customer_id": _customer(number),
            "items": [{"item_id": products[(7 * number + step) % len(products)]["id"]}],
        }
        for step in range(10)
    ]
