"""Documents that a shop would have a model write as JSON: what is asked, and the schema of the answer."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.sample import load_articles, load_products, load_questions
from local.sample.customers import generate

_NOW = datetime(2026, 11, 1, tzinfo=UTC)


def _object(**properties: Any) -> dict[str, Any]:
    """The schema of an object, in the part that OpenAI's strict mode takes: all required, nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _array(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


_TEXT = {"type": "string", "maxLength": 80}  # bounded, so that the document ends before the token limit
SCHEMAS: dict[str, dict[str, Any]] = {
    "traits": _object(
        traits=_array(
            _object(
                name={"type": "string", "enum": ["category", "brand", "price_level", "interest"]},
                value=_TEXT,
                confidence={"type": "number", "minimum": 0, "maximum": 1},
                evidence=_array({"type": "string", "maxLength": 20}, 3),
            ),
            3,
        )
    ),
    "attributes": _object(
        brand={"type": ["string", "null"], "maxLength": 40},
        attributes=_array(_object(name={"type": "string", "maxLength": 30}, value=_TEXT), 6),
    ),
    "cited_answer": _object(
        answerable={"type": "boolean"},
        answer={"type": "string", "maxLength": 200},
        citations=_array({"type": "integer", "enum": [1, 2, 3]}, 2),
    ),
    "routing": _object(
        intent={"type": "string", "enum": ["product", "policy", "order", "complaint", "other"]},
        language={"type": "string", "enum": ["en", "zh"]},
        urgent={"type": "boolean"},
    ),
}
_ASKED = {
    "traits": "From the events of a customer, write what the customer is like, with the ids of the events.",
    "attributes": "Write the brand and the attributes of the product.",
    "cited_answer": "Answer the question from the numbered texts and cite their numbers.",
    "routing": "Say what the customer's question is about, its language, and whether it is urgent.",
}


@dataclass(frozen=True)
class Wanted:
    """A document to write: its kind (the schema's name) and the chat that asks for it."""

    kind: str
    messages: list[dict[str, str]]


def wanted(seed: int, count: int) -> list[Wanted]:
    """`count` documents of each kind, about the sample shop."""
    rng = random.Random(seed)
    products = rng.sample(load_products(), count)
    questions = rng.sample(load_questions(), count)
    articles = [article for article in load_articles() if article["language"] == "en"]
    texts = {
        "traits": list(_histories(seed, count)),
        "attributes": [f"{product['title']}. {product['description']}" for product in products],
        "cited_answer": [_passages(row["question"], rng.sample(articles, 3)) for row in questions],
        "routing": [row["question"] for row in questions],
    }
    return [Wanted(kind, _chat(kind, text)) for kind, each in texts.items() for text in each]


def _chat(kind: str, text: str) -> list[dict[str, str]]:
    # The schema stands in the prompt in both runs, so that they differ in nothing but the constraint.
    schema = json.dumps(SCHEMAS[kind], separators=(",", ":"))
    system = f"{_ASKED[kind]} Reply with one JSON document of this schema and nothing else: {schema}"
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]


def _histories(seed: int, count: int) -> Iterator[str]:
    events: defaultdict[str, list[str]] = defaultdict(list)
    for row in generate(load_products(), customers=count, seed=seed, until=_NOW):
        about = [item["item_name"] for item in row.get("items", [])] or [row.get("search_term", "")]
        events[row["customer_id"]].append(f"{row['event_id']} {row['event_name']}: {', '.join(about)}")
    for lines in events.values():
        yield "\n".join(lines[:8])


def _passages(question: str, articles: list[dict[str, Any]]) -> str:
    texts = [f"{number}. {article['body'].splitlines()[0]}" for number, article in enumerate(articles, 1)]
    return "\n".join([*texts, f"Question: {question}"])
