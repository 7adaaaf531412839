"""Online Retail's order lines as events and products, in a child process that alone sees pyarrow.

Question: `file` (parquet), `events` and `products` (where to write them, JSON lines).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from local.benchmarks.model_speed.processes import asked_of_job
from local.converters.online_retail import events, products, read, sold


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    left_out: Counter[str] = Counter()
    lines = sold(read(Path(asked["file"])), left_out)
    for name, rows in (("events", events(lines)), ("products", products(lines))):
        with Path(asked[name]).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    answer.write_text(json.dumps({"lines": len(lines), "left_out": dict(left_out)}), encoding="utf-8")


if __name__ == "__main__":
    main()
