"""One request over HTTP, timed with the monotonic clock."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from local.benchmarks.model_speed.stream import StreamError, pieces
from local.benchmarks.model_speed.workload import Chat


@dataclass(frozen=True)
class Target:
    """An OpenAI-compatible server.

    Attributes:
        url: its root, such as http://127.0.0.1:8080.
        forces_length: it understands `ignore_eos`, so a chat can be answered with an exact number of tokens.
        timeout: seconds that one read may take.
        text_model, embedding_model: sent as `model` where given.
    """

    url: str
    forces_length: bool = False
    timeout: float = 120.0
    text_model: str | None = None
    embedding_model: str | None = None


@dataclass
class Outcome:
    """What became of one request. Times are in seconds; `failure` is empty if it was answered.

    Attributes:
        start: when it was due: a request that leaves late has waited since then.
        sent, first, end: when it left, when its first text came, when its last byte came.
        gaps: between one piece of text and the next.
        opening: a client's first request: all clients begin at once, as no load ever comes.
    """

    start: float
    sent: float = 0.0
    first: float | None = None
    end: float = 0.0
    gaps: list[float] = field(default_factory=list)
    prompt_tokens: int = 0
    tokens: int = 0
    finish_reason: str | None = None
    text: str = ""
    failure: str = ""
    opening: bool = False


def ask_chat(target: Target, chat: Chat, due: float | None = None) -> Outcome:
    """Streams one answer, greedy. `due`: when it should have been sent, if not now. Never raises."""
    body: dict[str, Any] = {
        "messages": chat.turns(),
        "max_tokens": chat.max_tokens,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if target.text_model:
        body["model"] = target.text_model
    if chat.exactly and target.forces_length:
        body["ignore_eos"] = True
    outcome = Outcome(time.perf_counter() if due is None else due)
    last: float | None = None
    try:
        with _post(target, "/v1/chat/completions", body, outcome) as response:
            for piece in pieces(response):
                if piece.text:
                    now = time.perf_counter()
                    if last is None:
                        outcome.first = now
                    else:
                        outcome.gaps.append(now - last)
                    last = now
                    outcome.text += piece.text
                outcome.finish_reason = piece.finish_reason or outcome.finish_reason
                outcome.prompt_tokens = piece.prompt_tokens or outcome.prompt_tokens
                outcome.tokens = piece.completion_tokens or outcome.tokens
            response.read()  # the body's own end: to leave before it would look like giving up
        if not outcome.tokens:
            raise StreamError("the stream brought no usage with completion_tokens")
        if outcome.first is None:  # tokens that make no text, such as an end at once
            outcome.first = time.perf_counter()
    except (OSError, http.client.HTTPException, RuntimeError) as error:
        outcome.failure = f"{type(error).__name__}: {error}"
    outcome.end = time.perf_counter()
    return outcome


def ask_embeddings(target: Target, texts: list[str]) -> Outcome:
    """The vectors of `texts`; `tokens` are those read. Never raises."""
    body: dict[str, Any] = {"input": texts, "encoding_format": "base64"}  # as OpenAI's own client asks
    if target.embedding_model:
        body["model"] = target.embedding_model
    outcome = Outcome(time.perf_counter())
    try:
        with _post(target, "/v1/embeddings", body, outcome) as response:
            answer = json.loads(response.read())
        if len(answer["data"]) != len(texts):
            raise StreamError(f"{len(answer['data'])} vectors for {len(texts)} texts")
        outcome.tokens = answer["usage"]["prompt_tokens"]
    except (OSError, http.client.HTTPException, RuntimeError, ValueError, KeyError) as error:
        outcome.failure = f"{type(error).__name__}: {error}"
    outcome.end = time.perf_counter()
    return outcome


@contextmanager
def _post(
    target: Target, path: str, body: dict[str, Any], outcome: Outcome
) -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(target.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=target.timeout)
    try:
        outcome.sent = time.perf_counter()
        connection.request(
            "POST", parts.path.rstrip("/") + path, json.dumps(body), {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        if response.status != 200:
            words = response.read(400).decode("utf-8", "replace")
            raise StreamError(f"status {response.status}: {words}")
        yield response
    finally:
        connection.close()
