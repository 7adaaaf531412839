"""The OpenAPI document: valid, of every route, and the one that is kept in docs/ is the present one."""

from __future__ import annotations

import json

from openapi_spec_validator import validate

from local.openapi import openapi_document, swagger_page
from local.template import ROOT, load_template

TEMPLATE = load_template()
DOCUMENT = openapi_document(TEMPLATE)


def test_it_is_valid_and_has_every_route_of_the_template() -> None:
    validate(DOCUMENT)
    routes = {
        (route.method.lower(), route.path)
        for function in TEMPLATE.functions.values()
        for route in function.routes
    }
    assert {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods} == routes


def test_the_document_in_docs_is_the_present_one() -> None:
    kept = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert kept == DOCUMENT, "run `make openapi`"


def test_the_page_holds_the_document_and_needs_nothing_else() -> None:
    page = swagger_page(DOCUMENT)
    assert "/customers/{customer_id}/recommendations" in page
    assert "</script>" in page
    assert 'src="http' not in page
