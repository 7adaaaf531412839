"""Logs, once for all functions: JSON lines, the request's id, no personal data."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger


@lru_cache
def logger() -> Logger:
    """The function's logger; service and level come from POWERTOOLS_* variables."""
    return Logger()
