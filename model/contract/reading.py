"""From a body's bytes to the request in it."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from .base import Refused, Request

MAX_BODY_BYTES = 1 << 20  # SageMaker would take 25 MB; text that long is a mistake
Kind = TypeVar("Kind", bound=Request)


def read(body: bytes, *kinds: type[Kind]) -> Kind:
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
    for kind in kinds:
        if len(kinds) == 1 or kind.mark in loaded:
            try:
                request = kind.model_validate(loaded)
            except ValidationError as error:
                raise _refusal(error.errors(include_input=False, include_url=False)[0]) from None
            request.check_together()
            return request
    raise Refused(f"the body needs {' or '.join(f'`{kind.mark}`' for kind in kinds)}")


def _refusal(fault: ErrorDetails) -> Refused:
    field = ".".join(str(part) for part in fault["loc"])
    what = {"extra_forbidden": "unknown field", "missing": "is required"}.get(fault["type"], fault["msg"])
    return Refused(f"{field}: {what}", field)
