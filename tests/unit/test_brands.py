"""Which makers a text names: words of everyday are brands only with their capital."""

import pytest

from shopwright.brands import brands


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A costume for a little ninja.", []),
        ("As strong as a Ninja.", ["shark ninja"]),
        ("Wear the ring or give it to a mate.", []),
        ("Sleeps better than an Emma.", ["emma mattress"]),
        ("A sleeve for your macbook.", ["macbook"]),
        ("An apple a day.", []),
        ("比苹果更轻。", ["apple"]),
    ],
)
def test_makers_are_told_from_words(text: str, named: list[str]) -> None:
    assert [brand for brand, *_ in brands(text)] == named
