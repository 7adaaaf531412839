"""AWS on this machine: moto with what it lacks, and the resources of the template made in it.

``python -m local.aws --port N`` is moto's server on loopback. ``create_resources(template)`` makes tables,
queues and buckets in whatever boto3 reaches: that server, or ``mock_aws()`` in a test.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from local import identity, speed, transactions, vectors
from local.intrinsics import REGION
from local.stack import Table, Template

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",  # pragma: allowlist secret
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    # The user's own profiles, regions and endpoints stay out of it.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def install() -> None:
    """Teaches moto, in this process, vector search, transactions that behave, scopes, and some speed."""
    identity.install()
    speed.install()
    vectors.install()
    transactions.install()


def environment(aws_url: str, model_url: str) -> dict[str, str]:
    """This process's environment with nothing of a real AWS account in it, and the emulated endpoints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **inherited,
        **_CREDENTIALS,
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": model_url,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def client(service: str, url: str | None = None) -> Any:
    """A boto3 client for emulated AWS at ``url``, whatever this process's environment says."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        # moto looks at none
        # pragma: allowlist nextline secret
        aws_secret_access_key="test",  # noqa: S106
        config=Config(proxies={}, retries={"total_max_attempts": 2, "mode": "standard"}),
    )


def create_resources(template: Template, clients: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Makes the template's tables, queues and buckets.

    ``clients`` may give boto3 clients under ``dynamodb``, ``sqs`` and ``s3``. Returns what ``Ref`` gives
    under each logical id, and ``Id.Arn`` and ``Id.QueueName`` beside it: what ``Template.environment``
    asks for.
    """
    dynamodb = (clients or {}).get("dynamodb") or client("dynamodb")
    sqs = (clients or {}).get("sqs") or client("sqs")
    resources: dict[str, str] = {}
    for name, table in template.tables.items():
        resources |= _table(dynamodb, name, table)
    # A queue names its dead letter queue by ARN, so that one comes first.
    for name in sorted(template.queues, key=lambda name: template.queues[name].dead_letters is not None):
        queue = template.queues[name]
        attributes = dict(queue.attributes)
        if queue.dead_letters:
            attributes["RedrivePolicy"] = json.dumps(
                {
                    "deadLetterTargetArn": resources[f"{queue.dead_letters}.Arn"],
                    "maxReceiveCount": queue.max_receives,
                }
            )
        url = sqs.create_queue(QueueName=queue.name, Attributes=attributes)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        resources |= {
            name: url,
            f"{name}.QueueUrl": url,
            f"{name}.QueueName": queue.name,
            f"{name}.Arn": answer["Attributes"]["QueueArn"],
        }
    if template.buckets:
        s3 = (clients or {}).get("s3") or client("s3")
        for name, bucket in template.buckets.items():
            s3.create_bucket(Bucket=bucket)
            resources |= {name: bucket, f"{name}.Arn": f"arn:aws:s3:::{bucket}"}
    return resources


def _table(dynamodb: Any, name: str, table: Table) -> dict[str, str]:
    made = dynamodb.create_table(TableName=table.name, **table.create)
    if table.expires_by:
        dynamodb.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expires_by},
        )
    return {name: table.name, f"{name}.Arn": made["TableDescription"]["TableArn"]}


def serve(port: int) -> None:
    """Runs moto's server on 127.0.0.1 until the process ends."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        # Connections stay open, as boto3 expects of AWS.
        protocol_version = "HTTP/1.1"

    install()
    os.environ["MOTO_PORT"] = str(port)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Emulated AWS (moto with vector search) on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)
