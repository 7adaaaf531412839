"""A built function in Lambda's own runtime: its interface client under the emulator that SAM ships.

What the function may import is what would be in AWS: its folder, the built layers, the standard library and
the runtime's own client. See https://github.com/aws/aws-lambda-runtime-interface-emulator.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.processes import free_port, last_lines

ROOT = Path(__file__).parents[2]
BUILT = Path(os.environ.get("BUILT", "."))
RUNTIME_PYTHON = os.environ.get("RUNTIME_PYTHON", "")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def emulator() -> Path:
    """The binary for this processor, out of SAM's package."""
    kind = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    [found] = (ROOT / ".venv-sam").glob(f"lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-{kind}")
    return found


class Emulated:
    """One function in one execution environment, one invocation at a time."""

    def __init__(self, folder: str, environment: Mapping[str, str], scratch: Path, timeout: float) -> None:
        """`folder` is the function's in functions/; `scratch` is an empty folder for it and its log."""
        task = scratch / "task"
        shutil.copytree(ROOT / folder, task, ignore=shutil.ignore_patterns("__pycache__"))
        self.folder = folder
        self.probe = Path(__file__).parent / "probe.py"
        self.log = scratch / "log"
        self._port = free_port()
        layers = [BUILT / layer / "python" for layer in ("DependenciesLayer", "CoreLayer")]
        self.places = [task, *layers, self.probe]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(emulator(), "--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
                    *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
                    *(RUNTIME_PYTHON, "-m", "awslambdaric", "probe.lambda_handler"),
                ],
                cwd=task,
                env={
                    **environment,
                    # The handler's folder, then the layers, as in /var/task and /opt/python.
                    "PYTHONPATH": os.pathsep.join(map(str, [task, self.probe.parent, *layers])),
                    "AWS_LAMBDA_FUNCTION_NAME": Path(folder).name,
                    "AWS_LAMBDA_FUNCTION_TIMEOUT": f"{timeout:g}",
                    "LAMBDA_TASK_ROOT": str(task),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def invoke(self, event: Any) -> Any:
        """What the handler answers. Raises RuntimeError with its log where it gives no answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations",
            json.dumps(event).encode(),
        )
        try:
            with _DIRECT.open(request, timeout=120) as answer:
                said = answer.read()
            return json.loads(said)
        except (OSError, ValueError) as error:
            raise RuntimeError(f"{self.folder} gave no answer ({error})\n{last_lines(self.log)}") from error

    def timed(self, event: Any) -> tuple[Any, float]:
        """The answer and the milliseconds it took, as a caller sees them."""
        started = time.perf_counter()
        answer = self.invoke(event)
        return answer, 1000 * (time.perf_counter() - started)

    @property
    def runtime(self) -> int:
        """The process that runs the handler."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            children += (thread / "children").read_text().split()
        return int(children[0])

    def stop(self) -> None:
        """Ends the emulator and the function."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                _DIRECT.open(f"http://127.0.0.1:{self._port}/", timeout=1)
            except urllib.error.HTTPError:
                return  # any answer will do
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"the emulator does not start\n{last_lines(self.log)}")
