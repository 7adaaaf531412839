"""Embeddings: texts, and their vectors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from .base import Answer, Request, one_or_many

MAX_TEXT_CHARACTERS = 8_000  # of one text to embed: several times what an embedder reads at once


class EmbeddingsRequest(Request):
    """POST with `input`: a text, or up to 128."""

    mark: ClassVar[str] = "input"
    input: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)]],
        BeforeValidator(one_or_many),
    ] = Field(min_length=1, max_length=128)
    encoding_format: Literal["float", "base64"] = "float"


class Embedding(Answer):
    """The vector of one text, L2-normalised; in base64 as little-endian 32-bit floats."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(Answer):
    """Tokens read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(Answer):
    """Answer to EmbeddingsRequest. `model` says whose vectors these are: never mix two models'."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingsUsage
