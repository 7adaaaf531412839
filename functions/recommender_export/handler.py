"""EventBridge schedule, or by hand: exports what a recommender is trained on and starts the training."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.exporting import scheduled_time
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    exported = bootstrap.exporting().run(scheduled_time(event, datetime.now(UTC))).model_dump()
    # `time` is the log line's own.
    logger().info("exported", extra={"export": exported})
    return exported
