"""The wire contract from the model server's side: the golden requests are taken, the golden answers given."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tokenizers import Tokenizer

from model.contract import (
    ChatMessage,
    ChatRequest,
    ChatResponse,
    EmbeddingsRequest,
    EmbeddingsResponse,
    ErrorBody,
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    RecommendationsRequest,
    RecommendationsResponse,
    Refused,
    read,
)
from model.engines import Rows, Sampling, Step
from model.engines.worker import Deliver, Writing
from model.evidence.pages import Page
from model.metrics import Metrics
from model.recommending import Recommending
from model.registry import default_text
from model.service import Service
from model.tokens import ChatTokenizer
from model.weights.gguf_tokenizer import tokenizer
from model.writing import ChatModel
from tests.contract.wire import golden

FOLDER = tokenizer(Path(default_text({}).source))
CHAT = ChatTokenizer(str(FOLDER))


class TextEngine:
    """Writes the golden answers, one to a step; end tokens make up the count of what was written."""

    ready = True

    def __init__(self) -> None:
        self.asked: list[Writing] = []

    def start(self, writing: Writing, deliver: Deliver) -> int:
        self.asked.append(writing)
        answer = golden("chat_response")
        read = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
        (end,) = read.encode("<|im_end|>").ids
        left = answer["usage"]["completion_tokens"]
        for choice in answer["choices"]:
            tokens = read.encode(choice["message"]["content"]).ids
            left -= len(tokens)
            if choice is answer["choices"][-1]:
                tokens += [end] * left
            deliver(choice["index"], Step(tokens, [-1.0] * len(tokens), choice["finish_reason"]))
        return 0

    def cancel(self, key: int) -> None:
        """All was delivered at once."""

    def close(self) -> None:
        """Nothing to end."""


class EmbeddingEngine:
    """Gives the golden vectors."""

    concurrency = 1
    dimensions = 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Rows:
        self.asked += texts
        answer = golden("embeddings_response")
        tokens = [answer["usage"]["prompt_tokens"] - len(texts) + 1] + [1] * (len(texts) - 1)
        return Rows([row["embedding"] for row in answer["data"]], tokens)


class RecommenderEngine:
    """Suggests the golden products."""

    version = golden("recommendations_response")["model"]
    dimensions = 4
    embedding_model = golden("recommendations_request")["arrivals"][0]["embedding_model"]

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def best(self, history: Sequence[str], **options: Any) -> SimpleNamespace:
        self.asked.append({"history": history} | options)
        answer = golden("recommendations_response")
        return SimpleNamespace(
            known=answer["known"],
            products=[
                SimpleNamespace(
                    product_id=row["product_id"],
                    score=row["score"],
                    because={each["product_id"]: each["drop"] for each in row["because"]},
                )
                for row in answer["data"]
            ],
        )


class EvidenceEngine:
    """Gives the golden odds."""

    def __init__(self) -> None:
        self.asked: list[Page] = []

    def read(self, pages: Sequence[Page]) -> Rows:
        self.asked += pages
        rows = [row["log_odds"] for row in golden("evidence_response")["data"]]
        return Rows(rows, [golden("evidence_response")["usage"]["prompt_tokens"], 0])


def _answered(
    request: str,
    text: TextEngine,
    embeddings: EmbeddingEngine,
    recommender: RecommenderEngine | None = None,
    evidence: EvidenceEngine | None = None,
) -> dict[str, Any]:
    """The answer to a golden request as it goes over the wire."""
    body = json.dumps(golden(request)).encode()
    asked = read(body, ChatRequest, EmbeddingsRequest, EvidenceRequest, RecommendationsRequest)

    async def answer() -> ChatResponse | EmbeddingsResponse | EvidenceResponse | RecommendationsResponse:
        metrics = Metrics()
        name = golden("chat_response")["model"]
        model = ChatModel(name, text, CHAT, metrics, context=2048, places=8, waiting=1)
        recommending = Recommending(metrics)
        if recommender:
            recommending.use(recommender)
        service = Service(
            [model],
            golden("embeddings_response")["model"],
            embeddings,
            metrics,
            evidence_id=golden("evidence_response")["model"],
            evidence=evidence,
            recommending=recommending,
        )
        try:
            if isinstance(asked, ChatRequest):
                return await service.chat(asked, math.inf)
            if isinstance(asked, EvidenceRequest):
                return await service.evidence(asked, math.inf)
            if isinstance(asked, RecommendationsRequest):
                return await service.recommend(asked, math.inf)
            return await service.embed(asked, math.inf)
        finally:
            await service.close()

    given = json.loads(asyncio.run(answer()).model_dump_json())
    assert isinstance(given, dict)
    return given


def test_the_golden_chat_request_gets_the_golden_answer() -> None:
    engine = TextEngine()
    given = _answered("chat_request", engine, EmbeddingEngine())
    (writing,) = engine.asked
    assert (writing.n, writing.max_tokens) == (8, 96)
    assert writing.sampling == Sampling(temperature=0.7, top_p=0.9, seed=7)
    wanted = [ChatMessage(**message) for message in golden("chat_request")["messages"]]
    assert writing.prompt == CHAT.prompt(wanted)
    expected = golden("chat_response")
    assert given.pop("id").startswith("chatcmpl-")
    assert isinstance(given.pop("created"), int)
    del expected["id"], expected["created"]
    assert given == expected


def test_the_golden_embeddings_request_gets_the_golden_answer() -> None:
    engine = EmbeddingEngine()
    given = _answered("embeddings_request", TextEngine(), engine)
    assert engine.asked == golden("embeddings_request")["input"]
    assert given == golden("embeddings_response")


def test_the_golden_evidence_request_gets_the_golden_answer() -> None:
    engine = EvidenceEngine()
    given = _answered("evidence_request", TextEngine(), EmbeddingEngine(), evidence=engine)
    wanted = golden("evidence_request")
    pages = [(wanted["question"], page["title"], tuple(page["sentences"])) for page in wanted["pages"]]
    assert engine.asked == [Page(*page) for page in pages]
    assert given == golden("evidence_response")


def test_the_golden_recommendations_request_gets_the_golden_answer() -> None:
    engine = RecommenderEngine()
    given = _answered("recommendations_request", TextEngine(), EmbeddingEngine(), engine)
    (asked,) = engine.asked
    wanted = golden("recommendations_request")
    arrivals = asked.pop("arrivals")
    assert asked == {
        "history": wanted["history"],
        "limit": wanted["limit"],
        "exclude": set(wanted["exclude"]),
        "explain": wanted["explain"],
    }
    assert {name: vector.tolist() for name, vector in arrivals.items()} == {"p-0900": [0.5, -0.5, 0.5, 0.5]}
    assert given == golden("recommendations_response")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("chat_response", ChatResponse),
        ("embeddings_response", EmbeddingsResponse),
        ("evidence_response", EvidenceResponse),
        ("recommendations_response", RecommendationsResponse),
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
