"""A training job ended, or by hand: publishes the recommender if its own tests speak for it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    publication = bootstrap.publishing().run(event)
    done = publication.model_dump(exclude_none=True)
    (logger().warning if publication.status in ("failed", "stopped") else logger().info)(
        "publishing", extra=done
    )
    return done
