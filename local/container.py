"""One Lambda container: a process that runs one invocation at a time, as Lambda's do.

It has to be a process: the handlers' frameworks keep the request they are working on in module state, so that
two requests in one interpreter would see each other's customer.

``python -m local.container TEMPLATE`` reads invocations as JSON lines on standard input (``function``,
``event``, ``request_id``, ``deadline`` in Unix seconds) and answers each with a line on what was standard
output: ``{"result": ...}`` or ``{"error": {"errorType", "errorMessage", "stackTrace"}}``. What handlers print
goes to standard error. It ends when standard input does.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.intrinsics import ACCOUNT, REGION
from local.stack import Function, Template
from local.template import load_template


@dataclass(frozen=True)
class Context:
    """The second argument of a handler, with what Lambda's has."""

    function_name: str
    memory_limit_in_mb: str
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    client_context: None = None
    identity: None = None
    log_stream_name: str = "local"
    invoked_function_arn: str = field(init=False)
    log_group_name: str = field(init=False)

    def __post_init__(self) -> None:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"
        object.__setattr__(self, "invoked_function_arn", arn)
        object.__setattr__(self, "log_group_name", f"/aws/lambda/{self.function_name}")

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end this invocation."""
        return max(0, int((self.deadline - time.time()) * 1000))


def load_handler(function: Function) -> Callable[[Any, Context], Any]:
    """The function's handler, imported as ``functions.<folder>.handler`` from the repository's root."""
    module, _, attribute = function.handler.rpartition(".")
    return getattr(importlib.import_module(f"{function.folder.replace('/', '.')}.{module}"), attribute)


def answer(template: Template, handlers: dict[str, Callable[..., Any]], request: dict[str, Any]) -> str:
    """Runs one invocation; one line of JSON, whatever the handler does."""
    function = template.function(request["function"])
    context = Context(
        function_name=function.name,
        memory_limit_in_mb=str(function.memory),
        aws_request_id=request["request_id"],
        deadline=request["deadline"],
    )
    try:
        return json.dumps({"result": handlers[function.name](request["event"], context)})
    except Exception as error:
        traceback.print_exc()
        failure = {
            "errorType": type(error).__name__,
            "errorMessage": str(error),
            "stackTrace": traceback.format_tb(error.__traceback__),
        }
        return json.dumps({"error": failure})


def main() -> None:
    """Imports every handler, says so, then serves invocations until standard input ends."""
    # Answers have a channel of their own: a handler that prints must not break the protocol.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    template = load_template(Path(sys.argv[1]))
    handlers = {name: load_handler(function) for name, function in template.functions.items()}
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(answer(template, handlers, json.loads(line)), file=answers, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
