"""GET and PATCH /customers/{customer_id}/profile: what is known of a customer."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.corrections import Corrections
from shopwright.http import caller, resolver
from shopwright.observability import logger
from shopwright.products import Id
from shopwright.profiles import Profile

app = resolver()
bootstrap.before_snapshot(bootstrap.profiles)


@app.get("/customers/<customer_id>/profile", summary="Read a profile", tags=["customers"])
def get_profile(customer_id: Annotated[Id, Path()]) -> Profile:
    """Traits with their confidence, evidence, source and expiry; empty for somebody nobody has seen."""
    caller(app).act_for(customer_id)
    return bootstrap.profiles().profile(customer_id, datetime.now(UTC))


@app.patch("/customers/<customer_id>/profile", summary="Correct a profile", tags=["customers"])
def patch_profile(customer_id: Annotated[Id, Path()], corrections: Annotated[Corrections, Body()]) -> Profile:
    """The customer sets or removes a trait, or refuses a product, and it stays so."""
    caller(app).act_for(customer_id)
    return bootstrap.profiles().correct(customer_id, corrections.corrections, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
