"""The gateway makes the events that API Gateway makes, and answers as it does."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route as HttpRoute

from local import gateway
from local.containers import FunctionError, FunctionTimeout
from local.http_events import Router
from local.template import Route, Template, load_template
from tests.local import small_shop


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return load_template(small_shop.write(tmp_path))


def _ask(template: Template, invoke: Callable[..., Any], method: str, path: str, **request: Any) -> Any:
    """One request to the gateway, with `invoke` in place of the functions."""
    options = {name: request.pop(name) for name in ("longest", "extra_routes") if name in request}
    app = gateway.create_app(template, invoke, **options)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            return await client.request(method, path, **request)

    return asyncio.run(ask())


def _event(template: Template, method: str, path: str, **request: Any) -> dict[str, Any]:
    """The event a function sees for a request."""
    seen: list[Any] = []

    def invoke(name: str, event: Any, request_id: str | None) -> dict[str, Any]:
        seen.extend([event, request_id])
        return {"statusCode": 204}

    assert _ask(template, invoke, method, path, **request).status_code == 204
    event, request_id = seen
    assert event["requestContext"]["requestId"] == request_id
    return event


def test_an_event_of_payload_format_2(template: Template) -> None:
    event = _event(
        template,
        "GET",
        "/echo/Ren%C3%A9%20%E4%BD%A0?a=1&b=%E4%BD%A0%26&a=2&empty=",
        headers=[("X-Tag", "one"), ("x-tag", "two"), ("Cookie", "a=1; b=2"), ("User-Agent", "test")],
    )
    assert (event["version"], event["routeKey"]) == ("2.0", "ANY /echo/{name}")
    assert event["rawPath"] == "/echo/René 你"
    assert event["pathParameters"] == {"name": "René 你"}
    assert event["rawQueryString"] == "a=1&b=%E4%BD%A0%26&a=2&empty="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "你&", "empty": ""}
    assert event["headers"]["x-tag"] == "one,two"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["isBase64Encoded"] is False
    assert "body" not in event
    context = event["requestContext"]
    assert context["http"] == {
        "method": "GET",
        "path": "/echo/René 你",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test",
    }
    assert (context["stage"], context["routeKey"]) == ("$default", "ANY /echo/{name}")
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 60
    assert time.strptime(context["time"], "%d/%b/%Y:%H:%M:%S +0000")


def test_what_is_not_there_is_left_out(template: Template) -> None:
    event = _event(template, "GET", "/echo/fixed")
    assert not {"cookies", "queryStringParameters", "pathParameters", "body"} & set(event)


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json; charset=utf-8", '{"a": "你"}'.encode(), False),
        ("application/problem+json", b"{}", False),
        ("text/csv", b"a,b", False),
        ("application/json", b"\xff\xfe", True),
        ("application/octet-stream", b"abc", True),
        ("application/x-www-form-urlencoded", b"a=b", True),
    ],
)
def test_text_comes_as_text_and_the_rest_in_base64(
    template: Template, content_type: str, body: bytes, encoded: bool
) -> None:
    event = _event(template, "POST", "/echo/x", content=body, headers={"content-type": content_type})
    assert event["isBase64Encoded"] is encoded
    assert (base64.b64decode(event["body"]) if encoded else event["body"].encode()) == body


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/products/new", "GET /products/new"),
        ("GET", "/products/p-1", "GET /products/{id}"),
        ("DELETE", "/products/p-1", "ANY /products/{id}"),
        ("GET", "/products/p-1/reviews", "GET /products/{proxy+}"),
        ("GET", "/customers/c/profile", "GET /customers/{id}/profile"),
        ("GET", "/elsewhere", "$default"),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, route: str) -> None:
    keys = ["ANY $default", "GET /products/{proxy+}", "ANY /products/{id}", "GET /products/{id}"]
    keys += ["GET /products/new", "GET /customers/{id}/profile"]
    router = Router((Route(*key.split(" ")), "f") for key in keys)
    found = router.find(method, path)
    assert found is not None
    assert found[0].key == route


def test_greedy_variables_take_the_rest_of_the_path(template: Template) -> None:
    assert _event(template, "GET", "/files/a/b.txt")["pathParameters"] == {"proxy": "a/b.txt"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/slow"), ("POST", "/echo/a/b")])
def test_no_route_is_404(template: Template, method: str, path: str) -> None:
    answer = _ask(template, lambda *_: None, method, path)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_response_with_everything(template: Template) -> None:
    result = {
        "statusCode": 201,
        "headers": {"Content-Type": "image/png", "X-Two": 2},
        "cookies": ["a=1; Path=/", "b=2"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    answer = _ask(template, lambda *_: result, "GET", "/echo/x")
    assert (answer.status_code, answer.content) == (201, b"\x89PNG")
    assert (answer.headers["content-type"], answer.headers["x-two"]) == ("image/png", "2")
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]
    assert len(answer.headers["apigw-requestid"]) == 36


def test_a_result_without_status_is_the_body(template: Template) -> None:
    answer = _ask(template, lambda *_: {"greeting": "你好"}, "GET", "/echo/x")
    assert (answer.status_code, answer.json()) == (200, {"greeting": "你好"})
    assert answer.headers["content-type"] == "application/json"
    assert _ask(template, lambda *_: {"statusCode": 204}, "GET", "/echo/x").content == b""


@pytest.mark.parametrize(
    "result", [{"statusCode": "fine"}, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": 7}]
)
def test_a_result_that_makes_no_sense_is_500(
    template: Template, result: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = _ask(template, lambda *_: result, "GET", "/echo/x")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert "not an HTTP" in caplog.text


def test_a_function_that_raises_is_500_and_the_traceback_is_logged(
    template: Template, caplog: pytest.LogCaptureFixture
) -> None:
    def invoke(name: str, *_: Any) -> None:
        failure = {"errorType": "KeyError", "errorMessage": "'x'", "stackTrace": ["in handler.py line 7"]}
        raise FunctionError(name, failure)

    answer = _ask(template, invoke, "GET", "/echo/x")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert "EchoFunction: KeyError: 'x'\nin handler.py line 7" in caplog.text


def test_a_function_that_times_out_is_500_the_gateways_own_limit_503(template: Template) -> None:
    def invoke(name: str, *_: Any) -> None:
        raise FunctionTimeout(name, {"errorType": "Sandbox.Timedout"})

    assert _ask(template, invoke, "POST", "/slow").status_code == 500
    answer = _ask(template, lambda *_: time.sleep(0.5), "POST", "/slow", longest=0.05)
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_large_requests_and_large_answers(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "MAX_REQUEST_BYTES", 100)
    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", 100)
    answer = _ask(template, lambda *_: {}, "POST", "/slow", content=b"x" * 101)
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Too Long"})
    assert _ask(template, lambda *_: {}, "POST", "/slow", content=b"x" * 100).status_code == 200
    assert _ask(template, lambda *_: "x" * 101, "POST", "/slow").status_code == 500


def test_extra_routes_stand_behind_the_templates(template: Template) -> None:
    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("a page")

    extra = [HttpRoute("/docs", page), HttpRoute("/echo/fixed", page)]
    assert _ask(template, lambda *_: {}, "GET", "/docs", extra_routes=extra).text == "a page"
    assert _ask(
        template, lambda *_: {"from": "function"}, "GET", "/echo/fixed", extra_routes=extra
    ).json() == {"from": "function"}


def test_functions_are_listed_and_invoked_as_through_lambdas_api(template: Template) -> None:
    def invoke(name: str, event: Any, _: Any) -> Any:
        if event == {"fail": True}:
            raise FunctionError(name, {"errorType": "E", "errorMessage": "why", "stackTrace": []})
        return [name, event]

    listed = _ask(template, invoke, "GET", "/2015-03-31/functions").json()["Functions"]
    assert [entry["FunctionName"] for entry in listed] == list(template.functions)
    path = "/2015-03-31/functions/WorkFunction/invocations"
    assert _ask(template, invoke, "POST", path, json={"a": 1}).json() == ["WorkFunction", {"a": 1}]
    failed = _ask(template, invoke, "POST", path, json={"fail": True})
    assert (failed.status_code, failed.headers["x-amz-function-error"]) == (200, "Unhandled")
    assert failed.json()["errorMessage"] == "why"
    assert _ask(template, invoke, "POST", path, content=b"{").status_code == 400
    assert _ask(template, invoke, "POST", path.replace("Work", "No")).status_code == 404


def test_a_path_with_a_line_break_reaches_its_route(template: Template) -> None:
    assert _event(template, "GET", "/echo/a%0Ab")["pathParameters"] == {"name": "a\nb"}
