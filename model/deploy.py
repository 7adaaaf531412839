"""``python -m model deploy``: a SageMaker endpoint with the model on it, made, changed or removed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .deployment import configuration, plan
from .deployment.configuration import Container, Deployment, NotDeployable
from .deployment.permissions import policies
from .deployment.rehearsal import Rehearsal

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def deploy(
    name: Annotated[
        str, typer.Option(help="The endpoint's name, and its inference component's.")
    ] = "shopwright-model",
    role: Annotated[
        str, typer.Option(envvar="SAGEMAKER_ROLE", help="ARN of the endpoint's execution role.")
    ] = "",
    image: Annotated[str, typer.Option(envvar="MODEL_IMAGE", help="URI in ECR; vllm has a default.")] = "",
    container: Annotated[Container, typer.Option(help="Whose image it is.")] = Container.shopwright,
    model: Annotated[str, typer.Option(help="Text model: built-in name, or owner/name on the hub.")] = "",
    embedding_model: Annotated[str, typer.Option(help="Likewise, for embeddings.")] = "",
    weights: Annotated[str, typer.Option(help="S3 folder of the text model, instead of a name.")] = "",
    adapter: Annotated[list[str] | None, typer.Option(help="NAME=s3://bucket/folder/, repeatable.")] = None,
    recommender: Annotated[
        str, typer.Option(help="S3 folder where the shop's recommenders are published.")
    ] = "",
    env: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for the container, repeatable.")] = None,
    instance: Annotated[str, typer.Option(help="Instance type.")] = "ml.g6.xlarge",
    gpus: Annotated[int, typer.Option(min=1, help="GPUs per copy.")] = 1,
    memory: Annotated[int, typer.Option(min=1024, help="Host memory per copy, MB.")] = 8192,
    min_copies: Annotated[int, typer.Option(min=0, help="0: nothing runs or costs when nobody asks.")] = 0,
    max_copies: Annotated[int, typer.Option(min=1, help="The most copies under load.")] = 2,
    max_instances: Annotated[
        int, typer.Option(min=0, help="0: one per copy. An update needs room for one copy more.")
    ] = 0,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests in flight per copy to scale for.")] = 8,
    startup_seconds: Annotated[
        int, typer.Option(min=60, max=3600, help="How long weights and warm-up may take.")
    ] = 900,
    region: Annotated[
        str, typer.Option(envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="AWS region.")
    ] = "",
    wait_minutes: Annotated[int, typer.Option(min=1, help="How long to wait for one thing.")] = 30,
    poll_seconds: Annotated[float, typer.Option(min=0, help="Between two looks while waiting.")] = 10,
    delete: Annotated[bool, typer.Option("--delete", help="Remove what was made under --name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the calls, make none.")] = False,
    existing: Annotated[
        bool, typer.Option("--existing", help="Dry run: as if an older version stood already.")
    ] = False,
    iam: Annotated[bool, typer.Option("--iam", help="Print the permissions needed, call nothing.")] = False,
) -> None:
    """Deploy the model to SageMaker, change what stands, or remove it (--delete).

    Repeating a command changes nothing more. --dry-run prints one JSON object a line: service, operation,
    parameters; "until" marks a read that is repeated. It needs neither AWS nor the SageMaker SDK.
    """
    try:
        configuration.check_name(name)
        adapters = configuration.adapters(adapter or [])
        if iam:
            folders = [uri for uri in (weights, recommender, *adapters.values()) if uri.startswith("s3://")]
            buckets = sorted({uri.split("/")[2] for uri in folders})
            typer.echo(json.dumps(policies(name, role or None, buckets), indent=2))
            return
        if delete:
            steps = plan.delete(name)
        else:
            if container is Container.vllm:
                image = image or configuration.vllm_image(region)
            asked = Deployment(
                name=name,
                role=role,
                image=image,
                environment=configuration.container_environment(
                    container,
                    model=model or None,
                    embedding_model=embedding_model or None,
                    weights=weights or None,
                    adapters=adapters,
                    recommender=recommender or None,
                    given=configuration.variables(env or []),
                ),
                weights=weights or None,
                adapters=adapters,
                instance_type=instance,
                accelerators=gpus,
                memory_mb=memory,
                min_copies=min_copies,
                max_copies=max_copies,
                max_instances=max_instances or max_copies,
                concurrency=concurrency,
                startup_seconds=startup_seconds,
            )
            steps = plan.deploy(asked)
        if dry_run:
            _rehearse(steps, Rehearsal(name, existing=existing or delete))
        else:
            _perform(steps, region or None, poll_seconds, wait_minutes * 60)
            typer.echo(f"{name} is {'gone' if delete else 'in service'}")
    except NotDeployable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _rehearse(steps: plan.Plan, rehearsal: Rehearsal) -> None:
    def answer(call: plan.Call) -> plan.Answer:
        line = {"service": call.service, "operation": call.operation, "parameters": call.parameters}
        typer.echo(json.dumps(line | ({"until": call.until} if call.until else {}), ensure_ascii=False))
        return rehearsal(call)

    plan.follow(steps, answer)


def _perform(steps: plan.Plan, region: str | None, poll_seconds: float, timeout_seconds: float) -> None:
    from .deployment.sdk import Aws

    aws = Aws(region, typer.echo, poll_seconds=poll_seconds, timeout_seconds=timeout_seconds)
    plan.follow(steps, aws)


if __name__ == "__main__":
    cli(prog_name="python -m model.deploy")
