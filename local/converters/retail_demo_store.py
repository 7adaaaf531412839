"""``python -m local.converters.retail_demo_store PRODUCTS.yaml > products.jsonl``

Turns the catalogue of aws-samples/retail-demo-store (MIT-0) into a product feed. Its prices name no currency;
they are taken as US dollars. Images are left out: their names lead nowhere without that shop's own server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

# The same in C, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def products(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of products.yaml as products."""
    for row in listed:
        product = {
            "id": str(row["id"]),
            "title": row["name"],
            "description": row.get("description") or "",
            "price": f"{float(row['price']):.2f} USD",
            "availability": "in_stock" if int(row.get("current_stock", 0)) > 0 else "out_of_stock",
            "product_type": " > ".join(_name(row[part]) for part in ("category", "style") if row.get(part)),
        }
        # What a voice assistant may hear for it: other words under which it can be found.
        if aliases := row.get("aliases"):
            product["product_highlight"] = [alias[:150] for alias in aliases]
        yield product


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of products.yaml."""
    found: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506
    return found


def titles(path: Path) -> list[str]:
    """The names of all products in products.yaml."""
    return [row["name"] for row in rows(path)]


def _name(word: str) -> str:
    return word.replace("_", " ").capitalize()


def main(path: Annotated[Path, typer.Argument(help="products.yaml", exists=True, dir_okay=False)]) -> None:
    """Writes a product feed, one JSON object a line, to standard output."""
    for product in products(rows(path)):
        sys.stdout.write(json.dumps(product, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    typer.run(main)
