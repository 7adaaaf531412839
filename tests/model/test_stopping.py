"""The server as a process that is told to end before it is ready: soon, in good order, leaving nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.model.live_server import ROOT

SOON = 5.0  # seconds; loading what is loaded here takes longer even on a fast machine


@contextmanager
def _loading(folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "model", "serve", "--port", "0"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield server, log
    finally:
        server.kill()
        server.wait()


def _children(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(server.pid).children(recursive=True)


def _batch_loads(server: subprocess.Popen[bytes]) -> bool:
    for child in _children(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                return True
    return False


def _until(holds: Callable[[], bool], server: subprocess.Popen[bytes]) -> None:
    last = time.monotonic() + 60
    while not holds():
        assert server.poll() is None
        assert time.monotonic() < last
        time.sleep(0.01)


def _end(server: subprocess.Popen[bytes], log: Path) -> None:
    children = _children(server)
    server.send_signal(signal.SIGTERM)
    assert server.wait(SOON) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert not psutil.wait_procs(children, timeout=SOON)[1]


@pytest.mark.parametrize("made", ["e5-small-folder", "openvino-encoder"])
def test_while_weights_are_made_ready_it_leaves_no_half_of_them(tmp_path: Path, made: str) -> None:
    cache = tmp_path / "cache"
    with _loading(tmp_path, SHOPWRIGHT_CACHE=str(cache)) as (server, log):
        _until(lambda: any(made in path.name for path in cache.glob(".making-*/*")), server)
        _end(server, log)
        assert not list(cache.glob(".*"))


def test_while_a_batch_loads_it_leaves_no_process(tmp_path: Path) -> None:
    with _loading(tmp_path) as (server, log):
        _until(lambda: _batch_loads(server), server)
        _end(server, log)
