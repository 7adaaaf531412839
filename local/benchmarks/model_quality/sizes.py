"""How much is asked: enough to tell models apart, little enough to wait for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """How many of each are drawn, per language where there are several."""

    products_en: int
    products_zh: int
    customers: int
    questions: int  # of the sample shop, both languages together
    answered: int  # hetPQA
    labelled: int  # ePQA; each is asked twice
    described: int  # ad-copy-zh
    json_prompts: int  # of each kind of document


FULL = Sizes(
    products_en=28,
    products_zh=10,
    customers=20,
    questions=96,
    answered=80,
    labelled=36,
    described=12,
    json_prompts=4,
)
QUICK = Sizes(
    products_en=3,
    products_zh=1,
    customers=3,
    questions=10,
    answered=6,
    labelled=4,
    described=2,
    json_prompts=1,
)
