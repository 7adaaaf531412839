"""Answers without a language model: the shop's own sentence, introduced in the customer's language; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from .passages import Sentence
from .products import Language

HandOverReason = Literal[
    "not_known",  # the shop's facts do not answer it
    "person_wanted",  # the customer asks for a person, or complains
    "own_order",  # about one order; nothing said in general can answer it
    "form_wanted",  # the customer wants something done, which a form of the shop's does; `intent` says what
]

_HANDED_OVER: dict[Language, dict[HandOverReason, str]] = {
    "en": {
        "not_known": "I could not find that in our product details or help pages. Shall I hand you over to a "
        "colleague?",
        "person_wanted": "Of course. I am handing you over to a colleague.",
        "own_order": "I cannot look into orders from here. I am handing you over to a colleague who can.",
        "form_wanted": "There is a form for that, which I am taking you to. If you would rather talk to a "
        "colleague, just say so.",
    },
    "zh": {
        "not_known": "抱歉，我在商品信息和帮助页面里没有找到答案。需要为您转接人工客服吗？",
        "person_wanted": "好的，正在为您转接人工客服。",
        "own_order": "抱歉，我无法查看具体订单，正在为您转接可以查询的人工客服。",
        "form_wanted": "这件事可以通过表单办理，正在为您打开。如果您更想和人工客服沟通，请直接告诉我。",
    },
}


def handed_over(reason: HandOverReason, language: Language) -> str:
    """What the customer is told when a person, or a form, has to take over."""
    return _HANDED_OVER[language][reason]


def suggested(title: str, price: str, language: Language, *, cheaper: bool = False) -> str:
    """A product that serves instead of the one asked about, and why."""
    if language == "zh":
        why = "有货而更便宜的" if cheaper else "有货的"
        return f"同类商品中，与它最接近且{why}是{title}（{price}）。"
    why = "costs less" if cheaper else "can be had"
    return f"The one of its kind that is most like it and {why} is the {title} ({price})."


def quoted(sentences: Sequence[Sentence], language: Language) -> str:
    """Sentences of one source as an answer in `language`; where they are in the other one only, saying so."""
    space = "" if sentences[0].language == "zh" else " "
    sentence = replace(sentences[0], text=space.join(each.text for each in sentences))
    if sentence.language != language:
        if language == "zh":
            return f"这部分内容目前只有英文——{_told(sentence, language)}"
        return f"We have this in Chinese only: {_told(sentence, language)}"
    return _told(sentence, language)


def _told(sentence: Sentence, language: Language) -> str:
    title, text = sentence.title, sentence.text
    if sentence.kind == "price":
        return (
            f"{title}的价格是{sentence.value}。" if language == "zh" else f"{title} costs {sentence.value}."
        )
    if sentence.kind == "availability":
        return _stock(sentence, language)
    if sentence.kind == "detail":
        # No verb: names and values come in singular and plural, and as yes or no.
        return f"{title}——{text}" if language == "zh" else f"{title} - {text}"
    if sentence.kind == "title":
        return _closed(text, language)
    if language == "zh":
        return (
            f"《{title}》：{_closed(text, language)}"
            if sentence.kind == "paragraph"
            else f"{title}：{_closed(text, language)}"
        )
    return f"{title}: {_closed(text, language)}"


def _stock(sentence: Sentence, language: Language) -> str:
    if language == "zh":
        return f"{sentence.title}目前{sentence.value}。"
    verb = "" if sentence.value.startswith("can ") else "is "
    return f"{sentence.title} {verb}{sentence.value}."


def _closed(text: str, language: Language) -> str:
    """With a full stop at its end, as a highlight of the product page has none."""
    if text[-1] in '.!?。！？”"':
        return text
    if text[-1] in ";；":
        text = text[:-1]
    return f"{text}。" if language == "zh" else f"{text}."
