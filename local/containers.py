"""The pool of Lambda containers (see ``local.container``) and what an invocation can end in."""

from __future__ import annotations

import contextlib
import json
import queue
import select
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from local.stack import Template
from local.template import ROOT

# Long enough for a cold import on a busy machine.
_START_SECONDS = 60.0


class FunctionError(RuntimeError):
    """The function raised, or its process died. ``failure`` is the error document Lambda would answer."""

    def __init__(self, name: str, failure: Mapping[str, Any]) -> None:
        super().__init__(f"{name}: {failure.get('errorType')}: {failure.get('errorMessage')}")
        self.failure = failure


class FunctionTimeout(FunctionError):
    """The function ran longer than its Timeout; its container was ended, as Lambda does."""


class Containers:
    """Runs functions in a few processes, each of them one invocation at a time.

    Lambda starts another container when all are busy; here the call waits for one to be free.
    """

    def __init__(
        self,
        template: Template,
        environment: Mapping[str, str],
        *,
        size: int = 3,
        log: IO[bytes] | None = None,
    ) -> None:
        """``log`` takes what the functions print (None: this process's standard error)."""
        self._template = template
        self._environment = dict(environment)
        self._size = size
        self._log = log
        self._free: queue.Queue[_Container | None] = queue.Queue()
        self._all: set[_Container] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Starts the first container and waits for it; the others follow in the background.

        Raises FunctionError when the handlers cannot be imported; why is in the log.
        """
        first = self._start_one()
        first.wait_ready()
        self._free.put(first)
        for _ in range(self._size - 1):
            self._replace()

    def invoke(self, name: str, event: Any, request_id: str | None = None) -> Any:
        """Runs a function with an event and gives its result, through JSON both ways.

        Raises FunctionTimeout after the function's Timeout, FunctionError when it fails.
        """
        function = self._template.function(name)
        container = self._free.get()
        if container is None or self._stopped:
            self._free.put(None)  # let the next one waiting know, too
            raise FunctionError(name, {"errorType": "Stopped", "errorMessage": "the shop is stopping"})
        request = {
            "function": function.name,
            "event": event,
            "request_id": request_id or str(uuid.uuid4()),
            "deadline": time.time() + function.timeout,
        }
        try:
            reply = container.ask(request, function.timeout)
        except _Late:
            self._discard(container)
            failure = {
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"timed out after {function.timeout:g} s",
            }
            raise FunctionTimeout(name, failure) from None
        except _Gone as error:
            self._discard(container)
            raise FunctionError(
                name, {"errorType": "Runtime.ExitError", "errorMessage": str(error)}
            ) from None
        except BaseException:
            self._discard(container)  # its answer would come to the next caller
            raise
        self._free.put(container)
        if "error" in reply:
            raise FunctionError(name, reply["error"])
        return reply["result"]

    @property
    def processes(self) -> list[int]:
        """The containers' processes, as the system knows them."""
        with self._lock:
            return [container.pid for container in self._all]

    def stop(self) -> None:
        """Ends every container; calls under way fail."""
        self._stopped = True
        with self._lock:
            containers = list(self._all)
        for container in containers:
            container.end()
        self._free.put(None)

    def _start_one(self) -> _Container:
        container = _Container(self._template.path, self._environment, self._log)
        with self._lock:
            self._all.add(container)
        if self._stopped:
            container.end()
        return container

    def _discard(self, container: _Container) -> None:
        container.end()
        with self._lock:
            self._all.discard(container)
        if not self._stopped:
            self._replace()

    def _replace(self) -> None:
        def start() -> None:
            container = self._start_one()
            try:
                container.wait_ready()
            except FunctionError:
                if not self._stopped:
                    raise
            else:
                self._free.put(container)

        threading.Thread(target=start, daemon=True).start()


class _Late(Exception):
    pass


class _Gone(Exception):
    pass


class _Container:
    def __init__(self, template: Path, environment: Mapping[str, str], log: IO[bytes] | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.container", str(template)],
            cwd=template.parent,
            # This tree's own package, whichever one is installed.
            env={**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C is for the parent, which then ends this one.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> None:
        try:
            self._read(_START_SECONDS)
        except (_Gone, _Late) as error:
            self.end()
            failure = {"errorType": "Runtime.ImportModuleError", "errorMessage": f"it did not start: {error}"}
            raise FunctionError("the functions", failure) from None

    def ask(self, request: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        line = json.dumps(request).encode() + b"\n"
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise _Gone(f"the process had ended with {self._process.poll()}") from None
        return self._read(timeout)

    def _read(self, timeout: float) -> dict[str, Any]:
        # One answer at a time, so that nothing waits in Python's buffer where select would not see it.
        try:
            ready, _, _ = select.select([self._process.stdout], [], [], timeout)
            line = self._process.stdout.readline() if ready else b""
        except ValueError:
            raise _Gone("it was stopped") from None
        if not ready:
            raise _Late(f"no answer in {timeout:g} s")
        if not line:
            raise _Gone(f"the process ended with {self._process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
