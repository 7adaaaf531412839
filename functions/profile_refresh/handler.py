"""SQS: rebuilds the profiles that went stale. A message that fails goes back alone; twice is harmless."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.observability import logger

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def refresh(record: SQSRecord) -> None:
    bootstrap.profiles().refresh(record.json_body["customer_id"], datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, record_handler=refresh, processor=processor, context=context)
