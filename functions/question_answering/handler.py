"""POST /questions: answers from the shop's own facts."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.answers import Answer, Question
from shopwright.http import caller, resolver
from shopwright.observability import logger

app = resolver()
bootstrap.before_snapshot(bootstrap.checks, bootstrap.answers)


@app.post("/questions", summary="Ask the shop", tags=["questions"])
def post_question(question: Annotated[Question, Body()]) -> Answer:
    """Answers about products and policies, with citations; says so when the shop's facts do not answer."""
    asking = question.model_copy(update={"customer_id": caller(app).act_for(question.customer_id)})
    return bootstrap.answers().answer(asking, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
