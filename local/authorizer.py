"""API Gateway's JWT authorizer on this machine.

What it checks and how it answers: "Control access to HTTP APIs with JWT authorizers in API Gateway" in AWS's
documentation. A token is RSA-signed by a key of the issuer that it names (``kid``); ``iss`` is the issuer;
``aud``, or without one ``client_id``, is in the audience; ``exp`` lies ahead, ``nbf`` and ``iat`` do not;
``scope`` or ``scp`` has one of the route's scopes.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """The request may not pass. ``status`` is 401 or 403, ``challenge`` the WWW-Authenticate header."""

    def __init__(self, status: int, challenge: str) -> None:
        super().__init__(challenge)
        self.status = status
        self.challenge = challenge


@dataclass(frozen=True)
class Authorizer:
    """Holds requests to tokens of one issuer.

    ``keys_url`` is where its JWKS is. They are asked for at each request: what is near costs a millisecond.
    """

    issuer: str
    audience: tuple[str, ...]
    keys_url: str

    def claims(self, header: str | None, scopes: Sequence[str]) -> dict[str, Any]:
        """The claims of the token in an Authorization header; raises Refused.

        ``scopes`` are the route's; one of them is enough, and none asks for none.
        """
        if not header:
            raise Refused(401, "Bearer")
        try:
            token = jwt.decode(header.removeprefix("Bearer ").strip(), self._key, algorithms=["RS256"])
        except (JoseError, ValueError) as error:
            raise _invalid("the token cannot be verified") from error
        claims = token.claims
        if why := self._wrong(claims):
            raise _invalid(why)
        if scopes and not {*scopes} & {*_scopes(claims)}:
            raise Refused(403, f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope"')
        return claims

    def _key(self, token: Any) -> Any:
        with _DIRECT.open(self.keys_url, timeout=5) as answer:
            keys = KeySet.import_key_set(json.load(answer))
        return keys.get_by_kid(token.headers().get("kid", ""))

    def _wrong(self, claims: Mapping[str, Any]) -> str | None:
        now = time.time()
        audience = claims.get("aud", claims.get("client_id"))
        meant = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self.issuer:
            return "the issuer is another"
        if not {*self.audience} & {*meant}:
            return "the audience is another"
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] <= now:
            return "the token has expired"
        if any(claims.get(name, 0) > now for name in ("nbf", "iat")):
            return "the token is not valid yet"
        return None


def context(claims: Mapping[str, Any], scopes: Sequence[str]) -> dict[str, Any]:
    """What of a token the function's event tells in ``requestContext.authorizer``: all claims as strings."""
    told = {
        name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name, value in claims.items()
    }
    return {"jwt": {"claims": told, "scopes": list(scopes) or None}}


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    held = claims.get("scope", claims.get("scp", ""))
    return held.split() if isinstance(held, str) else [str(each) for each in held]


def _invalid(why: str) -> Refused:
    return Refused(401, f'Bearer error="invalid_token" error_description="{why}"')
