"""API Gateway on this machine: the template's HTTP routes, each calling its function.

``create_app(template, invoke)`` is an ASGI app. Beside the routes it has Lambda's own calls to list and
invoke functions (under ``/2015-03-31/functions``), so that ``boto3.client("lambda", endpoint_url=...)`` and
``python -m local invoke`` reach any function of a running shop; these ask for no token. It has none of API
Gateway's throttling.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import BaseRoute, request_response
from starlette.routing import Route as HttpRoute

from local.authorizer import Authorizer, Refused, context
from local.containers import FunctionError, FunctionTimeout
from local.http_events import MalformedResult, Request, Response, Router, event_for, response_from
from local.intrinsics import TemplateError
from local.stack import Template

LOG = logging.getLogger(__name__)
MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_RESULT_BYTES = 6 * 1024 * 1024
LONGEST_SECONDS = 30.0
FUNCTIONS = "/2015-03-31/functions"

Invoke = Callable[[str, Any, str | None], Any]


def create_app(
    template: Template,
    invoke: Invoke,
    *,
    authorizer: Authorizer | None = None,
    extra_routes: Sequence[BaseRoute] = (),
    longest: float = LONGEST_SECONDS,
) -> Starlette:
    """The gateway as an ASGI app.

    ``invoke(function, event, request_id)`` runs a function and may block: see ``Containers.invoke``.
    ``authorizer`` holds requests to the scopes of their routes; needed where routes have any.
    ``extra_routes`` are served beside the template's, which come first. ``longest`` is how many seconds a
    request may take.
    """
    routes = [(route, f.name) for f in template.functions.values() for route in f.routes]
    if authorizer is None and any(route.scopes is not None for route, _ in routes):
        raise TemplateError("the routes ask for tokens, and there is nothing to check them")
    router = Router(routes)

    async def call(http: HttpRequest) -> HttpResponse:
        return _send(await _answer(http, router, invoke, authorizer, longest))

    async def list_functions(_: HttpRequest) -> HttpResponse:
        return _json(200, {"Functions": [{"FunctionName": name} for name in template.functions]})

    async def call_function(http: HttpRequest) -> HttpResponse:
        return await _invoke_call(http, template, invoke)

    app = Starlette(
        routes=[
            HttpRoute(f"{FUNCTIONS}/", list_functions),
            HttpRoute(FUNCTIONS, list_functions),
            HttpRoute(f"{FUNCTIONS}/{{name}}/invocations", call_function, methods=["POST"]),
            *(route for route in extra_routes if not _in_template(route, router)),
        ]
    )
    # Not as a route: its pattern would know no path with a line break in it.
    app.router.default = request_response(call)
    return app


def _in_template(route: BaseRoute, router: Router) -> bool:
    found = router.find("GET", getattr(route, "path", ""))
    return found is not None and found[0].path == getattr(route, "path", "")


async def _answer(
    http: HttpRequest, router: Router, invoke: Invoke, authorizer: Authorizer | None, longest: float
) -> Response:
    request = await _read(http)
    if request is None:
        return Response.message(413, "Request Too Long")
    path = http.scope["path"]
    found = router.find(request.method, path)
    if found is None:
        return Response.message(404, "Not Found")
    route, name, variables = found
    event = event_for(request, route, variables)
    if authorizer and route.scopes is not None:
        token = event["headers"].get("authorization")
        try:
            claims = await anyio.to_thread.run_sync(authorizer.claims, token, route.scopes)
        except Refused as refused:
            message = {401: "Unauthorized", 403: "Forbidden"}[refused.status]
            response = Response.message(refused.status, message)
            response.headers.append(("www-authenticate", refused.challenge))
            return response
        event["requestContext"]["authorizer"] = context(claims, route.scopes)
    try:
        with anyio.fail_after(longest):
            result = await anyio.to_thread.run_sync(
                invoke, name, event, event["requestContext"]["requestId"], abandon_on_cancel=True
            )
        response = response_from(result)
        if len(response.body) > MAX_RESULT_BYTES:
            raise MalformedResult(f"{len(response.body)} bytes, more than a function can answer with")
    except TimeoutError:
        LOG.error("%s took longer than %g s", name, longest)
        return Response.message(503, "Service Unavailable")
    except FunctionTimeout as error:
        LOG.error("%s", error)
        return Response.message(500, "Internal Server Error")
    except FunctionError as error:
        LOG.error("%s\n%s", error, "".join(error.failure.get("stackTrace", [])))
        return Response.message(500, "Internal Server Error")
    except Exception:
        LOG.error("%s\n%s", name, traceback.format_exc())
        return Response.message(500, "Internal Server Error")
    response.headers.append(("apigw-requestid", event["requestContext"]["requestId"]))
    return response


async def _read(http: HttpRequest) -> Request | None:
    """The request, or None if its body is larger than API Gateway takes."""
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            return None
    return Request(
        method=http.method,
        path=http.scope["raw_path"].decode("latin-1").split("?")[0],
        query=http.scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in http.headers.raw),
        body=bytes(body),
        source_ip=http.client.host if http.client else "127.0.0.1",
        protocol=f"HTTP/{http.scope['http_version']}",
    )


def _send(response: Response) -> HttpResponse:
    http = HttpResponse(response.body, status_code=response.status)
    for name, value in response.headers:
        http.headers.append(name, value)
    return http


async def _invoke_call(http: HttpRequest, template: Template, invoke: Invoke) -> HttpResponse:
    name = http.path_params["name"]
    try:
        template.function(name)
        event = json.loads(await http.body() or b"{}")
    except TemplateError as error:
        return _json(404, {"Type": "User", "Message": str(error)})
    except ValueError as error:
        return _json(400, {"Type": "User", "Message": f"the event is not JSON: {error}"})
    try:
        return _json(200, await anyio.to_thread.run_sync(invoke, name, event, None))
    except FunctionError as error:
        LOG.error("%s", error)
        return _json(200, error.failure, {"x-amz-function-error": "Unhandled"})


def _json(status: int, content: Any, headers: dict[str, str] | None = None) -> HttpResponse:
    body = json.dumps(content, ensure_ascii=False)
    return HttpResponse(body, status, {"content-type": "application/json", **(headers or {})})
