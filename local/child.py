"""``python -m local.child MODULE [ARGUMENT...]``: runs a module that ends when its parent does.

The parent holds the other end of standard input; when that closes, however the parent went, so does this.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

_GRACE = 3.0


def _end_with_parent() -> None:
    # The file descriptor itself: a reader in Python would hold a lock that the interpreter wants at its end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


def main() -> None:
    """Runs the module named on the command line as ``__main__``."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
