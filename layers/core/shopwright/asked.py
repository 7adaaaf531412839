"""What kind of answer a question wants: a weight, a time, a sum of money, some number; pure.

A sentence can be near a question in meaning and still not answer it: "holds 60 litres" does not say how
much a rucksack carries. What is asked with "how heavy" or "多重" has to be answered with a weight.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from .quantities import find
from .units import COUNTERS, MONEY, SPELLINGS, UNIT

ANY = "any"
_TEMPERATURE = frozenset({"celsius", "fahrenheit", "kelvin"})
_PAID = frozenset({*MONEY, "percent", "percent_off"})
_TIME = frozenset({"time"})
_LENGTH = frozenset({"length", "angle"})
_NUMBER = frozenset({ANY})

# Ways to ask for one kind of number. The first that is found counts: the particular before the general.
_WAYS: list[tuple[str, frozenset[str]]] = [
    (r"how (?:heavy|light)\b|\bweigh\b|多重", frozenset({"mass"})),
    (r"how (?:loud|noisy|quiet)\b", frozenset({"sound"})),
    (r"how bright\b|多亮", frozenset({"light", "brightness"})),
    (r"how (?:hot|cold)\b|多少度|[多最]高温|[多最]低温|多[烫热冷]", _TEMPERATURE),
    (r"how (?:tall|wide|thick|high|far|deep)\b|多[宽高厚深]", _LENGTH),
    (r"how (?:quickly|soon|often)\b|多久|多长时间|几[天周]|几个?(?:小时|月|工作日)|多少天", _TIME),
    (r"how fast\b|多快", frozenset({"speed", "time", "rate"})),
    (r"how long\b|多长", frozenset({"time", "length"})),
    (r"how old\b|[几多][岁大]岁?的?(?:孩子|小孩|宝宝|儿童)|几岁|(?:what|which) age", frozenset({"time", ""})),
    (r"how much (?:is|are) (?:it|they|the|this|that)\b|多少钱|(?:收费|费用|价格|售价|运费)是?多少", _PAID),
    (r"\b(?:what|how much)\b.{0,60}\b(?:cost|costs|price|fee|fees|charge for)\b", _PAID),
]
# Ways to ask for a number whose kind a word beside it tells.
_SOME_NUMBER = re.compile(
    r"how (?:many|much|big|large)\b|\bup to (?:what|which)\b|\b(?:from|until|till|at|by) what\b|^when\b"
    r"|\bwhen (?:do|does|did|will|is|are|can|must)\b"
    r"|(?:what|which) (?:is|are|was) the\b.{0,40}\b(?:rate|number|size)\b"
    r"|(?<!好)(?:多[少大]|几)|什么时候",
    re.IGNORECASE,
)
_TOLD_BY: list[tuple[str, frozenset[str]]] = [
    (r"noise|噪音|噪声|声音", frozenset({"sound"})),
    (r"\bpower\b|wattage|功率", frozenset({"power"})),
    (r"brightness|亮度", frozenset({"light", "brightness"})),
    (r"temperature|温度|水温", _TEMPERATURE),
    (r"\bweight\b|重量|净重", frozenset({"mass"})),
    (r"voltage|电压", frozenset({"voltage"})),
    (r"battery life|run ?time|续航|待机|时长", _TIME),
    (r"\b(?:length|width|height|depth|thickness|diameter)\b|长度|宽度|高度|厚度|直径", _LENGTH),
]
_ONE_WAY = [(re.compile(pattern, re.IGNORECASE), kinds) for pattern, kinds in _WAYS]
_BESIDE = [(re.compile(pattern, re.IGNORECASE), kinds) for pattern, kinds in _TOLD_BY]
_OF_UNIT = re.compile(rf"(?:how many|多少|(?<!好)几个?)\s*(?P<unit>{UNIT})", re.IGNORECASE)
_COUNTED = re.compile(rf"how many\b|几[{COUNTERS}]", re.IGNORECASE)
# "Free" and "no fee" answer what something costs as well as a sum does.
_NO_SUM = re.compile(r"\bfree\b|\bno (?:fee|charge|cost)|免费|免收|免运费|包邮", re.IGNORECASE)
# "10 working days" is 10 days, and an age may be told without a number.
_WORKING = re.compile(r"\b(?:working|business) (?=days?\b)", re.IGNORECASE)
_FROM_BIRTH = re.compile(r"\bbirth\b|\bnewborn|出生|新生儿", re.IGNORECASE)

# The thing that is asked for, up to the verb or the next preposition.
_WHICH = re.compile(
    r"\b(?:which|what (?:kind|sort|type|brand) of)\s+(?P<thing>[a-z-]+(?:\s+[a-z-]+){0,2}?)\s+"
    r"(?:do|does|did|is|are|was|were|can|could|will|would|has|have|of|in|on|for|from|with|to|your|you|the)\b"
    r"|哪[一]?[支个种款家位名类部](?P<thing_zh>[\u4e00-\u9fff]{2})",
    re.IGNORECASE,
)


def which(question: str) -> str:
    """What is asked for with "which": `football team`; empty if nothing is."""
    found = _WHICH.search(question)
    return (found["thing"] or found["thing_zh"]) if found else ""


def asked(question: str) -> frozenset[str]:
    """The dimensions (units.py) one of which the answer must have; `ANY` is any number; empty: no number."""
    if match := _OF_UNIT.search(question):
        for spelling, dimension, _, _ in SPELLINGS:
            if spelling.fullmatch(match["unit"]):
                return _TEMPERATURE if dimension in _TEMPERATURE else frozenset({dimension})
    for pattern, kinds in _ONE_WAY:
        if pattern.search(question):
            return kinds
    if not _SOME_NUMBER.search(question):
        return frozenset()
    if _COUNTED.search(question):
        return _NUMBER
    return next((kinds for pattern, kinds in _BESIDE if pattern.search(question)), _NUMBER)


def fits(wanted: Collection[str], text: str) -> bool:
    """Whether the text holds a number of a kind that is wanted."""
    if not wanted:
        return True
    if wanted == _PAID and _NO_SUM.search(text):
        return True
    if "time" in wanted and _FROM_BIRTH.search(text):
        return True
    found = find(_WORKING.sub("", text))
    if ANY in wanted:
        return bool(found) or any(character.isdigit() for character in text)
    return any(quantity.dimension in wanted for quantity in found)
