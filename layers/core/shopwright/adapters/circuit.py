"""A circuit breaker before an endpoint: one that keeps failing is left alone, and tried again after a while.

    id       | sk      | holds
    circuit  | <name>  | its state, in the catalogue's table; see Powertools' circuit breaker

The state is shared by all functions: what one found out, the others need not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from ..errors import ModelAnswerInvalid, ModelUnavailable
from .sagemaker import Invoke

_FAILURES = 3  # in a row, in one container
_OPEN_SECONDS = 30
_KEPT_SECONDS = 5  # for so long the state is not read again


def circuit(
    client: Any, table: str, name: str, tell: Callable[[CircuitTransition], None]
) -> Callable[[Invoke], Invoke]:
    """What puts the circuit `name` before calls. While it is open they raise ModelUnavailable at once.

    Only outages and rubbish count: a request that the endpoint refuses says nothing about the next one.

    Args:
        client: a boto3 DynamoDB client.
        table: the catalogue's.
        name: of what fails together.
        tell: told of each change.
    """

    def open_circuit(*_: object, **__: object) -> None:
        raise ModelUnavailable("the endpoint kept failing and is left alone for a while")

    breaker: Callable[[Invoke], Invoke] = circuit_breaker(
        name=name,
        persistence_store=CircuitBreakerDynamoDBPersistence(
            table_name=table, static_pk_value="circuit", sort_key_attr="sk", boto3_client=client
        ),
        on_circuit_open=open_circuit,
        on_transition=tell,
        config=CircuitBreakerConfig(
            failure_threshold=_FAILURES,
            recovery_timeout=_OPEN_SECONDS,
            success_threshold=1,
            handled_exceptions=(ModelUnavailable, ModelAnswerInvalid),
            local_cache_max_age=_KEPT_SECONDS,
        ),
    )
    return breaker
