"""OpenMP under the native engines: there, and sparing of the processor. Imported before any of them."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import sys
from pathlib import Path

# OpenMP's threads spin at every barrier. When another process takes a core, the spinning ones burn the time
# of the one they wait for: on two cores, 64 tokens that take 1 s alone took 12 s beside one busy process, and
# asleep at the barriers 3 to 5 s beside several. Read once, when the OpenMP library loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def provide_openmp() -> None:
    """Loads PyTorch's copy of GNU OpenMP where the system has none.

    xllamacpp's wheel for Linux expects the system's, and slim images come without it.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libgomp.so.1", ctypes.RTLD_GLOBAL)
    except OSError:
        torch = importlib.util.find_spec("torch")
        if torch and torch.origin:
            with contextlib.suppress(OSError):  # then xllamacpp's own import says what is missing
                ctypes.CDLL(str(Path(torch.origin).parent / "lib" / "libgomp.so.1"), ctypes.RTLD_GLOBAL)
