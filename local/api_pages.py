"""``/openapi.json`` and ``/docs`` of the local shop, made from the handlers when first asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from local.stack import Template


def pages(template: Template) -> list[Route]:
    """The two routes. The handlers are imported at the first request, in a thread."""

    @lru_cache
    def document() -> dict[str, Any]:
        from local.openapi import openapi_document

        return openapi_document(template)

    def openapi(_: Request) -> JSONResponse:
        return JSONResponse(document())

    def docs(_: Request) -> HTMLResponse:
        from local.openapi import swagger_page

        return HTMLResponse(swagger_page(document()))

    return [Route("/openapi.json", openapi), Route("/docs", docs)]
