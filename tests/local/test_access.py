"""Nobody passes the gateway without a token that is good for the route, as at API Gateway."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwk, jwt
from moto.cognitoidp.models import load_resource

from local import aws, gateway
from local.identity import CUSTOMER, MARKETING, SERVICE, UserPool
from local.intrinsics import TemplateError
from local.processes import Child, free_port
from local.stack import Route
from local.template import load_template

TEMPLATE = load_template()
ROUTES = [route for function in TEMPLATE.functions.values() for route in function.routes]
# The key that moto's pools sign with: so that a token can be made that is wrong in one respect only.
POOLS_KEY = jwk.RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))
KID = "dummy"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserPool]:
    """A pool in an emulated Cognito that runs."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("aws") / "log"
    child = Child("emulated AWS", ("local.aws", "--port", str(port)), aws.environment(url, url), log)
    try:
        child.wait_until_answers(f"{url}/moto-api/", 30)
        yield UserPool(aws.client("cognito-idp", url), url)
    finally:
        child.stop()


@pytest.fixture(scope="module")
def token(pool: UserPool) -> str:
    """A good one, with every scope."""
    return pool.token("c-001", CUSTOMER, SERVICE, MARKETING)


def ask(pool: UserPool, route: Route, header: str | None) -> tuple[httpx.Response, list[dict[str, Any]]]:
    """One request to the whole template's gateway, and the events that reached a function."""
    events: list[dict[str, Any]] = []

    def invoke(name: str, event: dict[str, Any], request_id: str | None) -> dict[str, Any]:
        events.append(event)
        return {"statusCode": 204}

    app = gateway.create_app(TEMPLATE, invoke, authorizer=pool.authorizer)
    path = route.path.replace("{customer_id}", "c-001").replace("{product_id}", "p-1")

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        headers = {} if header is None else {"Authorization": header}
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            return await client.request(route.method, path, headers=headers)

    return asyncio.run(send()), events


def read(token: str) -> dict[str, Any]:
    """A token's claims, unchecked."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def signed(claims: dict[str, Any], key: Any = POOLS_KEY, kid: str = KID) -> str:
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, key)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], algorithm: str = "none") -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": KID}, claims))


def keyed(claims: dict[str, Any]) -> str:
    """Signed with the public key, as if that were a secret. By hand: the library refuses to."""
    text = unsigned(claims, "HS256")
    return f"{text}.{_encoded(hmac.digest(POOLS_KEY.as_pem(private=False), text.encode(), 'sha256'))}"


def bad_tokens(good: str) -> dict[str, str]:
    """Each wrong in one respect."""
    claims, now = read(good), int(time.time())
    head, body, signature = good.split(".")
    return {
        "garbage": "garbage",
        "expired": signed({**claims, "exp": now - 1}),
        "no expiry": signed({name: value for name, value in claims.items() if name != "exp"}),
        "not valid yet": signed({**claims, "nbf": now + 60}),
        "issued tomorrow": signed({**claims, "iat": now + 86_400}),
        "another issuer": signed({**claims, "iss": f"{claims['iss']}x"}),
        "another client": signed({**claims, "client_id": "another"}),
        "another audience": signed({**claims, "aud": "another"}),
        "alg none": f"{unsigned(claims)}.",
        "alg none with a signature": f"{unsigned(claims)}.{signature}",
        "the public key as a secret": keyed(claims),
        "another key": signed(claims, jwk.RSAKey.generate_key(2048, {"kid": KID})),
        "an unknown key": signed(claims, kid="unknown"),
        "changed claims": f"{head}.{signed({**claims, 'sub': 'c-002'}).split('.')[1]}.{signature}",
        "no signature": f"{head}.{body}.",
    }


def test_what_the_tests_sign_is_as_good_as_what_the_pool_signs(pool: UserPool, token: str) -> None:
    assert ask(pool, ROUTES[0], f"Bearer {signed(read(token))}")[0].status_code == 204


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_no_route_lets_anybody_pass_without_a_good_token(pool: UserPool, token: str, route: Route) -> None:
    headers = {name: f"Bearer {bad}" for name, bad in bad_tokens(token).items()}
    for name, header in {"none": None, "empty": "", "another scheme": "Basic YTpi", **headers}.items():
        response, events = ask(pool, route, header)
        assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"}), name
        assert response.headers["www-authenticate"].startswith("Bearer"), name
        assert events == [], name


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_each_route_takes_tokens_with_one_of_its_scopes(pool: UserPool, token: str, route: Route) -> None:
    assert route.scopes, "a route without a scope is open to every token of the issuer"
    for scope in (CUSTOMER, SERVICE, MARKETING, "openid", ""):
        header = f"Bearer {signed({**read(token), 'scope': scope})}"
        response, events = ask(pool, route, header)
        if scope in route.scopes:
            assert response.status_code == 204
            assert events[0]["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "c-001"
        else:
            assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})
            assert events == []


def test_the_function_is_told_all_claims_as_strings(pool: UserPool, token: str) -> None:
    _, [event] = ask(pool, ROUTES[0], token)  # without "Bearer", too
    told = event["requestContext"]["authorizer"]["jwt"]
    assert told["claims"] == {name: str(value) for name, value in read(token).items()}
    assert told["scopes"] == list(ROUTES[0].scopes or ())


def test_a_gateway_without_an_authorizer_does_not_start() -> None:
    with pytest.raises(TemplateError, match="tokens"):
        gateway.create_app(TEMPLATE, lambda *_: None)
