"""The wire contract from the model server's side: the golden requests are taken, the golden answers given."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from model.contract import (
    ChatRequest,
    ChatResponse,
    EmbeddingsRequest,
    EmbeddingsResponse,
    ErrorBody,
    ErrorResponse,
    Refused,
    read,
)
from model.engines import Candidate, Completion, Embeddings, Message, Sampling
from model.service import Service

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


class Engine:
    """Both engines in one, giving what the golden answers hold."""

    concurrency = 1
    dimensions = 4

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def generate(self, messages: list[Message], **asked: Any) -> Completion:
        self.asked = {"messages": messages, **asked}
        answer = golden("chat_response")
        choices, usage = answer["choices"], answer["usage"]
        counts = [usage["completion_tokens"] - len(choices) + 1] + [1] * (len(choices) - 1)
        return Completion(
            usage["prompt_tokens"],
            [
                Candidate(choice["message"]["content"], choice["finish_reason"], count)
                for choice, count in zip(choices, counts, strict=True)
            ],
        )

    def embed(self, texts: list[str]) -> Embeddings:
        self.asked = {"texts": texts}
        answer = golden("embeddings_response")
        return Embeddings([row["embedding"] for row in answer["data"]], answer["usage"]["prompt_tokens"])


def _answered(request: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the engine was asked for a golden request, and the answer as it goes over the wire."""
    engine = Engine()
    names = golden("chat_response")["model"], golden("embeddings_response")["model"]
    service = Service(names[0], engine, names[1], engine)
    asked = read((GOLDEN / f"{request}.json").read_bytes(), ChatRequest, EmbeddingsRequest)
    try:
        given = json.loads(asyncio.run(service.answer(asked)).model_dump_json())
    finally:
        service.close()
    assert isinstance(given, dict)
    return engine.asked, given


def test_the_golden_chat_request_gets_the_golden_answer() -> None:
    asked, given = _answered("chat_request")
    wanted = golden("chat_request")
    assert asked == {
        "messages": [Message(**message) for message in wanted["messages"]],
        "n": 8,
        "max_tokens": 96,
        "sampling": Sampling(temperature=0.7, top_p=0.9, seed=7),
    }
    expected = golden("chat_response")
    assert given.pop("id").startswith("chatcmpl-")
    assert isinstance(given.pop("created"), int)
    del expected["id"], expected["created"]
    assert given == expected


def test_the_golden_embeddings_request_gets_the_golden_answer() -> None:
    asked, given = _answered("embeddings_request")
    assert asked == {"texts": golden("embeddings_request")["input"]}
    assert given == golden("embeddings_response")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("chat_response", ChatResponse),
        ("embeddings_response", EmbeddingsResponse),
        ("error_response", ErrorResponse),
    ],
)
def test_the_golden_answers_are_what_the_server_can_say(name: str, kind: type[ChatResponse]) -> None:
    assert json.loads(kind.model_validate(golden(name)).model_dump_json()) == golden(name)


def test_the_golden_error_is_said_of_the_request_it_is_about() -> None:
    with pytest.raises(Refused) as refused:
        read(json.dumps(golden("chat_request") | {"n": 17}).encode(), ChatRequest)
    body = ErrorBody(
        message=str(refused.value),
        type="invalid_request_error",
        param=refused.value.param,
        code=refused.value.code,
    )
    assert json.loads(ErrorResponse(error=body).model_dump_json()) == golden("error_response")
