"""POST /events: what customers do."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.http import caller, resolver
from shopwright.ingestion import EventBatch, Ingested, customers_named
from shopwright.observability import logger

app = resolver()
bootstrap.before_snapshot(bootstrap.ingestion)


@app.post("/events", status_code=202, summary="Send events", tags=["events"])
def post_events(batch: Annotated[EventBatch, Body()]) -> Ingested:
    """Up to 100 GA4-style events; each is checked on its own and counts once, however often it is sent."""
    # One event of somebody else's spoils the batch: that is no slip, and half of it helps nobody.
    for customer_id in customers_named(batch.events):
        caller(app).act_for(customer_id)
    return bootstrap.ingestion().ingest(batch.events, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
