"""HTTP, once for all functions: validation, the error shape, who is calling.

Errors are `application/problem+json` (RFC 9457). Ours beyond the standard: `errors`, a list of
`{"field", "why"}`, and `request_id`, to be named when asking what happened.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from . import budget, usage
from .access import Caller
from .errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    ModelError,
    NotFound,
    ShopwrightError,
    StoreUnavailable,
    TooManyRequests,
)
from .observability import fell_back, logger, used_model

MAX_BODY_BYTES = 1_000_000
PROBLEM_JSON = "application/problem+json"

_TITLES = {
    400: "The request cannot be read",
    401: "No token",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Changed meanwhile",
    413: "The request is too large",
    415: "The body's type is not taken",
    422: "The request breaks a rule",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available just now",
}


class Fault(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="In dotted form; empty for the body as a whole.")
    why: str


class Problem(BaseModel):
    """Every error's body (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str = Field(description="To be named when asking what happened.")
    errors: list[Fault] | None = None


def problem(
    app: APIGatewayHttpResolver,
    status: int,
    detail: str,
    errors: list[Fault] | None = None,
    retry_after: int | None = None,
) -> Response[str]:
    """An error as problem+json. `detail` is written for the caller; `retry_after` is in seconds."""
    body = Problem(
        title=_TITLES[status],
        status=status,
        detail=detail,
        request_id=app.lambda_context.aws_request_id,
        errors=errors,
    )
    return Response(
        status_code=status,
        content_type=PROBLEM_JSON,
        headers={"Retry-After": str(retry_after)} if retry_after else None,
        body=body.model_dump_json(exclude_none=True),
    )


class _Resolver(APIGatewayHttpResolver):
    """Refuses what need not be parsed to be refused, and tells the rest how much time there is."""

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        if refusal := _refusal(event, context.aws_request_id):
            return {
                "statusCode": refusal.status,
                "headers": {"Content-Type": PROBLEM_JSON},
                "body": refusal.model_dump_json(exclude_none=True),
                "isBase64Encoded": False,
            }
        with budget.within(context.get_remaining_time_in_millis() / 1000), usage.counting() as used:
            answer: dict[str, Any] = super().resolve(dict(event), context)
        used_model(event["rawPath"].strip("/").split("/")[0], used)
        return answer


def _refusal(event: Mapping[str, Any], request_id: str) -> Problem | None:
    # API Gateway lets nobody pass without a token; a function behind something else must not either.
    if not _claims(event).get("sub"):
        status, detail = 401, "send a token of the shop's, with the header authorization: Bearer ..."
    elif (size := len((event.get("body") or "").encode())) > MAX_BODY_BYTES:
        status, detail = 413, f"the body has {size} bytes; {MAX_BODY_BYTES} are taken"
    elif size and "json" not in _header(event, "content-type", "application/json").lower():
        # curl says that a body is a form unless told otherwise; its faults as a form would help nobody.
        status, detail = 415, "send the body as JSON, with the header content-type: application/json"
    elif event.get("isBase64Encoded") and not _is_text(event["body"]):
        status, detail = 400, "the body is not text in UTF-8"
    else:
        return None
    return Problem(title=_TITLES[status], status=status, detail=detail, request_id=request_id)


def resolver() -> APIGatewayHttpResolver:
    """A resolver that validates against the route's types and answers every error as a problem document."""
    app = _Resolver(
        enable_validation=True,
        serializer=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )

    app.use([_count_fallback])

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[str]:
        faults = error.errors()
        if any(fault["type"] == "json_invalid" for fault in faults):
            where = next(fault["loc"][-1] for fault in faults if fault["type"] == "json_invalid")
            return problem(app, 400, f"the body is not JSON; it stops making sense at character {where}")
        errors = [
            Fault(field=".".join(str(part) for part in fault["loc"][1:]), why=fault["msg"])
            for fault in faults
        ]
        return problem(app, 422, "; ".join(f"{e.field or 'body'}: {e.why}" for e in errors), errors)

    @app.not_found
    def no_route(_: NotFoundError) -> Response[str]:
        return problem(app, 404, "there is no such address")

    @app.exception_handler(ShopwrightError)
    def ours(error: ShopwrightError) -> Response[str]:
        if isinstance(error, InvalidInput):
            return problem(app, 422, str(error), [Fault(field=error.field, why=str(error))])
        if isinstance(error, Forbidden):
            return problem(app, 403, str(error))
        if isinstance(error, NotFound):
            return problem(app, 404, str(error))
        if isinstance(error, TooManyRequests):
            return problem(app, 429, str(error), retry_after=error.retry_after)
        if isinstance(error, Conflict):
            return problem(app, 409, str(error), retry_after=1)
        if isinstance(error, StoreUnavailable | ModelError):
            logger().warning("unavailable", extra={"error": type(error).__name__, "why": str(error)})
            return problem(app, 503, str(error), retry_after=5)
        return _unexpected(app, error)

    @app.exception_handler(Exception)
    def unexpected(error: Exception) -> Response[str]:
        return _unexpected(app, error)

    return app


def _count_fallback(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    response = next_middleware(app)
    if isinstance(response.body, dict) and (reason := response.body.get("degraded")):
        fell_back(reason)
    return response


def _unexpected(app: APIGatewayHttpResolver, error: Exception) -> Response[str]:
    # The class and the place are logged, not the message: it may quote what the caller sent.
    logger().error("unexpected error", extra={"error": type(error).__name__, "at": _place(error)})
    return problem(app, 500, "it was logged under this request's id")


def _is_text(encoded: str) -> bool:
    try:
        base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return False
    return True


def _header(event: Mapping[str, Any], name: str, default: str) -> str:
    headers: dict[str, str] = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), default)


def caller(app: APIGatewayHttpResolver) -> Caller:
    """Who is calling, by the token that the API's authorizer checked."""
    claims = _claims(app.current_event.raw_event)
    scopes = claims.get("scope") or claims.get("scp") or ""
    return Caller(claims["sub"], frozenset(scopes.split()))


def _claims(event: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    authorizer = event.get("requestContext", {}).get("authorizer")
    if isinstance(authorizer, dict):
        found = authorizer.get("jwt", {}).get("claims", {})
    return found


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
