"""Requests that nobody would think of, made from the API's document: no 5xx, and answers as documented."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from local.identity import MARKETING, SERVICE
from local.shop import Shop
from local.template import ROOT

SCHEMA = schemathesis.openapi.from_dict(
    json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
)
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[str, dict[str, str]]]:
    """A running shop's address, and a token that opens every route."""
    with Shop(model_server=("tests.local.healthy_model",), containers=2) as running:
        token = running.token("shop", SERVICE, MARKETING)
        yield running.url, {"Authorization": f"Bearer {token}"}


@SCHEMA.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_shop(case: schemathesis.Case, shop: tuple[str, dict[str, str]]) -> None:
    url, headers = shop
    case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)
