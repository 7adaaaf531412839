"""Child processes of the shop: ports, starting, waiting until they answer, their last words, stopping."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.template import ROOT

_LAST_LINES = 15
_STOP_SECONDS = 5.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ShopError(RuntimeError):
    """The shop cannot start or go on; the message is for the person who started it."""


def listen(port: int = 0) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one. Raises ShopError for a port that is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise ShopError(
            f"port {port} on 127.0.0.1 cannot be used ({error.strerror}): stop what is using it, "
            "or choose another one with --port"
        ) from None
    listening.listen(128)
    return listening


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with listen() as listening:
        return int(listening.getsockname()[1])


class Child:
    """A Python module running as a child that ends when this process does (see ``local.child``)."""

    def __init__(self, name: str, module: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """``module`` is the module's name and its arguments; what it prints goes to ``log``."""
        self.name = name
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.child", *module],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the parent, which then ends this one.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process that the system knows it by."""
        return self._process.pid

    def wait_until_answers(self, url: str, timeout: float) -> None:
        """Waits for a 2xx at ``url``; ShopError with the child's last words if it ends or takes longer."""
        deadline = time.monotonic() + timeout
        while not _answers(url):
            if self._process.poll() is not None:
                raise ShopError(f"{self.name} ended with {self._process.returncode}\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise ShopError(f"{self.name} does not answer after {timeout:g} s\n{self.last_lines()}")
            time.sleep(0.03)

    def last_lines(self) -> str:
        """The end of what the child printed."""
        return last_lines(self._log)

    def stop(self) -> None:
        """Asks it to end, and ends it if it does not."""
        self._process.terminate()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def last_lines(log: Path) -> str:
    """The last lines of a log file, indented."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join(f"  | {line}" for line in lines)


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=2) as answer:
            return 200 <= answer.status < 300
    except (urllib.error.URLError, OSError):
        return False
