"""``python -m local.costs``: what the shop costs at AWS, from what its calls were counted to use.

Starts the shop, loads the sample, runs each call with its functions in this process, and writes the counts
into docs/costs.json and the tables between the marks of docs/operations.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from local.costs import measuring, tables
from local.shop import print_line
from local.template import ROOT

COUNTS = ROOT / "docs" / "costs.json"
DOCUMENT = ROOT / "docs" / "operations.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.costs", description=__doc__)
    parser.add_argument(
        "--render", action="store_true", help="count nothing: the tables again, as after a change of prices"
    )
    if not parser.parse_args().render:
        found = measuring.measure(print_line)
        COUNTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    rewrite(COUNTS, DOCUMENT)
    print_line(f"written to {DOCUMENT.relative_to(ROOT)}")


def rewrite(counts: Path, document: Path) -> None:
    """Put the tables of the counts between the document's marks."""
    said = tables.render(json.loads(counts.read_text(encoding="utf-8")))
    document.write_text(tables.between_marks(document.read_text(encoding="utf-8"), said), encoding="utf-8")


if __name__ == "__main__":
    main()
