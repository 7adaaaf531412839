"""Server-sent events as OpenAI's streams use them: lines `data: {...}`, a blank line after each, `[DONE]`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


class StreamError(RuntimeError):
    """The stream is not what OpenAI's protocol says, or the server reports a failure in it."""


@dataclass(frozen=True)
class Piece:
    """What one event brings: text, or why the answer ended, or what it took."""

    text: str = ""
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


def pieces(lines: Iterable[bytes]) -> Iterator[Piece]:
    """The events in the lines of a body, until `[DONE]`.

    Raises:
        StreamError: an event is no JSON or says `error`, or the lines end before `[DONE]`.
    """
    for data in _events(lines):
        if data == b"[DONE]":
            return
        try:
            chunk = json.loads(data)
        except ValueError:
            raise StreamError(f"an event is not JSON: {data[:80]!r}") from None
        if "error" in chunk:
            raise StreamError(f"the server failed while streaming: {chunk['error']}")
        yield _piece(chunk)
    raise StreamError("the stream ended without [DONE]")


def _events(lines: Iterable[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []
    for line in lines:
        line = line.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            parts.append(line[5:].removeprefix(b" "))
        elif not line and parts:
            yield b"\n".join(parts)
            parts = []
        # Comments (":") and other fields say nothing that is measured.


def _piece(chunk: dict[str, Any]) -> Piece:
    usage = chunk.get("usage") or {}
    choice = chunk["choices"][0] if chunk.get("choices") else {}
    return Piece(
        text=(choice.get("delta") or {}).get("content") or "",
        finish_reason=choice.get("finish_reason"),
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
    )
