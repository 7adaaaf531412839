"""EventBridge schedule, or by hand: embeds anew what another model than the endpoint's embedded."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    refreshed = bootstrap.embedding_refresh().run(lambda: context.get_remaining_time_in_millis() / 1000)
    counts = refreshed.model_dump()
    (logger().warning if refreshed.stopped or refreshed.failed else logger().info)("embedded", extra=counts)
    return counts
