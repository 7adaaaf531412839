"""The functions' own stores on emulated DynamoDB, inside this process and empty."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

from moto import mock_aws

from local import aws
from local.template import load_template
from shopwright.adapters.catalog import DynamoDBCatalog
from shopwright.adapters.customers import DynamoDBCustomers
from shopwright.consent import PURPOSES


@dataclass(frozen=True)
class Shelf:
    """A shop's catalogue and customers."""

    catalog: DynamoDBCatalog
    customers: DynamoDBCustomers


@contextmanager
def shelf(dimensions: int) -> Iterator[Shelf]:
    """Tables of the template, for vectors of so many dimensions."""
    template = load_template(parameters={"EmbeddingDimensions": dimensions})
    # No AWS account of the user's own may come into it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with mock.patch.dict(os.environ, inherited, clear=True), mock_aws():
        aws.install()
        dynamodb = aws.client("dynamodb")
        made = aws.create_resources(template, {"dynamodb": dynamodb, "sqs": aws.client("sqs")})
        yield Shelf(
            DynamoDBCatalog(dynamodb, made["CatalogTable"]),
            DynamoDBCustomers(dynamodb, made["CustomersTable"], timedelta(days=400), frozenset(PURPOSES)),
        )
