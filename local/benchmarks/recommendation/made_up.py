"""A made-up shop of any size: long-tailed popularity, shelves, tastes, histories. A seed gives it again."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from shopwright.events import Event
from shopwright.products import Product

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_DAYS = 180
_SHELF = 100  # products
_BRAND = 50
_PER_CUSTOMER = 20  # events, on average
_OF_TASTE = 0.8  # the share of events on the shelves a customer likes
_CART, _BUY = 0.10, 0.14


@dataclass(frozen=True)
class _Shelf:
    products: list[int]
    crowd: list[float]  # cumulative, for choices()


@dataclass
class MadeUpShop:
    """Products by number, from 0. Popularity falls as 1 / (rank + 10): a few are wanted by many.

    Args:
        size: how many products.
        seed: of everything.
    """

    size: int
    seed: int
    popularity: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        draw = random.Random(f"shop/{self.seed}")
        ranks = list(range(self.size))
        draw.shuffle(ranks)
        self.popularity = [1 / (rank + 10) for rank in ranks]
        self._crowd = list(accumulate(self.popularity))
        self._shelves = [
            _Shelf(own, list(accumulate(self.popularity[number] for number in own)))
            for own in (list(range(shelf, self.size, self.shelves)) for shelf in range(self.shelves))
        ]

    @property
    def shelves(self) -> int:
        """How many categories there are."""
        return max(1, self.size // _SHELF)

    def shelf_of(self, number: int) -> int:
        """The category a product is of."""
        return number % self.shelves

    def products(self) -> Iterator[Product]:
        """The catalogue, as long as a shop's usually are."""
        for number in range(self.size):
            shelf = self.shelf_of(number)
            yield Product(
                id=product_id(number),
                title=f"Thing {number} of shelf {shelf}, with a name as long as most",
                description="What it is, what it is made of, how large it is and how it is cared for. " * 4,
                product_type=f"Shelf {shelf}",
                brand=f"Brand {number * 7919 % max(1, self.size // _BRAND)}",
                price=f"{5 + number % 200}.99 EUR",
                link=f"https://shop.example/{number}",
                image_link=f"https://shop.example/{number}.jpg",
            )

    def events(self, count: int) -> Iterator[Event]:
        """About `count` events of customers c-0, c-1 ...: one customer after the other, oldest first."""
        draw = random.Random(f"events/{self.seed}/{self.size}/{count}")
        for customer in range(max(1, count // _PER_CUSTOMER)):
            yield from self._history(customer, draw)

    def _history(self, customer: int, draw: random.Random) -> Iterator[Event]:
        liked = [self.shelf_of(self._anything(draw)) for _ in range(3)]
        # From 2 to 38: twenty on average, as the cost is stated by the event.
        length = draw.randint(2, 2 * _PER_CUSTOMER - 2)
        clock = NOW - timedelta(days=draw.uniform(1, _DAYS))
        for number in range(length):
            pause = timedelta(minutes=draw.uniform(1, 9)) if draw.random() < 0.7 else timedelta(days=2)
            clock = min(clock + pause, NOW - timedelta(minutes=1))
            yield Event.model_validate(
                {
                    "event_id": f"e-{customer}-{number}",
                    "event_time": clock,
                    "customer_id": f"c-{customer}",
                    "language": "en",
                    **self._deed(customer, number, draw.choice(liked), draw),
                }
            )

    def _deed(self, customer: int, number: int, shelf: int, draw: random.Random) -> dict[str, Any]:
        first = self._of_shelf(shelf, draw) if draw.random() < _OF_TASTE else self._anything(draw)
        mood = draw.random()
        if mood >= _BUY:
            return {
                "event_name": "add_to_cart" if mood < _BUY + _CART else "view_item",
                "items": [_item(first)],
            }
        # What completes it stands on the next shelf.
        beside = (self.shelf_of(first) + 1) % self.shelves
        basket = [first, *(self._of_shelf(beside, draw) for _ in range(draw.randint(0, 3)))]
        return {
            "event_name": "purchase",
            "transaction_id": f"t-{customer}-{number}",
            "items": [_item(each) for each in dict.fromkeys(basket)],
        }

    def _anything(self, draw: random.Random) -> int:
        return min(bisect(self._crowd, draw.random() * self._crowd[-1]), self.size - 1)

    def _of_shelf(self, shelf: int, draw: random.Random) -> int:
        own = self._shelves[shelf]
        return own.products[min(bisect(own.crowd, draw.random() * own.crowd[-1]), len(own.products) - 1)]

    def near(self, number: int, top: int) -> list[tuple[int, float]]:
        """Products of the same shelf with falling cosines: what a search by text might find."""
        shelf = self._shelves[self.shelf_of(number)].products
        at = number // self.shelves
        others = [shelf[(at + step) % len(shelf)] for step in range(min(top, len(shelf)))]
        return [(other, 1 - 0.5 * place / top) for place, other in enumerate(others)]


def product_id(number: int) -> str:
    """The id of a product."""
    return f"p-{number}"


def number_of(key: str) -> int:
    """The number of a product's or customer's id."""
    return int(key[2:])


def _item(number: int) -> dict[str, Any]:
    return {"item_id": product_id(number)}
