"""Answers and failures as HTTP; everything that can go wrong becomes one shape here."""

from __future__ import annotations

import logging
import traceback

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .admission import Busy
from .contract import ErrorBody, ErrorResponse, Refused
from .engines.worker import EngineLost
from .recommending import NoRecommender
from .tokens import RequestRefused
from .writing import DeadlinePassed

_log = logging.getLogger("model")
_GONE = 499  # the client no longer listens; nobody sees it but the metrics


def failure(error: Exception) -> Response:
    """Everything that can go wrong becomes an answer here; what was asked is never logged."""
    if isinstance(error, Refused):
        return refused(error.status, str(error), "invalid_request_error", error.param, error.code)
    if isinstance(error, RequestRefused):
        return refused(400, f"{error.field}: {error}", "invalid_request_error", error.field)
    if isinstance(error, Busy):
        headers = {"Retry-After": str(error.retry_after)}
        return refused(429, str(error), "rate_limit_error", code=error.reason, headers=headers)
    if isinstance(error, DeadlinePassed):
        return refused(504, "the deadline passed while the answer was written", "timeout", code="deadline")
    if isinstance(error, EngineLost):
        message = "the engine is being started again"
        return refused(503, message, "server_error", code="engine_lost", headers={"Retry-After": "3"})
    if isinstance(error, NoRecommender):
        headers = {"Retry-After": str(error.retry_after)}
        return refused(503, str(error), "server_error", code="model_not_ready", headers=headers)
    if isinstance(error, ClientDisconnect):
        return Response(status_code=_GONE)
    # The message of an engine's error may quote the request.
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    _log.error("%s while answering\n%s", type(error).__name__, where)
    return refused(500, "the model failed on this request", "server_error")


def in_json(answer: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A body of the contract as an answer."""
    return Response(
        answer.model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )


def refused(
    status: int,
    message: str,
    kind: str,
    param: str | None = None,
    code: str | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    """A failure in the contract's one shape."""
    error = ErrorBody(message=message, type=kind, param=param, code=code)
    return in_json(ErrorResponse(error=error), status, headers)


async def no_such_route(_: Request, error: Exception) -> Response:
    """For Starlette."""
    assert isinstance(error, HTTPException)
    return refused(error.status_code, error.detail, "invalid_request_error")
