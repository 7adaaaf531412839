"""JSON: how many bodies parse and keep to the schema, with the decoding constrained and without."""

from __future__ import annotations

import json
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError
from jsonschema import Draft202012Validator

from shopwright.ports import Message

from .documents import SCHEMAS, Wanted, wanted
from .progress import Progress
from .rehearsal import ModelFailed, seed_of
from .rows import Name, Results
from .wire import Wire

_CANDIDATES = 2
_MAX_TOKENS = 320
_TEMPERATURE = 0.4
_REFUSED = "response_format refused by the server"

Fault = Literal["cut short", "no JSON", "not of the schema"]


def structured(wire: Wire, seed: int, count: int, progress: Progress) -> Results:
    """Counts for `count` documents of each kind.

    A server that refuses `response_format` is counted as refusing; one that ignores it as what it wrote.

    Raises:
        ModelFailed: if the server refuses the rest of the request, or does not answer.
    """
    results = Results()
    for constrained in (False, True):
        how = "constrained" if constrained else "not constrained"
        for document in progress.each(wanted(seed, count), f"json: {how}"):
            for fault in _faults(wire, document, constrained, seed):
                name = Name("json", document.kind, "en", "sample shop", f"{how}: parses and validates")
                results.shares[name].count(fault is None)
                if fault:
                    results.reasons[f"{document.kind}, {how}"][fault] += 1
    return results


def fault_of(text: str, complete: bool, schema: dict[str, Any]) -> Fault | None:
    """What is wrong with a body as the document of a schema; None if it parses and validates."""
    if not complete:
        return "cut short"
    try:
        document = json.loads(text)
    except ValueError:
        return "no JSON"
    return None if Draft202012Validator(schema).is_valid(document) else "not of the schema"


def _faults(wire: Wire, document: Wanted, constrained: bool, seed: int) -> list[str | None]:
    schema = SCHEMAS[document.kind]
    body: dict[str, Any] = {
        "messages": document.messages,
        "n": _CANDIDATES,
        "max_tokens": _MAX_TOKENS,
        "temperature": _TEMPERATURE,
        "top_p": 0.9,
        "seed": seed_of(seed, [Message(**message) for message in document.messages]),  # type: ignore[arg-type]
    }
    if constrained:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": document.kind, "schema": schema, "strict": True},
        }
    try:
        answer = wire.ask(body)
    except ClientError as error:
        if constrained and error.response["OriginalStatusCode"] == 400:
            return [_REFUSED] * _CANDIDATES
        raise ModelFailed(str(error)) from error
    except BotoCoreError as error:
        raise ModelFailed(str(error)) from error
    return [
        fault_of(choice["message"]["content"], choice["finish_reason"] == "stop", schema)
        for choice in answer["choices"]
    ]
