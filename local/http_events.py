"""HTTP requests as API Gateway HTTP API events (payload format 2.0), and functions' results as responses."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.intrinsics import ACCOUNT, REGION
from local.stack import Route

_TEXT = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/javascript")
_DOMAIN = f"local.execute-api.{REGION}.amazonaws.com"


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came. ``path`` and ``query`` as sent (percent-encoded), headers in order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True)
class Response:
    """What goes back: header names may repeat (set-cookie)."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def message(cls, status: int, message: str) -> Response:
        """The gateway's own answer, in its own shape."""
        body = json.dumps({"message": message}).encode()
        return cls(status, body, [("content-type", "application/json")])


class MalformedResult(ValueError):
    """The function's result is no HTTP response; API Gateway answers 500 for it."""


class Router:
    """Which route a request takes: exact path segments before variables, ``{name+}`` after, $default last."""

    def __init__(self, routes: Iterable[tuple[Route, str]]) -> None:
        """``routes``: each with the name of its function."""
        self._routes = sorted(
            ((_pattern(route.path), route, name) for route, name in routes), key=lambda r: _rank(r[1])
        )

    def find(self, method: str, path: str) -> tuple[Route, str, dict[str, str]] | None:
        """The route, its function and the path's variables; None where nothing fits."""
        for pattern, route, name in self._routes:
            match = pattern.fullmatch(path)
            if match and route.method in {"ANY", method}:
                names = re.findall(r"\{([^}+]+)\+?\}", route.path)
                return route, name, dict(zip(names, match.groups(), strict=True))
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r"[\s\S]*")
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    if part.endswith("+}"):
        return r"([\s\S]+)"
    return "([^/]+)" if part.startswith("{") else re.escape(part)


def _rank(route: Route) -> tuple[Any, ...]:
    # A segment that is written out beats a variable, which beats a greedy one; a method beats ANY.
    segments = [2 if s.endswith("+}") else 1 if s.startswith("{") else 0 for s in route.path.split("/")]
    return (route.path == "$default", 2 in segments, segments, -len(segments), route.method == "ANY")


def event_for(request: Request, route: Route, variables: Mapping[str, str]) -> dict[str, Any]:
    """The event of payload format 2.0. Keys that would be empty are left out, as API Gateway does."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers:
        if name.lower() == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";")]
        else:
            name = name.lower()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "cookies": cookies,
        "headers": headers,
        "queryStringParameters": query,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": _DOMAIN,
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": unquote(request.path),
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route.key,
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        "pathParameters": dict(variables),
        "isBase64Encoded": False,
    }
    if request.body:
        text = _as_text(request.body, headers.get("content-type", ""))
        event["body"] = base64.b64encode(request.body).decode() if text is None else text
        event["isBase64Encoded"] = text is None
    return {key: value for key, value in event.items() if value not in ({}, [])}


def _as_text(body: bytes, content_type: str) -> str | None:
    if not _TEXT.fullmatch(content_type.split(";")[0].strip().lower()):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def response_from(result: Any) -> Response:
    """A function's result as an HTTP response; a result without ``statusCode`` is the body of a 200."""
    if not (isinstance(result, dict) and "statusCode" in result):
        body = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        return Response(200, body.encode(), [("content-type", "application/json")])
    try:
        status = int(result["statusCode"])
        body = result.get("body") or ""
        if not isinstance(body, str):
            raise TypeError("body must be a string")
        content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
        headers = [(str(name).lower(), str(value)) for name, value in (result.get("headers") or {}).items()]
        cookies = [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise MalformedResult(f"not an HTTP response: {error}") from error
    if not 100 <= status <= 599:
        raise MalformedResult(f"not an HTTP status: {status}")
    if content and "content-type" not in dict(headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    return Response(status, content, headers + cookies)
