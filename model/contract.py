"""The bodies on the wire: OpenAI's chat completions and embeddings, the part this server keeps to.

Strict: a field it does not know, of another type or out of range is refused and named.
"""

from __future__ import annotations

import base64
import struct
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, from_json

from .schemas import SchemaRefused, check

MAX_BODY_BYTES = 1 << 20  # SageMaker would take 25 MB; text that long is a mistake
MAX_TEXT_CHARACTERS = 8_000  # of one text to embed: several times what an embedder reads at once


class Refused(Exception):
    """The request is not one this server answers; becomes a 400 (or `status`) that names `param`."""

    def __init__(
        self, message: str, param: str | None = None, *, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self.code = code


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    model: str | None = None


class ChatMessage(BaseModel):
    """One turn."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


class JsonSchema(BaseModel):
    """What the text has to fit. `strict` may be left out: the text always fits."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(min_length=1, max_length=64)
    description: str | None = None
    # OpenAI's name for it is taken by pydantic.
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """Free text, any JSON object, or JSON of a schema."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(BaseModel):
    """`include_usage`: a last chunk tells the tokens."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    include_usage: bool = False


class ChatRequest(_Request):
    """POST with `messages`."""

    messages: list[ChatMessage] = Field(min_length=1, max_length=64)
    n: int = Field(1, ge=1, le=16)
    max_tokens: int = Field(
        256, ge=1, le=1024, validation_alias=AliasChoices("max_tokens", "max_completion_tokens")
    )
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], BeforeValidator(_one_or_many)
    ] = Field(default_factory=list, max_length=4)
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool = False
    # The chosen token's is what the engines tell.
    top_logprobs: int = Field(0, ge=0, le=0)

    @property
    def text_schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the text has to fit, if any."""
        if self.response_format is None or self.response_format.type == "text":
            return None
        if self.response_format.json_schema is None:
            # Said in full: where nothing is said of other properties, the engines let none in.
            return {"type": "object", "additionalProperties": True}
        return self.response_format.json_schema.schema_


class EmbeddingsRequest(_Request):
    """POST with `input`: a text, or up to 128."""

    input: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)]],
        BeforeValidator(_one_or_many),
    ] = Field(min_length=1, max_length=128)
    encoding_format: Literal["float", "base64"] = "float"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerMessage(_Answer):
    """The turn written."""

    role: Literal["assistant"] = "assistant"
    content: str


class TokenLogprob(_Answer):
    """A token, the natural logarithm of its probability, and its bytes in UTF-8."""

    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[Any] = []


class Logprobs(_Answer):
    """Of the tokens of one candidate, or of one chunk of it."""

    content: list[TokenLogprob]
    refusal: None = None


class Choice(_Answer):
    """One candidate."""

    index: int
    message: AnswerMessage
    logprobs: Logprobs | None = None
    finish_reason: Literal["stop", "length"]


class Delta(_Answer):
    """What a chunk adds: the first of a candidate says whose turn it is."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(_Answer):
    """Of which candidate, and in the last of it why it ended."""

    index: int
    delta: Delta
    logprobs: Logprobs | None = None
    finish_reason: Literal["stop", "length"] | None = None


class ChatUsage(_Answer):
    """Tokens: the prompt's counted once, those written summed over the candidates."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatResponse(_Answer):
    """Answer to ChatRequest."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: ChatUsage


class ChatChunk(_Answer):
    """A piece of the answer to ChatRequest with `stream`."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: ChatUsage | None = None


class Embedding(_Answer):
    """The vector of one text, L2-normalised; in base64 as little-endian 32-bit floats."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(_Answer):
    """Tokens read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(_Answer):
    """Answer to EmbeddingsRequest. `model` says whose vectors these are: never mix two models'."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingsUsage


class ErrorBody(_Answer):
    """What went wrong, and in which field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorResponse(_Answer):
    """Every failure's body."""

    error: ErrorBody


def read(body: bytes, *kinds: type[ChatRequest] | type[EmbeddingsRequest]) -> ChatRequest | EmbeddingsRequest:
    """The request in a body, told by its shape.

    Args:
        body: JSON in UTF-8.
        kinds: the requests that this address takes.

    Raises:
        Refused: not JSON, neither kind, or a field is wrong.
    """
    try:
        loaded = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Refused(f"the body is not JSON in UTF-8: {error}", code="invalid_json") from None
    if not isinstance(loaded, dict):
        raise Refused("the body must be a JSON object")
    marks = {ChatRequest: "messages", EmbeddingsRequest: "input"}
    for kind in kinds:
        if len(kinds) == 1 or marks[kind] in loaded:
            try:
                request = kind.model_validate(loaded)
                _check_together(request)
                return request
            except ValidationError as error:
                raise _refusal(error.errors(include_input=False, include_url=False)[0]) from None
    raise Refused(f"the body needs {' or '.join(f'`{marks[kind]}`' for kind in kinds)}")


def _refusal(fault: ErrorDetails) -> Refused:
    field = ".".join(str(part) for part in fault["loc"])
    what = {"extra_forbidden": "unknown field", "missing": "is required"}.get(fault["type"], fault["msg"])
    return Refused(f"{field}: {what}", field)


def _check_together(request: ChatRequest | EmbeddingsRequest) -> None:
    """What concerns more than one field, or is a language of its own. Raises Refused."""
    if isinstance(request, EmbeddingsRequest):
        return
    if request.stream_options and not request.stream:
        raise Refused("stream_options: only with `stream`", "stream_options")
    form = request.response_format
    if form is None:
        return
    field = "response_format.json_schema"
    if (form.type == "json_schema") != (form.json_schema is not None):
        raise Refused(f"{field}: goes with type json_schema and no other", field)
    if form.json_schema is not None:
        try:
            check(form.json_schema.schema_)
        except SchemaRefused as refusal:
            where = ".".join([field, "schema", *refusal.path])
            raise Refused(f"{where}: {refusal}", where) from None


def in_base64(vector: list[float]) -> str:
    """A vector as OpenAI's clients ask for it by default."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
