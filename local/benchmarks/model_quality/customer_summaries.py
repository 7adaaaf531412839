"""Summaries of customers, as the profiles function has them worded and checks them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from functools import partial
from typing import get_args

from local.sample import load_products
from local.sample.customers import generate
from shopwright.events import Event
from shopwright.prices import PriceLevels
from shopwright.products import Language, Product
from shopwright.summaries import Summary, facts_of, names_in, write_summary
from shopwright.traits import traits

from .progress import Progress
from .rehearsal import Rehearsal
from .rows import Name, Results

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_LANGUAGES: frozenset[str] = frozenset(get_args(Language))
_DATA = "sample shop"


def summaries(rehearsal: Rehearsal, seed: int, count: int, progress: Progress) -> Results:
    """Counts for `count` synthetic customers, each summarised in both languages, whichever is theirs."""
    results = Results()
    for customer, language, facts in progress.each(_customers(seed, count), "summaries of customers"):
        if len(facts) < 2:
            continue  # one sentence needs no wording: the model is not asked
        heard = rehearsal.hear(partial(write_summary, facts, language, rehearsal, _LANGUAGES, customer))
        for alone in heard.alone:
            results.shares[Name("summaries", "summary", language, _DATA, "candidates")].count(_passed(alone))
        best = Name("summaries", "summary", language, _DATA, f"best of {len(heard.alone)}")
        results.shares[best].count(_passed(heard.together))
        if _passed(heard.together):
            results.show(f"summary, {language}, {_DATA}", heard.together.text)
    return results


def _passed(summary: Summary) -> bool:
    return summary.served_by == "model"


def _customers(seed: int, count: int) -> list[tuple[str, Language, list[str]]]:
    """Customer, language, and what is known of them in it."""
    rows = load_products()
    products = {row["id"]: Product.model_validate(row) for row in rows}
    levels = PriceLevels(products.values())
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for row in generate(rows, customers=count, seed=seed, until=_NOW):
        events[row["customer_id"]].append(Event.model_validate(row))
    known = {customer: traits(own, products, levels, _NOW) for customer, own in events.items()}
    return [
        (customer, language, facts_of(found, language, names_in(language, products.values(), found)))
        for language in get_args(Language)
        for customer, found in known.items()
    ]
