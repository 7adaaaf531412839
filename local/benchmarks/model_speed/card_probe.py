"""The limits of this very device, measured in a child process: a large copy and a large product of matrices.

Question: `device`, `megabytes` to copy, `size` of the square matrices, `repeats`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from local.benchmarks.model_speed.processes import asked_of_job


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    import torch

    device, repeats = asked["device"], asked["repeats"]
    source = torch.ones(asked["megabytes"] << 19, dtype=torch.bfloat16, device=device)
    target = torch.empty_like(source)
    left = torch.randn(asked["size"], asked["size"], device=device).to(torch.bfloat16)

    def wait() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    copied = _seconds(lambda: target.copy_(source), wait, repeats)
    multiplied = _seconds(lambda: left @ left, wait, repeats)
    found = {
        # Read once, written once.
        "bandwidth": 2 * source.nbytes / copied,
        "bf16": 2 * asked["size"] ** 3 / multiplied,
    }
    answer.write_text(json.dumps(found), encoding="utf-8")


def _seconds(work: Callable[[], Any], wait: Callable[[], None], repeats: int) -> float:
    """The least of `repeats` times."""
    times = []
    for _ in range(repeats + 1):  # the first one warms up
        wait()
        began = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - began)
    return min(times[1:])


if __name__ == "__main__":
    main()
