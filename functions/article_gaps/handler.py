"""EventBridge schedule, or by hand: groups what the shop could not answer into articles worth writing."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    made = bootstrap.article_gaps().refresh(datetime.now(UTC))
    done = {"gaps": len(made.gaps), **made.model_dump(include={"degraded", "questions", "asked_once"})}
    logger().info("grouped questions", extra=done)
    return done
