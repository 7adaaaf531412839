"""Consent, export and erasure under /customers/{customer_id}: what customers may decide about their data."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.consenting import ConsentChange, ConsentStatus
from shopwright.http import caller, resolver
from shopwright.observability import logger
from shopwright.personal_data import PersonalData, Receipt
from shopwright.products import Id

app = resolver()
bootstrap.before_snapshot(bootstrap.consenting, bootstrap.personal_data)


@app.get("/customers/<customer_id>/consent", summary="Read consents", tags=["customers"])
def get_consent(customer_id: Annotated[Id, Path()]) -> ConsentStatus:
    """How each purpose stands, by the customer's last word or by default."""
    caller(app).act_for(customer_id)
    return bootstrap.consenting().status(customer_id)


@app.put("/customers/<customer_id>/consent", summary="Change consents", tags=["customers"])
def put_consent(
    customer_id: Annotated[Id, Path()], change: Annotated[ConsentChange, Body()]
) -> ConsentStatus:
    """Grants, denies or withdraws; without `profiling` the customer's events are deleted at once."""
    caller(app).act_for(customer_id)
    return bootstrap.consenting().change(customer_id, change, datetime.now(UTC))


@app.get("/customers/<customer_id>/export", summary="Export personal data", tags=["customers"])
def get_export(
    customer_id: Annotated[Id, Path()], after: Annotated[Id | None, Query()] = None
) -> PersonalData:
    """All that is held of the customer; of very many events a page, the next one with `after`."""
    caller(app).act_for(customer_id)
    return bootstrap.personal_data().export(customer_id, datetime.now(UTC), after)


@app.delete("/customers/<customer_id>", summary="Erase a customer", tags=["customers"])
def delete_customer(customer_id: Annotated[Id, Path()]) -> Receipt:
    """Deletes all that is held of the customer; the receipt says what was where, and what is left."""
    caller(app).act_for(customer_id)
    return bootstrap.personal_data().erase(customer_id, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
