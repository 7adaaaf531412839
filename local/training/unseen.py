"""What a model is measured on: the sample shop, of which training has no product, customer or question."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from local.sample import load_articles, load_products, load_questions
from local.sample.customers import generate
from shopwright.audience import ordered_facts
from shopwright.briefs import Brief
from shopwright.copy_requests import DEFAULT_LENGTH
from shopwright.events import Event
from shopwright.knowledge import Knowledge
from shopwright.passages import Sentence, article_passages, paragraph_sentences, product_sentences
from shopwright.platforms import Room
from shopwright.prices import PriceLevels
from shopwright.products import Article, Product
from shopwright.prompts import TextKind
from shopwright.retrieval import WordIndex
from shopwright.summaries import facts_of, names_in
from shopwright.traits import traits

_KINDS: tuple[TextKind, ...] = ("product_description", "ad_copy", "social_post")
_NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """A question, a sentence of the shop's, and whether that sentence answers it."""

    question: str
    sentence: Sentence
    answers: bool
    words: WordIndex


def briefs(count: int) -> Iterator[Brief]:
    """That many products, evenly from the catalogue, each with one kind of copy in turn; English."""
    products = [Product.model_validate(row) for row in load_products()]
    step = max(1, len(products) // count)
    for number, product in enumerate(products[::step][:count]):
        kind = _KINDS[number % 3]
        facts = ordered_facts(product, "en", {})
        yield Brief(product, facts, kind=kind, language="en", tone="neutral", room=Room(DEFAULT_LENGTH[kind]))


def questions() -> Iterator[Asked]:
    """The sample's English questions with the sentence that answers them, then with one that does not."""
    products = [Product.model_validate(row) for row in load_products()]
    articles = [Article.model_validate(row) for row in load_articles()]
    words = Knowledge(products, articles, "en").words
    known: dict[str, list[Sentence]] = {}
    for product in products:
        known[f"product:{product.id}"] = product_sentences(product, "en")
    for article in articles:
        if article.language == "en":
            for passage in article_passages(article):
                known.setdefault(passage.source, []).extend(paragraph_sentences(passage))
    rng = random.Random(7)
    for row in load_questions():
        if row["language"] != "en":
            continue
        right = _answering(known[row["source"]], row["answer"]) if row["source"] else None
        if right:
            yield Asked(row["question"], right, True, words)
        beside = [each for key, said in known.items() if key != row["source"] for each in said]
        wrong = rng.choice([each for each in beside if each.kind in ("detail", "paragraph", "highlight")])
        yield Asked(row["question"], wrong, False, words)


def _answering(known: Sequence[Sentence], answer: Sequence[str]) -> Sentence | None:
    """The first sentence that holds what a right answer holds; a price is told by rule, never by a model."""
    holding = [
        each for each in known if all(part.lower() in each.text.lower().replace(",", "") for part in answer)
    ]
    return next((each for each in holding if each.kind in ("detail", "paragraph", "description")), None)


def customers(count: int) -> Iterator[list[str]]:
    """What is known of synthetic customers, as sentences in English; of those of whom anything is."""
    catalogue = load_products()
    products = {row["id"]: Product.model_validate(row) for row in catalogue}
    levels = PriceLevels(products.values())
    events: dict[str, list[Event]] = {}
    for row in generate(catalogue, customers=count, until=_NOW):
        event = Event.model_validate(row)
        events.setdefault(event.customer_id, []).append(event)
    for own in events.values():
        found = traits(own, products, levels, _NOW)
        facts = facts_of(found, "en", names_in("en", products.values(), found))
        if len(facts) > 1:
            yield facts
