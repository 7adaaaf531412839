"""Requests on the wire: what is taken, what is refused, and the field that is named."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest

from model.contract import (
    ChatRequest,
    EmbeddingsRequest,
    EvidenceRequest,
    RecommendationsRequest,
    Refused,
    Request,
    in_base64,
    read,
)

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}
PAGES: dict[str, Any] = {"question": "hot?", "pages": [{"title": "Tea", "sentences": ["Hot."]}]}
SHAPE: dict[str, Any] = {"name": "x", "schema": {"type": "object"}}


def _shaped(json_schema: dict[str, Any]) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": json_schema}}


def _read(body: Any) -> Request:
    return read(
        json.dumps(body).encode(), ChatRequest, EmbeddingsRequest, EvidenceRequest, RecommendationsRequest
    )


def test_the_shape_tells_the_kind() -> None:
    assert isinstance(_read(HELLO), ChatRequest)
    assert isinstance(_read({"input": "hello"}), EmbeddingsRequest)
    assert isinstance(_read(PAGES), EvidenceRequest)
    assert isinstance(_read({"history": ["p-1"]}), RecommendationsRequest)


def test_one_text_is_a_list_of_one() -> None:
    embeddings = _read({"input": "你好"})
    assert isinstance(embeddings, EmbeddingsRequest)
    assert embeddings.input == ["你好"]
    chat = _read(HELLO | {"stop": "\n"})
    assert isinstance(chat, ChatRequest)
    assert chat.stop == ["\n"]


def test_whole_numbers_are_numbers() -> None:
    chat = _read(HELLO | {"temperature": 0, "top_p": 1, "seed": -1})
    assert isinstance(chat, ChatRequest)
    assert (chat.temperature, chat.top_p, chat.seed) == (0.0, 1.0, -1)


def _chat(change: dict[str, Any]) -> ChatRequest:
    chat = _read(HELLO | change)
    assert isinstance(chat, ChatRequest)
    return chat


def test_what_is_left_out_has_its_default() -> None:
    chat = _chat({})
    assert (chat.n, chat.max_tokens, chat.temperature, chat.top_p, chat.seed) == (1, 256, 1.0, 1.0, None)
    assert (chat.stop, chat.stream, chat.stream_options, chat.logprobs) == ([], False, None, False)
    assert chat.text_schema is None


def test_a_stream_and_its_options_are_taken() -> None:
    chat = _chat({"stream": True, "stream_options": {"include_usage": True}})
    assert chat.stream
    assert chat.stream_options
    assert chat.stream_options.include_usage
    assert _chat({"stream": True, "stream_options": None}).stream_options is None


def test_openais_newer_name_of_max_tokens_is_the_same() -> None:
    assert _chat({"max_completion_tokens": 7}).max_tokens == _chat({"max_tokens": 7}).max_tokens == 7


def test_log_probabilities_of_the_chosen_tokens_are_taken() -> None:
    assert _chat({"logprobs": True, "top_logprobs": 0}).logprobs


@pytest.mark.parametrize(
    ("change", "schema"),
    [
        ({"response_format": {"type": "text"}}, None),
        ({"response_format": {"type": "json_object"}}, {"type": "object", "additionalProperties": True}),
        (_shaped(SHAPE), {"type": "object"}),
        (_shaped(SHAPE | {"strict": True, "description": "y"}), {"type": "object"}),
    ],
)
def test_the_format_tells_the_schema_of_the_text(change: dict[str, Any], schema: Any) -> None:
    assert _chat(change).text_schema == schema


def test_vectors_come_as_numbers_or_in_base64() -> None:
    for body, coded in (({}, "float"), ({"encoding_format": "base64"}, "base64")):
        embeddings = _read({"input": "x"} | body)
        assert isinstance(embeddings, EmbeddingsRequest)
        assert embeddings.encoding_format == coded
    # As OpenAI's client decodes it.
    assert struct.unpack("<3f", base64.b64decode(in_base64([0.5, -1.0, 2.0**-20]))) == (0.5, -1.0, 2.0**-20)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}] * 65}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages.0.name"),
        ({"n": 0}, "n"),
        ({"n": 17}, "n"),
        ({"n": True}, "n"),
        ({"n": "8"}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1025}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"seed": 2**63}, "seed"),
        ({"seed": 1.0}, "seed"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": [""]}, "stop.0"),
        ({"stop": 3}, "stop"),
        ({"model": 3}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"stream": True, "stream_options": {"chunk": 1}}, "stream_options.chunk"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"max_completion_tokens": 1025}, "max_completion_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_completion_tokens"),
        ({"logprobs": 1}, "logprobs"),
        ({"logprobs": True, "top_logprobs": 1}, "top_logprobs"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "text", "json_schema": SHAPE}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_object", "json_schema": SHAPE}}, "response_format.json_schema"),
        (_shaped({"name": "x"}), "response_format.json_schema.schema"),
        (_shaped(SHAPE | {"name": ""}), "response_format.json_schema.name"),
        (_shaped(SHAPE | {"grammar": ""}), "response_format.json_schema.grammar"),
        (_shaped(SHAPE | {"schema": True}), "response_format.json_schema.schema"),
        (_shaped(SHAPE | {"schema": {"oneOf": []}}), "response_format.json_schema.schema.oneOf"),
        ({"input": "both shapes at once"}, "input"),
    ],
)
def test_a_wrong_chat_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        _read(HELLO | change)
    assert (refused.value.status, refused.value.param) == (400, field)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": []}, "input"),
        ({"input": [""]}, "input.0"),
        ({"input": ["ok", 3]}, "input.1"),
        ({"input": ["x"] * 129}, "input"),
        ({"input": "x" * 8001}, "input.0"),
        ({"input": None}, "input"),
        ({"input": "x", "dimensions": 3}, "dimensions"),
        ({"input": "x", "encoding_format": "int8"}, "encoding_format"),
        ({"input": "x", "stream": True}, "stream"),
    ],
)
def test_a_wrong_embeddings_field_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        _read(body)
    assert (refused.value.status, refused.value.param) == (400, field)


def _history(change: dict[str, Any]) -> RecommendationsRequest:
    asked = _read({"history": ["p-1", "p-2"]} | change)
    assert isinstance(asked, RecommendationsRequest)
    return asked


def test_a_history_alone_is_enough() -> None:
    asked = _history({})
    assert (asked.history, asked.limit, asked.exclude) == (["p-1", "p-2"], 50, [])
    assert (asked.explain, asked.arrivals, asked.model) == (0, [], None)


def test_an_arrivals_vector_comes_as_numbers_or_in_base64() -> None:
    vector = [0.5, -1.0, 2.0**-20]
    coded = base64.b64encode(struct.pack("<3f", *vector)).decode()
    arrivals = [
        {"product_id": "p-8", "embedding": vector, "embedding_model": "reader"},
        {"product_id": "p-9", "embedding": coded},
    ]
    plain, packed = _history({"arrivals": arrivals}).arrivals
    assert (plain.product_id, plain.embedding, plain.embedding_model) == ("p-8", vector, "reader")
    assert (packed.product_id, packed.embedding, packed.embedding_model) == ("p-9", vector, None)


def _arrival(**change: Any) -> dict[str, Any]:
    return {"arrivals": [{"product_id": "p-8", "embedding": [1.0]} | change]}


NOT_A_NUMBER = base64.b64encode(struct.pack("<2f", 0.5, float("nan"))).decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"history": []}, "history"),
        ({"history": "p-1"}, "history"),
        ({"history": ["p-1"] * 201}, "history"),
        ({"history": ["p-1", ""]}, "history.1"),
        ({"history": ["p" * 129]}, "history.0"),
        ({"history": [7]}, "history.0"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"limit": True}, "limit"),
        ({"exclude": ["p-1"] * 1001}, "exclude"),
        ({"exclude": [""]}, "exclude.0"),
        ({"exclude": None}, "exclude"),
        ({"explain": -1}, "explain"),
        ({"explain": 21}, "explain"),
        ({"customer_id": "c-1"}, "customer_id"),
        ({"input": "both shapes at once"}, "history"),
        ({"arrivals": {}}, "arrivals"),
        ({"arrivals": [{"product_id": f"p-{n}", "embedding": [1.0]} for n in range(129)]}, "arrivals"),
        ({"arrivals": [{"embedding": [1.0]}]}, "arrivals.0.product_id"),
        ({"arrivals": [{"product_id": "p-8"}]}, "arrivals.0.embedding"),
        ({"arrivals": _arrival()["arrivals"] * 2}, "arrivals.1.product_id"),
        (_arrival(product_id=""), "arrivals.0.product_id"),
        (_arrival(embedding=[]), "arrivals.0.embedding"),
        (_arrival(embedding=""), "arrivals.0.embedding"),
        (_arrival(embedding=[0.0, 0.0]), "arrivals.0.embedding"),
        (_arrival(embedding=[1.0, "x"]), "arrivals.0.embedding.1"),
        (_arrival(embedding=[1e39]), "arrivals.0.embedding.0"),
        (_arrival(embedding="not base64"), "arrivals.0.embedding"),
        (_arrival(embedding=base64.b64encode(b"12345").decode()), "arrivals.0.embedding"),
        (_arrival(embedding=NOT_A_NUMBER), "arrivals.0.embedding.1"),
        (_arrival(embedding=[1.0] * 4097), "arrivals.0.embedding"),
        (_arrival(embedding_model=""), "arrivals.0.embedding_model"),
        (_arrival(title="Tea"), "arrivals.0.title"),
    ],
)
def test_a_wrong_recommendations_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        _history(change)
    assert (refused.value.status, refused.value.param) == (400, field)
    assert field in str(refused.value)


def test_a_number_too_large_for_json_is_refused() -> None:
    body = b'{"history": ["p-1"], "arrivals": [{"product_id": "p-8", "embedding": [1e400]}]}'
    with pytest.raises(Refused) as refused:
        read(body, RecommendationsRequest)
    assert refused.value.param == "arrivals.0.embedding.0"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"messages"',
        b"{}",
        b'{"prompt": "x"}',
        b'{"input": "\xff"}',
        b'{"input": "\\ud800"}',  # half a character
        b'{"messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(body, ChatRequest, EmbeddingsRequest)
    assert refused.value.status == 400


def test_the_refusal_does_not_quote_the_request() -> None:
    with pytest.raises(Refused) as refused:
        _read({"messages": [{"role": "user", "content": 5}], "model": "secret"})
    assert "secret" not in str(refused.value)


def test_an_address_for_one_kind_takes_no_other() -> None:
    with pytest.raises(Refused) as refused:
        read(b'{"input": "x"}', ChatRequest)
    assert refused.value.param == "messages"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"pages": []}, "pages"),
        ({"pages": [{"title": "Tea", "sentences": []}]}, "pages.0.sentences"),
        ({"pages": [{"title": "Tea", "sentences": ["Hot."], "id": 1}]}, "pages.0.id"),
        ({"pages": [{"title": "Tea", "sentences": ["Hot."] * 130}] * 2}, "pages"),
    ],
)
def test_evidence_is_not_looked_for_in_what_is_no_pages(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        _read(PAGES | change)
    assert refused.value.param == field
