"""Logs and metrics, once for all functions: JSON lines, the request's id, no personal data."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger

from .ladder import ENDPOINT_FAILED, Degraded
from .usage import Usage


@lru_cache
def logger() -> Logger:
    """The function's logger; service and level come from POWERTOOLS_* variables."""
    return Logger()


def fell_back(reason: Degraded) -> None:
    """Count an answer that a lower rung of the ladder made, as the metric `Fallbacks`, by `degraded`.

    What tells of the endpoint counts as `ModelFailures` too. CloudWatch reads both out of the log (embedded
    metric format); the template's alarm and dashboard read them there.
    """
    from aws_lambda_powertools import single_metric
    from aws_lambda_powertools.metrics import MetricUnit

    with single_metric(name="Fallbacks", unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="degraded", value=reason)
    if reason in ENDPOINT_FAILED:
        with single_metric(name="ModelFailures", unit=MetricUnit.Count, value=1):
            pass


def used_model(work: str, used: Usage) -> None:
    """Count what one answer, text or other piece of work used of the model: `ModelCalls`, `ModelTokens`.

    Their average is what one costs. Nothing is counted where the model was not asked.

    Args:
        work: what it was for: the first part of the route (`questions`, `content`, ...).
    """
    if not used.calls:
        return
    from aws_lambda_powertools import single_metric
    from aws_lambda_powertools.metrics import MetricUnit

    for name, value in (("ModelCalls", used.calls), ("ModelTokens", used.tokens_in + used.tokens_out)):
        with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
            metric.add_dimension(name="work", value=work)
