"""Requests on the wire: what is taken, what is refused, and the field that is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model.contract import ChatRequest, EmbeddingsRequest, Refused, read

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}


def _read(body: Any) -> ChatRequest | EmbeddingsRequest:
    return read(json.dumps(body).encode(), ChatRequest, EmbeddingsRequest)


def test_the_shape_tells_chat_from_embeddings() -> None:
    assert isinstance(_read(HELLO), ChatRequest)
    assert isinstance(_read({"input": "hello"}), EmbeddingsRequest)


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
        ({"stream": True}, "stream"),
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
    ],
)
def test_a_wrong_embeddings_field_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        _read(body)
    assert (refused.value.status, refused.value.param) == (400, field)


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
