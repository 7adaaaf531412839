"""``python -m ...llamacpp_peer FILE PORT SEQUENCES``: llama.cpp's own server (package xllamacpp)."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
import threading
from pathlib import Path

CONTEXT = 1024  # tokens for each sequence: the longest chat and its answer fit


def main() -> None:
    """Serves until it is ended."""
    file, port, sequences = sys.argv[1:4]
    _provide_openmp()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = file
    params.port = int(port)
    params.n_parallel = int(sequences)
    params.n_ctx = CONTEXT * int(sequences)
    params.kv_unified = True  # one cache: the system message is stored once
    params.enable_reasoning = 0
    params.verbosity = 0
    server = xllamacpp.Server(params)
    print(f"listening on {server.listening_address}", flush=True)
    threading.Event().wait()


def _provide_openmp() -> None:
    # The wheel for Linux expects the system's libgomp; slim images have only the copy that torch brings.
    try:
        ctypes.CDLL("libgomp.so.1", ctypes.RTLD_GLOBAL)
    except OSError:
        torch = importlib.util.find_spec("torch")
        if torch and torch.origin:
            ctypes.CDLL(str(Path(torch.origin).parent / "lib" / "libgomp.so.1"), ctypes.RTLD_GLOBAL)


if __name__ == "__main__":
    main()
