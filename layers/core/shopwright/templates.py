"""Copy by rule: the shop's own facts in plain sentences, for when no model's text may be used. Pure.

Variants differ in what they argue with: one starts from the highlights, one from the description, one from
the data. Facts are listed as they stand, never rephrased, so nothing can become untrue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import quantities
from .platforms import Room
from .products import Language
from .prompts import ContentKind, Tone

# How a text begins, by tone; {name} is what the product is called. What is told follows after a colon, or
# after "with" where the opening ends with the name and only things are told.
_OPENINGS: dict[Language, dict[Tone, list[str]]] = {
    "en": {
        "neutral": ["{name}", "The {name}", "{name} in brief:"],
        "friendly": ["Meet the {name}", "Say hello to the {name}", "Take a look at the {name}"],
        "professional": ["{name}", "{name}, product details:", "Product profile: {name}"],
        "playful": ["Oh hello, {name}!", "Ta-da, the {name}", "Look who is here: the {name}"],
    },
    "zh": {
        "neutral": ["{name}", "一起来看看{name}", "{name}简介："],
        "friendly": ["来认识一下{name}吧！", "为您介绍{name}", "您好，这是{name}"],
        "professional": ["{name}", "{name}产品信息：", "产品介绍：{name}"],
        "playful": ["嘿，{name}来啦！", "噔噔，{name}登场！", "快看，是{name}"],
    },
}
_CLOSINGS: dict[Language, dict[Tone, list[str]]] = {
    "en": {
        "neutral": [""],
        "friendly": [
            "Have a look and see if it suits you.",
            "We hope you like it.",
            "Take your time to look around.",
        ],
        "professional": ["See the product page for details.", "The product page has the details."],
        "playful": ["Go on, have a look!", "Curious? Have a look!", "Which detail do you like?"],
    },
    "zh": {
        "neutral": [""],
        "friendly": ["欢迎了解，希望您喜欢。", "喜欢的话，就来看看吧。", "欢迎慢慢挑选。"],
        "professional": ["详情请见商品页面。", "更多参数请见商品页面。"],
        "playful": ["心动的话，快来看看吧！", "好奇吗？来看看吧！", "你喜欢哪一点呢？"],
    },
}
_CALLS: dict[Language, list[str]] = {
    "en": ["Have a look.", "See it in the shop.", "Take a closer look."],
    "zh": ["欢迎了解。", "来看看吧。", "点击了解详情。"],
}
# "6.1-inch display", "A15 Bionic chip": a thing the product has, so that "with" can stand before it.
_THING: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?:\d|[A-Z]+\d).*[a-z]{3}"),
    "zh": re.compile(
        r"(?:\d|[A-Za-z]+\d)[^，。；]*(?:屏幕?|头|芯片|电池|摄|灯|接口|模式|内存|存储|电机|壶|袋)"
    ),
}
_YES = re.compile(r"(?:yes|included|是|有|支持|附|附带)", re.I)
# "Recycled polyester", "Pearl": a capital that only began the line.
_PLAIN_START = re.compile(r"[A-Z][a-z-]+ [a-z]")
_PLAIN_VALUES = frozenset({"material", "color", "colour", "pattern", "finish"})
_MOST_DETAILS = 4  # a text is no table


@dataclass(frozen=True)
class Material:
    """What there is to write with: the product's name, and its facts by kind, each list in order of telling.

    `details` are "Name: value"; `described` are the description's sentences.
    """

    name: str
    highlights: Sequence[str]
    details: Sequence[str]
    described: Sequence[str]


@dataclass(frozen=True)
class Draft:
    """A text with the facts it states."""

    text: str
    facts: tuple[str, ...]


def drafts(
    material: Material, kind: ContentKind, tone: Tone, language: Language, room: Room
) -> Iterator[Draft]:
    """Different texts, each as full as there is room; none longer."""
    seen: set[str] = set()
    openings, closings = _OPENINGS[language][tone], _CLOSINGS[language][tone]
    if kind != "product_description" and tone in ("neutral", "professional"):
        closings = _CALLS[language]
    # A post speaks to somebody, so it does not begin with the bare name as a description does.
    first = 1 if kind == "social_post" else 0
    for turn in range(7):
        draft = _Draft(language, room)
        # The last turn's opening is the shortest there is, for when there is hardly any room.
        opening = openings[(first + turn) % len(openings)] if turn < 6 else "{name}"
        argument = _argument(material, kind, turn)
        if (
            kind == "ad_copy"
            and tone in ("neutral", "professional")
            and draft.lead(argument[0], material.name)
        ):
            argument = argument[1:]
        else:
            draft.open(opening.format(name=material.name))
        for group in argument:
            draft.tell(group)
        draft.close(closings[turn % len(closings)])
        if room.fits(draft.text) and draft.text not in seen:
            seen.add(draft.text)
            yield Draft(draft.text, tuple(draft.told))


def _argument(material: Material, kind: ContentKind, turn: int) -> list[list[str]]:
    """Groups of facts in the order in which this turn tells them; each turn leads with others."""
    lead = turn // 3
    highlights = _rotated(material.highlights, turn if not material.described else lead)
    details = _rotated(material.details, lead * _MOST_DETAILS)[:_MOST_DETAILS]
    described = [[sentence] for sentence in material.described]
    if kind == "product_description":
        orders = [[highlights, *described, details], [*described, highlights, details]]
        return [*orders, [details, *described, highlights]][turn % 3]
    # Short kinds argue with two or three facts.
    if turn % 3 == 1 and described:
        return [described[lead % len(described)], highlights[:1]]
    return [[*details, *highlights][:3] if turn % 3 == 2 else [*highlights, *details][:3]]


def _rotated(facts: Sequence[str], by: int) -> list[str]:
    at = by % len(facts) if facts else 0
    return [*facts[at:], *facts[:at]]


class _Draft:
    """A text as it grows: nothing is told twice, nothing goes in that does not fit."""

    def __init__(self, language: Language, room: Room) -> None:
        self.text = ""
        self.told: list[str] = []
        self._language = language
        self._room = room
        self._stop, self._space = ("。", "") if language == "zh" else (".", " ")
        self._opening = ""

    def open(self, opening: str) -> None:
        """Begin; what follows decides how the opening goes on."""
        self._opening = opening
        self.text = opening if opening[-1] in "！!" else opening.rstrip(":：") + self._stop

    def lead(self, facts: Sequence[str], name: str) -> bool:
        """Begin with the facts and end on the name, as a headline does; False if they are no such facts."""
        if not facts or not all(_THING[self._language].fullmatch(fact) for fact in facts):
            return False
        dash = "——" if self._language == "zh" else " – "
        for count in range(len(facts), 0, -1):
            text = f"{self._mark.join(facts[:count])}{dash}{name}{self._stop}"
            if self._room.fits(text):
                self.text, self.told, self._opening = text, [*facts[:count]], name
                return True
        return False

    def tell(self, group: Sequence[str]) -> None:
        """Add a group of facts, as many of them as fit, the first ones rather than the last."""
        new = [fact for fact in group if not self._is_told(fact)]
        for count in range(len(new), 0, -1):
            text = self._with(new[:count])
            if self._room.fits(text):
                self.text, self.told = text, [*self.told, *new[:count]]
                return

    def close(self, closing: str) -> None:
        """End with an invitation, if it fits."""
        if closing and self._room.fits(self.text + self._space + closing):
            self.text += self._space + closing

    def _is_told(self, fact: str) -> bool:
        """Whether the text has all the numbers of the fact, or its value, already."""
        said = quantities.find(self.text)
        numbers = quantities.find(fact)
        if fact.endswith(("。", ".", "！", "!")):
            return False
        if numbers:
            return all(
                any(q.values == n.values and q.dimension == n.dimension for q in said) for n in numbers
            )
        return re.split(r"[:：]\s*", fact)[-1].lower() in self.text.lower()

    def _with(self, facts: Sequence[str]) -> str:
        """The text with the facts added."""
        if facts[0].endswith(("。", ".", "！", "!", "？", "?")):
            return self.text + self._space + facts[0]
        listed = self._listed(facts)
        if self.told or self._opening[-1] in "！!":
            return f"{self.text}{self._space}{listed[0].upper()}{listed[1:]}{self._stop}"
        only_things = all(_THING[self._language].fullmatch(fact) for fact in facts)
        colon = "：" if self._language == "zh" else ":"
        if self._opening[-1] == colon:
            return f"{self._opening}{self._space}{listed}{self._stop}"
        if only_things:
            joint, word = ("，配备", "和") if self._language == "zh" else (" with ", " and ")
            things = self._mark.join(facts[:-1]) + (word if facts[1:] else "") + facts[-1]
            return f"{self._opening}{joint}{things}{self._stop}"
        if colon in self._opening:  # "Product profile: X" takes no second colon
            return f"{self._opening}{self._stop}{self._space}{listed[0].upper()}{listed[1:]}{self._stop}"
        return f"{self._opening}{colon}{self._space}{listed}{self._stop}"

    @property
    def _mark(self) -> str:
        return "、" if self._language == "zh" else ", "

    def _listed(self, facts: Sequence[str]) -> str:
        mark = self._mark
        if any(re.search("[,，、]", fact) for fact in facts):
            mark = "；" if self._language == "zh" else "; "
        return mark.join(self._phrase(fact) for fact in facts)

    def _phrase(self, fact: str) -> str:
        """A fact as it stands in a list: "Weight: 240 g" without its colon, "Hood: yes" as a hood."""
        name, value = re.match(r"(?:([^:：]{1,40})[:：]\s*)?(.*)", fact, re.S).groups()  # type: ignore[union-attr]
        if _PLAIN_START.match(value) or (name or "").lower() in _PLAIN_VALUES:
            value = value[0].lower() + value[1:]
        if not name:
            return str(value)
        if self._language == "en" and not name[1:2].isupper():
            name = name[0].lower() + name[1:]
        if _YES.fullmatch(value):
            return str(name)
        if re.fullmatch(r"可以?", value):
            return f"可{name}"
        if re.fullmatch(r"[\d.\-–]+", value):
            return f"{name}{'：' if self._language == 'zh' else ': '}{value}"
        return f"{name}{self._space}{value}"
