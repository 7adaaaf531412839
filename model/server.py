"""HTTP around the service: SageMaker's container contract, and OpenAI's paths for any other client.

GET  /ping                                200 once both models are warm, 503 before
POST /invocations                         chat or embeddings, told apart by the body
POST /v1/chat/completions, /v1/embeddings the same, one each
GET  /v1/models                           the ids served
POST /endpoints/{name}/invocations        what boto3's sagemaker-runtime calls when pointed here
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .contract import (
    MAX_BODY_BYTES,
    ChatRequest,
    EmbeddingsRequest,
    ErrorBody,
    ErrorResponse,
    Refused,
    read,
)
from .sagemaker import as_invoke_endpoint
from .service import Busy, Service

_log = logging.getLogger("model")
_RETRY_AFTER = {"Retry-After": "1"}
_Kind = type[ChatRequest] | type[EmbeddingsRequest]


def create_app(
    load: Callable[[], Service],
    *,
    ready: Callable[[Service], None] = lambda _: None,
    failed: Callable[[BaseException], None] = lambda _: None,
) -> Starlette:
    """The application. It answers /ping with 503 while `load` runs in a thread of its own.

    Args:
        load: makes the service.
        ready: called with it, once.
        failed: called instead if `load` raised.
    """
    house = _House()

    async def fill() -> None:
        try:
            house.service = await asyncio.to_thread(load)
        except Exception as error:
            failed(error)
        else:
            ready(house.service)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        filling = asyncio.create_task(fill())
        yield
        filling.cancel()
        if house.service:
            house.service.close()

    return Starlette(
        routes=[
            Route("/ping", house.ping),
            Route("/v1/models", house.models),
            Route("/invocations", house.invocations, methods=["POST"]),
            Route("/endpoints/{name}/invocations", house.endpoint, methods=["POST"]),
            Route("/v1/chat/completions", house.chat, methods=["POST"]),
            Route("/v1/embeddings", house.embeddings, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _no_such_route},
        lifespan=lifespan,
    )


class _House:
    """The routes, and the service once it is there."""

    def __init__(self) -> None:
        self.service: Service | None = None

    async def ping(self, _: Request) -> Response:
        return Response(status_code=200 if self.service else 503)

    async def models(self, _: Request) -> Response:
        ids = [self.service.text_id, self.service.embedding_id] if self.service else []
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "shopwright"} for name in ids]
        return JSONResponse({"object": "list", "data": rows})

    async def invocations(self, request: Request) -> Response:
        return await self._answer(request, ChatRequest, EmbeddingsRequest)

    async def endpoint(self, request: Request) -> Response:
        return as_invoke_endpoint(await self._answer(request, ChatRequest, EmbeddingsRequest))

    async def chat(self, request: Request) -> Response:
        return await self._answer(request, ChatRequest)

    async def embeddings(self, request: Request) -> Response:
        return await self._answer(request, EmbeddingsRequest)

    async def _answer(self, request: Request, *kinds: _Kind) -> Response:
        """Everything that can go wrong becomes an answer here; what was asked is never logged."""
        try:
            asked = read(await _body(request), *kinds)
            if self.service is None:
                return _error(503, "the models are still loading", "server_error", headers=_RETRY_AFTER)
            return _json(await self.service.answer(asked))
        except Refused as refusal:
            return _error(refusal.status, str(refusal), "invalid_request_error", refusal.param, refusal.code)
        except Busy:
            message = "the queue is full, try again shortly"
            return _error(429, message, "rate_limit_error", code="queue_full", headers=_RETRY_AFTER)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            # The message of an engine's error may quote the request.
            where = "".join(traceback.format_tb(error.__traceback__)[-3:])
            _log.error("%s while answering\n%s", type(error).__name__, where)
            return _error(500, "the model failed on this request", "server_error")


async def _body(request: Request) -> bytes:
    too_large = Refused(f"the body is larger than {MAX_BODY_BYTES} bytes", status=413, code="body_too_large")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    return bytes(body)


def _json(answer: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        answer.model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )


def _error(
    status: int,
    message: str,
    kind: str,
    param: str | None = None,
    code: str | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    error = ErrorBody(message=message, type=kind, param=param, code=code)
    return _json(ErrorResponse(error=error), status, headers)


async def _no_such_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, "invalid_request_error")
