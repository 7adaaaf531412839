"""EventBridge schedule: queues the profiles that are stale or hold an expired trait."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger

# A sweep comes every few minutes; what is left over is first in the next.
MAX_QUEUED = 2000


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    queued = bootstrap.profiles().sweep(datetime.now(UTC), limit=MAX_QUEUED)
    logger().info("swept", extra={"queued": queued})
    return {"queued": queued}
