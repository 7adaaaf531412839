"""POST /content: copy that the facts carry; POST, GET and DELETE /content/jobs: of a whole catalogue."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from shopwright import bootstrap
from shopwright.content import ContentAnswer, ContentRequest
from shopwright.http import caller, resolver
from shopwright.jobs import Job, JobRequest
from shopwright.observability import logger

app = resolver()
bootstrap.before_snapshot(bootstrap.checks, bootstrap.content, bootstrap.editing, bootstrap.bulk)


@app.post("/content", summary="Write copy", tags=["content"])
def post_content(request: Annotated[ContentRequest, Body()]) -> ContentAnswer:
    """Texts in English or Chinese, each with its claims, the facts that carry them, the checks it passed."""
    now = datetime.now(UTC)
    answer = bootstrap.content().write(request, now)
    return bootstrap.editing().kept(request, answer, caller(app).subject, now)


@app.post("/content/jobs", summary="Write a whole catalogue", tags=["content"])
def post_job(request: Annotated[JobRequest, Body()]) -> Job:
    """What it does and costs; with `dry_run` no more than that. The same again goes on where it stopped."""
    return bootstrap.bulk().start(request, caller(app).subject, datetime.now(UTC))


@app.get("/content/jobs/<job_id>", summary="How far a job is", tags=["content"])
def get_job(job_id: Annotated[str, Path()]) -> Job:
    """Its plan and its progress."""
    return bootstrap.bulk().read(job_id, datetime.now(UTC))


@app.delete("/content/jobs/<job_id>", summary="Cancel a job", tags=["content"])
def delete_job(job_id: Annotated[str, Path()]) -> Job:
    """Writes no more of it; what is written stays, and the same request as before goes on with the rest."""
    return bootstrap.bulk().cancel(job_id, datetime.now(UTC))


@logger().inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
