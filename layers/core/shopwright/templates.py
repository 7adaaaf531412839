"""Copy by rule: the shop's own facts in plain sentences, for when no model's text may be used. Pure.

Variants differ in what they argue with: one starts from the highlights, one from the description, one from
the data. Facts are listed as they stand, never rephrased, so nothing can become untrue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .growing import Draft, GrowingText
from .platforms import Room
from .products import Language
from .prompts import TextKind, Tone

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
_TURNS = 13
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


def drafts(material: Material, kind: TextKind, tone: Tone, language: Language, room: Room) -> Iterator[Draft]:
    """Different texts, each as full as there is room; none longer."""
    seen: set[str] = set()
    openings, closings = _OPENINGS[language][tone], _CLOSINGS[language][tone]
    if kind != "product_description" and tone in ("neutral", "professional"):
        closings = _CALLS[language]
    # A post speaks to somebody, so it does not begin with the bare name as a description does.
    first = 1 if kind == "social_post" else 0
    for turn in range(_TURNS):
        draft = GrowingText(language, room)
        # The last turn's opening is the shortest there is, for when there is hardly any room.
        opening = openings[(first + turn) % len(openings)] if turn < _TURNS - 1 else "{name}"
        argument = _argument(material, kind, turn)
        if (
            kind == "ad_copy"
            and tone in ("neutral", "professional")
            and draft.lead(argument[0], material.name)
        ) or (len(argument[0]) == 1 and draft.begin(argument[0][0], material.name)):
            argument = argument[1:]
        else:
            draft.open(opening.format(name=material.name))
        for group in argument:
            draft.tell(group)
        draft.close(closings[turn % len(closings)])
        if room.fits(draft.text) and draft.text not in seen:
            seen.add(draft.text)
            yield Draft(draft.text, tuple(draft.told))


def _argument(material: Material, kind: TextKind, turn: int) -> list[list[str]]:
    """Groups of facts in the order in which this turn tells them; each turn leads with others."""
    lead = turn // 3
    highlights = _rotated(material.highlights, turn if not material.described else lead)
    step = _MOST_DETAILS if len(material.details) > _MOST_DETAILS else 1
    details = _rotated(material.details, lead * step)[:_MOST_DETAILS]
    described = [[sentence] for sentence in material.described]
    if kind == "product_description":
        orders = [[highlights, *described, details], [*described, highlights, details]]
        return [*orders, [details, *described, highlights]][turn % 3]
    # Short kinds argue with two or three facts.
    if described and not (highlights or details):
        return [described[turn % len(described)]]
    if turn % 3 == 1 and described:
        return [described[lead % len(described)], highlights[:1]]
    return [[*details, *highlights][:3] if turn % 3 == 2 else [*highlights, *details][:3]]


def _rotated(facts: Sequence[str], by: int) -> list[str]:
    at = by % len(facts) if facts else 0
    return [*facts[at:], *facts[:at]]
