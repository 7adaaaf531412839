"""Chat completions: what is asked, the whole answer, and its pieces."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from ..schemas import SchemaRefused, check
from .base import Answer, Refused, Request, one_or_many


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


class ChatRequest(Request):
    """POST with `messages`."""

    mark: ClassVar[str] = "messages"
    messages: list[ChatMessage] = Field(min_length=1, max_length=64)
    n: int = Field(1, ge=1, le=16)
    max_tokens: int = Field(
        256, ge=1, le=1024, validation_alias=AliasChoices("max_tokens", "max_completion_tokens")
    )
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], BeforeValidator(one_or_many)
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

    def check_together(self) -> None:
        """See Request."""
        if self.stream_options and not self.stream:
            raise Refused("stream_options: only with `stream`", "stream_options")
        form = self.response_format
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


class AnswerMessage(Answer):
    """The turn written."""

    role: Literal["assistant"] = "assistant"
    content: str


class TokenLogprob(Answer):
    """A token, the natural logarithm of its probability, and its bytes in UTF-8."""

    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[Any] = Field(default_factory=list)


class Logprobs(Answer):
    """Of the tokens of one candidate, or of one chunk of it."""

    content: list[TokenLogprob]
    refusal: None = None


class Choice(Answer):
    """One candidate."""

    index: int
    message: AnswerMessage
    logprobs: Logprobs | None = None
    finish_reason: Literal["stop", "length"]


class Delta(Answer):
    """What a chunk adds: the first of a candidate says whose turn it is."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(Answer):
    """Of which candidate, and in the last of it why it ended."""

    index: int
    delta: Delta
    logprobs: Logprobs | None = None
    finish_reason: Literal["stop", "length"] | None = None


class ChatUsage(Answer):
    """Tokens: the prompt's counted once, those written summed over the candidates."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatResponse(Answer):
    """Answer to ChatRequest."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: ChatUsage


class ChatChunk(Answer):
    """A piece of the answer to ChatRequest with `stream`."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: ChatUsage | None = None
