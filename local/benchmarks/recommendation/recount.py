"""One recount of a made-up shop's events, in a child process of its own: time and memory.

Question: `of` (`neighbours`, `transitions` or `epoch`), `events`, `products`, `seed`.
"""

from __future__ import annotations

import json
import os
import re
import resource
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from local.benchmarks.model_speed.processes import asked_of_job, resident
from local.benchmarks.recommendation.made_up import NOW, MadeUpShop, number_of


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    shop = MadeUpShop(asked["products"], asked["seed"])
    found = {"neighbours": _neighbours, "transitions": _transitions, "epoch": _epoch}[asked["of"]](
        shop, asked["events"]
    )
    answer.write_text(json.dumps(found), encoding="utf-8")


def _neighbours(shop: MadeUpShop, count: int) -> dict[str, Any]:
    from shopwright.neighbours import neighbours, popularity

    products = {product.id: product for product in shop.products()}
    events = list(shop.events(count))
    before = _resident()
    began = time.perf_counter()
    near = neighbours(events, products, NOW)
    counted = time.perf_counter()
    popularity(events, NOW)
    ended = time.perf_counter()
    return {
        "events": len(events),
        "rows": len(near),
        "neighbours_s": counted - began,
        "popularity_s": ended - counted,
        "seconds": ended - began,
        "read_bytes": before,
        "most_bytes": _most(),
    }


def _transitions(shop: MadeUpShop, count: int) -> dict[str, Any]:
    from model.recommender.transitions import near

    rows, number = _histories(shop, count)
    before = _resident()
    began = time.perf_counter()
    near(rows, shop.size + 1)
    seconds = time.perf_counter() - began
    return {"events": number, "seconds": seconds, "read_bytes": before, "most_bytes": _most()}


def _epoch(shop: MadeUpShop, count: int) -> dict[str, Any]:
    from model.recommender.learning import Learning

    rows, number = _histories(shop, count)
    texts = np.random.default_rng(shop.seed).standard_normal((shop.size + 1, 384), np.float32)
    learning = Learning(rows, shop.size + 1, texts / np.linalg.norm(texts, axis=1, keepdims=True))
    before = _resident()
    began = time.perf_counter()
    learning.more(rows, 1)
    seconds = time.perf_counter() - began
    return {"events": number, "seconds": seconds, "read_bytes": before, "most_bytes": _most()}


def _histories(shop: MadeUpShop, count: int) -> tuple[list[np.ndarray], int]:
    histories: dict[str, list[int]] = defaultdict(list)
    number = 0
    for number, event in enumerate(shop.events(count), 1):  # noqa: B007
        histories[event.customer_id] += [number_of(item.item_id) + 1 for item in event.items]
    return [np.array(history, np.int64) for history in histories.values()], number


def _resident() -> int:
    return resident(os.getpid())


def _most() -> int:
    # Linux counts in ru_maxrss what the parent had when it started this process; VmHWM is ours alone.
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    main()
