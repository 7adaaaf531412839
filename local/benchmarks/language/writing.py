"""What the rules write of products: whether there is a text, how much it tells, how its variants differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from shopwright.content import ContentWriter, brief_of
from shopwright.copy_requests import ContentRequest, ContentText
from shopwright.errors import InvalidInput
from shopwright.products import Language, Product

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_VARIANTS = 3
WANTED: dict[str, dict[str, Any]] = {
    "product_description": {"kind": "product_description"},
    "ad_copy": {"kind": "ad_copy"},
    "ad_copy, google": {"kind": "ad_copy", "platform": "google"},
    "ad_copy, meta": {"kind": "ad_copy", "platform": "meta"},
    "social_post": {"kind": "social_post"},
    "email": {"kind": "email"},
}


def measure(
    writer: ContentWriter, products: Sequence[Product], language: Language, say: Callable[[str], None]
) -> dict[str, Any]:
    """By kind, of three variants asked for of each product.

    Returns:
        `written`: the share of products with a text; `texts`: how many on average; `told`: facts in the first
        text; `covered`: their share of those that it may tell; `alike`: the mean share of facts that two
        variants have in common; `milliseconds`: the median for all variants.
    """
    found = {}
    for name, wanted in WANTED.items():
        say(f"writing: {name}, {language}, {len(products)} products")
        found[name] = _kind(writer, products, language, wanted)
    return found


def _kind(
    writer: ContentWriter, products: Sequence[Product], language: Language, wanted: dict[str, Any]
) -> dict[str, float]:
    told, covered, alike, seconds, texts = [], [], [], [], []
    for product in products:
        request = ContentRequest(product=product, language=language, variants=_VARIANTS, **wanted)
        started = time.perf_counter()
        try:
            written = writer.write(request, _NOW).texts
        except InvalidInput:
            written = []
        seconds.append(time.perf_counter() - started)
        texts.append(len(written))
        if written:
            may_be_told = len(brief_of(product, request).lasting)
            told.append(len(written[0].facts))
            covered.append(len(written[0].facts) / max(1, may_be_told))
            alike += [_alike(one, other) for one, other in combinations(written, 2)]
    return {
        "products": len(products),
        "written": round(sum(map(bool, texts)) / len(texts), 4),
        "texts": round(statistics.mean(texts), 2),
        "told": round(statistics.mean(told), 2),
        "covered": round(statistics.mean(covered), 3),
        "alike": round(statistics.mean(alike), 3) if alike else 0.0,
        "milliseconds": round(1000 * statistics.median(seconds), 1),
    }


def _alike(one: ContentText, other: ContentText) -> float:
    mine, theirs = set(one.facts), set(other.facts)
    return len(mine & theirs) / max(1, len(mine | theirs))
