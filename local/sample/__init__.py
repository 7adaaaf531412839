"""The sample shop: invented products, articles, synthetic customers and questions."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load_products() -> list[dict[str, Any]]:
    """The catalogue, as PUT /products takes it."""
    return _rows("products.jsonl")


def load_articles() -> list[dict[str, Any]]:
    """Policies and frequent questions, as PUT /articles takes them."""
    return _rows("articles.jsonl")


def load_questions(*, held_out: bool = False) -> list[dict[str, Any]]:
    """Customers' questions with what a right answer holds; `held_out`: those that nothing was fitted on."""
    return _rows("questions_held_out.jsonl" if held_out else "questions.jsonl")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
