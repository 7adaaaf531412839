"""The model server as a process, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class LiveServer:
    """Its address, the process, and the file of what it prints."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def batches(self) -> list[psutil.Process]:
        """The processes that hold its text models."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
        return found


@contextmanager
def live_server(folder: Path, **environment: str) -> Iterator[LiveServer]:
    """Starts it with the default models and waits until /ping says 200; ends it, whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "model", "serve", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        )
    server = LiveServer(f"http://127.0.0.1:{port}", process, log)
    try:
        last = time.monotonic() + 180  # the first start on a machine prepares the weights
        while answered(f"{server.url}/ping") != 200:
            if process.poll() is not None or time.monotonic() > last:
                raise RuntimeError(
                    f"the model server did not start:\n{log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answered(url: str) -> int:
    """The status of an answer; 0 if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0
