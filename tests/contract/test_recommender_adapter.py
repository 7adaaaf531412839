"""Next products from the functions' side: what the adapter sends and what it makes of the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from shopwright.adapters.recommender_endpoint import EndpointNextProducts
from shopwright.adapters.sagemaker import Endpoint
from shopwright.errors import ModelAnswerInvalid, ModelRefused, ModelUnavailable
from shopwright.ports import Arrival, NextList, NextProduct
from tests.contract.wire import Wire, golden


def _next(answer: Any, history: list[str] | None = None, **options: Any) -> tuple[NextList, Wire]:
    wire = Wire(answer)
    recommender = EndpointNextProducts(Endpoint(wire, "endpoint", component="part", timeout=1.5))
    return recommender.next_products(history or ["p-1", "p-2"], **options), wire


def test_the_request_and_answer_are_the_golden_ones() -> None:
    wanted = golden("recommendations_request")
    given, wire = _next(
        golden("recommendations_response"),
        wanted["history"],
        limit=wanted["limit"],
        exclude=set(wanted["exclude"]),
        explain=wanted["explain"],
        arrivals=[Arrival("p-0900", [0.5, -0.5, 0.5, 0.5], "multilingual-e5-small-q4")],
    )
    assert json.loads(wire.sent.pop("Body")) == wanted
    assert wire.sent == {
        "EndpointName": "endpoint",
        "InferenceComponentName": "part",
        "CustomAttributes": "deadline_ms=1500",
        "ContentType": "application/json",
        "Accept": "application/json",
    }
    assert given == NextList(
        "2026-11-25T06:00:00Z",
        2,
        [
            NextProduct("p-0310", 0.83, {"p-0302": 0.41, "p-0205": -0.02}),
            NextProduct("p-0900", 0.125, {"p-0302": 0.0625, "p-0205": 0.0}),
        ],
    )
    assert list(given.products[0].because) == ["p-0302", "p-0205"]


def test_what_is_not_asked_for_is_not_sent() -> None:
    given, wire = _next({"model": "v1", "known": 0, "data": []})
    assert json.loads(wire.sent["Body"]) == {"history": ["p-1", "p-2"], "limit": 50}
    assert given == NextList("v1", 0, [])


def _answer(**change: Any) -> dict[str, Any]:
    row = {"index": 0, "product_id": "p-7", "score": 0.5, "because": [{"product_id": "p-2", "drop": 0.1}]}
    return {"object": "list", "model": "v1", "known": 1, "data": [row | change]}


def test_rows_are_put_in_order_and_what_is_new_on_the_wire_is_no_fault() -> None:
    first, second = _answer(colour="red")["data"][0], _answer(index=1, product_id="p-8")["data"][0]
    given, _ = _next(_answer() | {"data": [second, first], "took_ms": 3})
    assert [each.product_id for each in given.products] == ["p-7", "p-8"]


@pytest.mark.parametrize(
    "answer",
    [
        "not json",
        "[]",
        {},
        {"object": "list", "data": [], "model": "m", "usage": {}},  # embeddings
        _answer() | {"data": None},
        _answer() | {"data": [7]},
        _answer() | {"model": ""},
        _answer() | {"model": None},
        _answer() | {"known": -1},
        _answer() | {"known": 3},  # of a history of two
        _answer() | {"known": "1"},
        _answer(product_id=7),
        _answer(product_id=""),
        _answer(product_id="p" * 129),
        _answer(score=1.01),
        _answer(score=-0.01),
        _answer(score="0.5"),
        _answer(score=True),
        _answer(score=None),
        json.dumps(_answer()).replace("0.5", "NaN"),
        json.dumps(_answer()).replace("0.1", "Infinity"),
        json.dumps(_answer()).replace("0.5", "1e999"),
        _answer(because=None),
        _answer(because=["p-2"]),
        _answer(because=[{"product_id": 2, "drop": 0.1}]),
        _answer(because=[{"product_id": "p-2", "drop": "much"}]),
        _answer(index="0"),
        _answer() | {"data": _answer()["data"] * 2},
        _answer() | {"data": [_answer(product_id=f"p-{n}")["data"][0] for n in range(6)]},
    ],
)
def test_an_answer_off_the_contract_is_invalid(answer: Any) -> None:
    with pytest.raises(ModelAnswerInvalid):
        _next(answer, limit=5)


def test_the_fault_is_told_without_what_the_customer_did() -> None:
    with pytest.raises(ModelAnswerInvalid, match=r"data\.0\.score$") as invalid:
        _next(_answer(product_id="p-secret", score="secret"))
    assert "secret" not in str(invalid.value)


def _failure(code: str, status: int | None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "from the container"}}
    if status:
        response["OriginalStatusCode"] = status
    return ClientError(response, "InvokeEndpoint")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (_failure("ModelError", 400), ModelRefused),
        (_failure("ValidationError", None), ModelUnavailable),
        (_failure("ModelError", 429), ModelUnavailable),
        (_failure("ModelError", 503), ModelUnavailable),
        (_failure("ModelError", 504), ModelUnavailable),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1:9"), ModelUnavailable),
    ],
)
def test_failures_tell_our_fault_from_an_outage(failure: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        _next(failure)
