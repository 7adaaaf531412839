"""One OpenAPI document for the whole API, merged from the handlers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge
from pydantic import BaseModel

from local.template import ROOT, Template
from shopwright.events import Event
from shopwright.http import Problem
from shopwright.products import Article, Product

# Batches whose rows are checked one by one, so that their own schema says nothing of the rows.
_ROWS: dict[str, type[BaseModel]] = {"events": Event, "products": Product, "articles": Article}


def openapi_document(template: Template) -> dict[str, Any]:
    """The document of every function that has a route, sorted so that it reads the same each time."""
    merge = OpenAPIMerge(
        title="Shopwright",
        version="0.1.0",
        description="Profiles, recommendations, answers and copy for an online shop.",
        on_conflict="error",
    )
    for function in template.functions.values():
        if function.routes:
            merge.add_file(ROOT / function.folder / "handler.py")
    document: dict[str, Any] = json.loads(merge.get_openapi_json_schema())
    schemas = document["components"]["schemas"]
    for model in (*_ROWS.values(), Problem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    for rows, model in _ROWS.items():
        batch = schemas[f"{model.__name__}Batch"]["properties"][rows]
        batch["items"] = {"$ref": f"#/components/schemas/{model.__name__}"}
    # Powertools documents its own form of errors; ours is another.
    for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for function in template.functions.values():
        for route in function.routes:
            # One scope is enough.
            operation = document["paths"][route.path][route.method.lower()]
            operation["security"] = [{"token": [scope]} for scope in route.scopes or ()]
    message = {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["401"] = {
                "description": "No token that is good here",
                "content": {"application/json": message, **content},
            }
            operation["responses"]["403"] = {
                "description": "The token does not allow it",
                "content": {"application/json": message, **content},
            }
            operation["responses"]["default"] = {"description": "An error", "content": content}
    return document


def swagger_page(document: dict[str, Any]) -> str:
    """A page to read and try the API, complete in itself: Swagger UI comes with Powertools."""
    assets = Path(swagger_ui.__file__).parent
    return swagger_ui.generate_swagger_html(
        # A closing tag inside a description must not end the script it stands in.
        json.dumps(document, ensure_ascii=False).replace("</", "<\\/"),
        (assets / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        (assets / "swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
