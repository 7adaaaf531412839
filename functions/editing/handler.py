"""GET and PATCH /content, GET /products/{product_id}/content: copy that is kept, and what people decide."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.editing import StoredTexts
from shopwright.http import caller, resolver
from shopwright.observability import logger
from shopwright.texts import StateChange, StoredText, TextState

app = resolver()
bootstrap.before_snapshot(bootstrap.editing)


@app.get("/content", summary="List kept copy", tags=["content"])
def get_content(
    state: Annotated[TextState | None, Query()] = None,
    contradicted: Annotated[bool | None, Query()] = None,
    after: Annotated[str | None, Query()] = None,
) -> StoredTexts:
    """A hundred at a time: those to approve, or those that a change of their product contradicts."""
    return bootstrap.editing().find(state, contradicted, after)


@app.patch("/content/<text_id>", summary="Approve, publish or reject a text", tags=["content"])
def patch_content(text_id: Annotated[str, Path()], change: Annotated[StateChange, Body()]) -> StoredText:
    """From draft to approved to published; who did it and when is kept."""
    return bootstrap.editing().change(text_id, change, caller(app).subject, datetime.now(UTC))


@app.get("/products/<product_id>/content", summary="Read a product's copy", tags=["content"])
def get_product_content(product_id: Annotated[str, Path()]) -> StoredTexts:
    """For customers what is published and true; for the shop all of it."""
    return bootstrap.editing().of(product_id, shown_only=caller(app).is_customer)


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
