"""What is measured runs in child processes, one after the other: servers, jobs, and the memory they take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local.processes import Child, ShopError, free_port, last_lines
from local.template import ROOT

_PACKAGE = "local.benchmarks.model_speed"
_START_SECONDS = 300.0
_JOB_SECONDS = 900.0
# For children whose threads would else spin at their barriers, on cores that others need.
YIELDING = {"OMP_WAIT_POLICY": "passive"}


class MemoryWatch:
    """The resident memory of a process and all its children, looked at four times a second."""

    def __init__(self, pid: int, every: float = 0.25) -> None:
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(every,), daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The largest sum seen, in bytes."""
        self.peak = max(self.peak, resident(self._pid))
        self._ended.set()
        self._thread.join()
        return self.peak

    def _look(self, every: float) -> None:
        while not self._ended.wait(every):
            self.peak = max(self.peak, resident(self._pid))


def resident(pid: int) -> int:
    """Bytes resident for a process and its descendants; what they share counts for each. 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


@dataclass
class Served:
    """A server that answers at `url`; `ready_s` from start to ready, `peak` bytes once it was stopped."""

    url: str
    ready_s: float = 0.0
    peak: int | None = None


@contextmanager
def serving(
    name: str, module: Sequence[str], ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """A server of ours or a peer's, stopped at the end.

    Args:
        module: its name and arguments; `{port}` stands for the port it is to take.
        ready: the path that answers 200 when it is.

    Raises:
        ShopError: it does not start; with its last words.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="model-speed-") as folder:
        began = time.monotonic()
        child = Child(
            name,
            [part.replace("{port}", str(port)) for part in module],
            {**os.environ, **(environment or {})},
            Path(folder) / "log",
        )
        watch = MemoryWatch(child.pid)
        served = Served(f"http://127.0.0.1:{port}")
        try:
            child.wait_until_answers(served.url + ready, _START_SECONDS)
            served.ready_s = round(time.monotonic() - began, 2)
            yield served
        finally:
            served.peak = watch.stop()
            child.stop()


def job(
    module: str,
    asked: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    package: str = _PACKAGE,
) -> dict[str, Any]:
    """What a module of `package` finds out in a child: it reads `asked` and writes its answer, as JSON.

    `peak_bytes` is added to the answer. Raises ShopError with the child's last words if it fails.
    """
    with tempfile.TemporaryDirectory(prefix="model-speed-") as folder:
        question, answer, log = (Path(folder) / name for name in ("question.json", "answer.json", "log"))
        question.write_text(json.dumps(asked), encoding="utf-8")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.child", f"{package}.{module}", str(question), str(answer)],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        watch = MemoryWatch(process.pid)
        try:
            process.wait(_JOB_SECONDS)
        except subprocess.TimeoutExpired:
            raise ShopError(f"{module} took more than {_JOB_SECONDS:g} s\n{last_lines(log)}") from None
        finally:
            peak = watch.stop()
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
        if process.returncode or not answer.is_file():
            raise ShopError(f"{module} ended with {process.returncode}\n{last_lines(log)}")
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return {**found, "peak_bytes": peak}


def asked_of_job() -> tuple[dict[str, Any], Path]:
    """In the child: the question, and where the answer goes."""
    question, answer = sys.argv[1:3]
    return json.loads(Path(question).read_text(encoding="utf-8")), Path(answer)
