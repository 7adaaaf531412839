"""SQS: writes the texts of a job, product by product. A message that fails goes back; twice is harmless."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap, usage
from shopwright.observability import logger, used_model

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def write(record: SQSRecord) -> None:
    tries = int(record.attributes.approximate_receive_count)
    work = record.json_body
    with usage.counting() as used:
        bootstrap.bulk().work(work["job_id"], work["product_id"], datetime.now(UTC), tries)
    used_model("content_jobs", used)


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, record_handler=write, processor=processor, context=context)
