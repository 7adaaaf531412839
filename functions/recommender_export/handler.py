"""EventBridge schedule, or by hand: exports what a recommender is trained on and starts the training."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.exporting import scheduled_time
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    at = scheduled_time(event, datetime.now(UTC))
    exported = bootstrap.exporting().run(at, lambda: context.get_remaining_time_in_millis() / 1000)
    done = exported.model_dump()
    # `time` is the log line's own.
    (logger().warning if exported.stopped else logger().info)("exported", extra={"export": done})
    return done
