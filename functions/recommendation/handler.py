"""GET /customers/{customer_id}/recommendations: what to show a customer, and why."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.filters import Buyable, Filters
from shopwright.http import caller, resolver
from shopwright.observability import logger
from shopwright.products import Id, Language
from shopwright.ranking import Placement
from shopwright.recommendations import Recommendations

app = resolver()
bootstrap.before_snapshot(bootstrap.recommender)


@app.get("/customers/<customer_id>/recommendations", summary="Recommend", tags=["customers"])
def get_recommendations(
    customer_id: Annotated[Id, Path()],
    placement: Annotated[Placement, Query()] = "for_you",
    product_id: Annotated[Id | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    language: Annotated[Language | None, Query()] = None,
    category: Annotated[str | None, Query(min_length=1, max_length=150)] = None,
    min_price: Annotated[float | None, Query(ge=0, le=1e12)] = None,
    max_price: Annotated[float | None, Query(ge=0, le=1e12)] = None,
    availability: Annotated[Buyable | None, Query()] = None,
    diversity: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Recommendations:
    """Products for a place in the shop, each with its reason; all but `for_you` need product_id.

    A `category` brings its children too; prices are in the products' own currency. `diversity` mixes
    the list: 0 shows the best, 1 what has least in common.
    """
    caller(app).act_for(customer_id)
    return bootstrap.recommender().recommend(
        customer_id,
        placement,
        now=datetime.now(UTC),
        product_id=product_id,
        limit=limit,
        language=language,
        filters=Filters(category, min_price, max_price, availability),
        diversity=diversity,
    )


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
