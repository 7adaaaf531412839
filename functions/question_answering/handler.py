"""POST /questions: answers from the shop's own facts; and what customers think of them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.answers import Answer, Question
from shopwright.feedback import Feedback, Opinion
from shopwright.http import caller, resolver
from shopwright.observability import logger
from shopwright.wellformed import without_personal_data

app = resolver()
bootstrap.before_snapshot(bootstrap.checks, bootstrap.answers, bootstrap.questions)


@app.post("/questions", summary="Ask the shop", tags=["questions"])
def post_question(question: Annotated[Question, Body()]) -> Answer:
    """Answers about products and policies, with citations; says so when the shop's facts do not answer."""
    asking = question.model_copy(update={"customer_id": caller(app).act_for(question.customer_id)})
    return bootstrap.answers().answer(asking, datetime.now(UTC))


@app.post("/questions/<question_id>/feedback", summary="Say whether an answer helped", tags=["questions"])
def post_feedback(question_id: Annotated[str, Path()], feedback: Annotated[Feedback, Body()]) -> Feedback:
    """Kept with the question for 30 days; who gives another replaces it."""
    given = feedback.model_copy(update={"customer_id": caller(app).act_for(feedback.customer_id)})
    opinion = Opinion(**given.model_dump(exclude={"customer_id"}))
    # It is read by people, and the question may have been kept without its customer.
    if opinion.comment:
        opinion = opinion.model_copy(update={"comment": without_personal_data(opinion.comment)})
    bootstrap.questions().add_opinion(question_id, given.customer_id, opinion, datetime.now(UTC))
    return given


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
