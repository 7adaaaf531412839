"""POST /content: product descriptions, ad copy and social posts that the facts carry."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.content import ContentAnswer, ContentRequest
from shopwright.http import resolver
from shopwright.observability import logger

app = resolver()
bootstrap.before_snapshot(bootstrap.checks, bootstrap.content)


@app.post("/content", summary="Write copy", tags=["content"])
def post_content(request: Annotated[ContentRequest, Body()]) -> ContentAnswer:
    """Texts in English or Chinese, each with the facts it uses and the checks it passed."""
    return bootstrap.content().write(request, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
