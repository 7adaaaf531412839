"""What all bodies share: strictness, the shape of a failure, vectors as text."""

from __future__ import annotations

import base64
import struct
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Refused(Exception):
    """The request is not one this server answers; becomes a 400 (or `status`) that names `param`."""

    def __init__(
        self, message: str, param: str | None = None, *, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self.code = code


def one_or_many(value: Any) -> Any:
    """A text alone as a list of it; for pydantic."""
    return [value] if isinstance(value, str) else value


class Request(BaseModel):
    """Base of what is asked. `mark` is the field that tells a body of this kind from the others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    mark: ClassVar[str]
    model: str | None = None

    def check_together(self) -> None:
        """What concerns more than one field, or is a language of its own. Raises Refused."""


class Answer(BaseModel):
    """Base of what is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorBody(Answer):
    """What went wrong, and in which field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorResponse(Answer):
    """Every failure's body."""

    error: ErrorBody


def in_base64(vector: list[float]) -> str:
    """A vector as OpenAI's clients ask for it by default."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
