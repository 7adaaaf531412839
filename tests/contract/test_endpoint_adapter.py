"""The wire contract from the functions' side: what the adapter sends and what it makes of the answers."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from shopwright.adapters.endpoint import EndpointModel
from shopwright.adapters.sagemaker import Endpoint
from shopwright.errors import ModelAnswerInvalid, ModelRefused, ModelUnavailable
from shopwright.ports import Message, Page
from tests.contract.wire import Wire, golden


def _model(answer: Any) -> tuple[EndpointModel, Wire]:
    wire = Wire(answer)
    endpoint = Endpoint(wire, "endpoint")
    return EndpointModel(
        endpoint, endpoint, endpoint, query_prefix="query: ", passage_prefix="passage: "
    ), wire


def test_the_chat_request_and_answer_are_the_golden_ones() -> None:
    model, wire = _model(golden("chat_response"))
    wanted = golden("chat_request")
    candidates = model.generate(
        [Message(**message) for message in wanted["messages"]],
        n=wanted["n"],
        max_tokens=wanted["max_tokens"],
        temperature=wanted["temperature"],
        seed=wanted["seed"],
    )
    assert json.loads(wire.sent["Body"]) == wanted
    assert wire.sent["EndpointName"] == "endpoint"
    assert wire.sent["ContentType"] == "application/json"
    choices = golden("chat_response")["choices"]
    assert [candidate.text for candidate in candidates] == [c["message"]["content"] for c in choices]
    assert [candidate.complete for candidate in candidates] == [c["finish_reason"] == "stop" for c in choices]


def test_the_embeddings_request_and_answer_are_the_golden_ones() -> None:
    model, wire = _model(golden("embeddings_response"))
    wanted = golden("embeddings_request")
    embedded = model.embed_queries([text.removeprefix("query: ") for text in wanted["input"]])
    assert json.loads(wire.sent["Body"]) == wanted
    assert embedded.model == golden("embeddings_response")["model"]
    assert embedded.vectors == [row["embedding"] for row in golden("embeddings_response")["data"]]


def test_the_evidence_request_and_answer_are_the_golden_ones() -> None:
    model, wire = _model(golden("evidence_response"))
    wanted = golden("evidence_request")
    pages = [Page(page["title"], page["sentences"]) for page in wanted["pages"]]
    assert model.log_odds(wanted["question"], pages) == [[-3.5, 4.25], [-2.0]]
    assert json.loads(wire.sent["Body"]) == wanted


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": [{"index": 0}]},
        {"data": []},
        {"data": [{"index": 0, "log_odds": [1.0]}]},
        {"data": [{"index": 0, "log_odds": [1.0, None]}]},
        '{"data": [{"index": 0, "log_odds": [1.0, NaN]}]}',
    ],
)
def test_what_are_no_odds_of_the_sentences_is_the_models_fault(answer: Any) -> None:
    with pytest.raises(ModelAnswerInvalid):
        _model(answer)[0].log_odds("hot?", [Page("Tea", ["Hot.", "Green."])])


def test_passages_get_their_own_prefix() -> None:
    model, wire = _model({"model": "m", "data": [{"index": 0, "embedding": [1.0]}]})
    model.embed_passages(["tea"])
    assert json.loads(wire.sent["Body"]) == {"input": ["passage: tea"]}


@pytest.mark.parametrize(
    "answer",
    ["not json", "[]", {}, {"choices": [{"index": 0}]}, {"choices": None}],
)
def test_an_answer_off_the_contract_is_invalid(answer: Any) -> None:
    with pytest.raises(ModelAnswerInvalid):
        _model(answer)[0].generate([Message("user", "hello")])


@pytest.mark.parametrize("data", [[], [{"index": 0, "embedding": []}], [{"index": 0, "embedding": "x"}]])
def test_vectors_that_do_not_match_the_texts_are_invalid(data: Any) -> None:
    with pytest.raises(ModelAnswerInvalid):
        _model({"model": "m", "data": data})[0].embed_queries(["tea"])


def _failure(code: str, status: int | None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "from the container"}}
    if status:
        response["OriginalStatusCode"] = status
    return ClientError(response, "InvokeEndpoint")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (_failure("ModelError", 400), ModelRefused),
        (_failure("ModelError", 413), ModelRefused),
        (_failure("ValidationError", None), ModelUnavailable),  # a component at zero copies, too
        (_failure("ModelError", 429), ModelUnavailable),
        (_failure("ModelError", 500), ModelUnavailable),
        (_failure("ServiceUnavailable", None), ModelUnavailable),
        (_failure("ModelNotReadyException", None), ModelUnavailable),
        (ConnectTimeoutError(endpoint_url="http://127.0.0.1:9"), ModelUnavailable),
    ],
)
def test_failures_tell_our_fault_from_an_outage(failure: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        _model(failure)[0].generate([Message("user", "hello")])


def test_as_many_texts_go_in_one_call_as_the_adapter_was_told() -> None:
    sizes: list[int] = []

    class Counting:
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            sizes.append(len(json.loads(request["Body"])["input"]))
            rows = [{"index": n, "embedding": [1.0]} for n in range(sizes[-1])]
            return {"Body": io.BytesIO(json.dumps({"data": rows, "model": "m"}).encode())}

    counting = Endpoint(Counting(), "endpoint")
    EndpointModel(counting, counting, counting).embed_passages(["text"] * 70)
    EndpointModel(counting, counting, counting, batch=64).embed_passages(["text"] * 70)
    assert sizes == [16, 16, 16, 16, 6, 64, 6]


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_vector_that_is_no_number_is_refused(value: str) -> None:
    answer = f'{{"data": [{{"index": 0, "embedding": [0.5, {value}]}}], "model": "m"}}'
    with pytest.raises(ModelAnswerInvalid, match="no number"):
        _model(answer)[0].embed_passages(["text"])
