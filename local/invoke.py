"""Runs one function with an event file: in the shop of `make dev` if it is up, else in one started for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from local.gateway import FUNCTIONS
from local.identity import SERVICE
from local.processes import ShopError
from local.sample.loading import load_sample
from local.shop import Shop
from local.stack import Function
from local.template import load_template

# Enough that every page of the API has something to show.
_CUSTOMERS = 8


class InvocationFailed(RuntimeError):
    """The function raised; the message is its error document."""


def invoke(name: str, event_file: Path, url: str, say: Callable[[str], None]) -> Any:
    """The function's result.

    Args:
        name: logical id or folder, such as ``ContentFunction`` or ``content``.
        event_file: a JSON file, such as those in ``events/``.
        url: where a running shop would be.
        say: takes lines of progress.

    Raises:
        TemplateError: there is no such function.
        ShopError: the event file cannot be read.
        InvocationFailed: the function raised.
    """
    function = load_template().function(name)
    try:
        event = json.loads(event_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ShopError(f"{event_file}: {error}") from error
    if _has(url, function):
        say(f"in the shop at {url}")
        return _call(url, function, event)
    say(f"no shop at {url}; starting one for this call")
    with Shop(containers=2, show_logs=True, say=say) as shop:
        load_sample(shop.url, shop.token("loader", SERVICE), say, customers=_CUSTOMERS)
        return _call(shop.url, function, event)


def _has(url: str, function: Function) -> bool:
    """Whether a shop with this function answers there, and no other program."""
    try:
        listed = httpx.get(f"{url}{FUNCTIONS}", timeout=5, trust_env=False).json()["Functions"]
        return function.name in {entry["FunctionName"] for entry in listed}
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return False


def _call(url: str, function: Function, event: Any) -> Any:
    # It may have to wait for a container that is busy for as long again.
    patience = 2 * function.timeout + 10
    path = f"{FUNCTIONS}/{function.name}/invocations"
    answer = httpx.post(f"{url}{path}", json=event, timeout=patience, trust_env=False)
    if answer.is_error or "x-amz-function-error" in answer.headers:
        raise InvocationFailed(json.dumps(answer.json(), indent=2, ensure_ascii=False))
    return answer.json()
