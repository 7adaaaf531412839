"""EventBridge schedule: recounts what is bought and looked at together, and what is popular."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    counts = bootstrap.neighbour_refresh().run(datetime.now(UTC))
    logger().info("counted", extra=counts)
    return counts
