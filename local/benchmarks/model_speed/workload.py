"""What is asked: chats about products in mixed lengths, and titles to embed. A seed gives them again.

All chats begin with one short system message, as the shop's do; behind it every chat has a number of its own
and facts drawn and shuffled for it, so that a cache of earlier prompts can spare no more than that message.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from local.sample import load_products
from shopwright.products import Product
from shopwright.prompts import facts

SYSTEM = "You write texts for an online shop. Say only what the facts say. Use every number exactly as given."
# Dealt like cards: of every eight chats in a row each has one of these lengths, whatever number is asked for.
PRODUCTS_DESCRIBED = (1, 1, 1, 2, 2, 3, 4, 5)
TOKENS_TO_WRITE = (24, 32, 48, 64, 80, 96, 112, 128)
DECK = len(TOKENS_TO_WRITE)


@dataclass(frozen=True)
class Chat:
    """One request for text. `exactly`: write all of `max_tokens`, past the end of the text if need be."""

    messages: tuple[tuple[str, str], ...]  # role, content
    max_tokens: int
    exactly: bool = False

    def turns(self) -> list[dict[str, str]]:
        """The messages as OpenAI's bodies and chat templates want them."""
        return [{"role": role, "content": content} for role, content in self.messages]

    def of_exactly(self, tokens: int) -> Chat:
        """The same chat, to be answered with that many tokens."""
        return replace(self, max_tokens=tokens, exactly=True)


def chats(count: int, seed: str) -> list[Chat]:
    """`count` chats; another seed gives other facts in another order."""
    draw = random.Random(seed)
    lengths = zip(_dealt(PRODUCTS_DESCRIBED, draw), _dealt(TOKENS_TO_WRITE, draw), strict=False)
    return [_chat(draw, *next(lengths)) for _ in range(count)]


def long_chats(count: int, seed: str, *, products: int, tokens: int) -> list[Chat]:
    """Chats all of one length: about `products` x 100 tokens to read, `tokens` to write."""
    draw = random.Random(seed)
    return [_chat(draw, products, tokens) for _ in range(count)]


def titles(count: int, seed: str) -> list[str]:
    """`count` product titles, English and Chinese by turns, no two alike."""
    draw = random.Random(seed)
    made = []
    for number, language in zip(range(count), _in_turn("en", "zh"), strict=False):
        product = draw.choice(_products())
        title = product.title if language == "en" else product.translations["zh"].title
        made.append(f"{title} {draw.randrange(100, 1000)}-{number}")
    return made


def _chat(draw: random.Random, products: int, tokens: int) -> Chat:
    said = []
    for product in draw.choices(_products(), k=products):
        own = facts(product, "en")
        draw.shuffle(own)
        said.append("; ".join([product.title, *own]))
    asked = (
        f"Case {draw.randrange(100_000, 1_000_000)}. Facts: {' / '.join(said)}\n"
        "Write a long product page from these facts: many paragraphs, every fact explained in full."
    )
    return Chat((("system", SYSTEM), ("user", asked)), tokens)


def _dealt(cards: tuple[int, ...], draw: random.Random) -> Iterator[int]:
    while True:
        yield from draw.sample(cards, len(cards))


def _in_turn(*values: str) -> Iterator[str]:
    while True:
        yield from values


@cache
def _products() -> list[Product]:
    rows = [Product.model_validate(row) for row in load_products()]
    return [product for product in rows if product.language == "en" and "zh" in product.translations]
