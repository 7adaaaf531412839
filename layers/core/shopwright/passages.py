"""What the shop knows, cut into passages (what is found) and sentences (what is quoted); pure.

A product is one passage a language: its facts, each as a sentence of its own. An article has one passage a
paragraph. A sentence is the smallest thing an answer rests on, so it also carries what it is said about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .instructions import leads_elsewhere, to_a_model
from .ports import Passage
from .products import Article, Availability, Language, Product

Kind = Literal["title", "detail", "highlight", "description", "price", "availability", "paragraph"]

_LABELS: dict[Language, dict[str, str]] = {
    "en": {
        "brand": "Brand",
        "product_type": "Category",
        "color": "Colour",
        "size": "Size",
        "material": "Material",
        "condition": "Condition",
        "price": "Price",
        "availability": "Availability",
    },
    "zh": {
        "brand": "品牌",
        "product_type": "类别",
        "color": "颜色",
        "size": "尺码",
        "material": "材质",
        "condition": "新旧程度",
        "price": "价格",
        "availability": "库存情况",
    },
}
_AVAILABILITY: dict[Language, dict[Availability, str]] = {
    "en": {
        "in_stock": "in stock",
        "out_of_stock": "out of stock",
        "preorder": "can be preordered",
        "backorder": "on backorder",
    },
    "zh": {"in_stock": "有货", "out_of_stock": "缺货", "preorder": "可预订", "backorder": "延期供货"},
}
_CONDITION: dict[Language, dict[str, str]] = {
    "en": {"used": "used", "refurbished": "refurbished"},
    "zh": {"used": "二手", "refurbished": "翻新"},
}
# A sentence ends at Chinese full stops, and at Latin ones that a space and a new beginning follow, so
# that neither "6.1" nor "e.g. this" ends one.
_END = re.compile(r"(?<=[。！？；])\s*|(?<=[.!?])\s+(?=[A-Z0-9\"'“(\u4e00-\u9fff])|\n+")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|approx|incl|max|min|no|vs|etc)\.$", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One statement of the shop's. `name` and `value` are set where it is an attribute of a product."""

    source: str
    position: int
    language: Language
    title: str
    text: str
    kind: Kind
    name: str = ""
    value: str = ""
    link: str | None = None

    @property
    def in_context(self) -> str:
        """The sentence with what it is about in front, as it is compared with a question."""
        return self.text if self.kind == "title" else f"{self.title}: {self.text}"


def article_passages(article: Article) -> list[Passage]:
    """The article's paragraphs, in order; `position` is the paragraph's number from 0."""
    return [
        Passage(f"article:{article.id}", position, article.language, article.title, text, article.link)
        for position, text in enumerate(article.paragraphs)
    ]


def product_passage(product: Product, language: Language) -> Passage:
    """The product's facts as one passage, in `language` or, if it has no texts in it, in its own."""
    facts = product_sentences(product, language)
    text = "\n".join(fact.text for fact in facts)
    return Passage(facts[0].source, 0, facts[0].language, facts[0].title, text, product.link)


def paragraph_sentences(passage: Passage) -> list[Sentence]:
    """An article's paragraph, sentence by sentence; without what is no fact (instructions.py)."""
    if to_a_model(passage.text):
        return []
    return [
        Sentence(
            passage.source,
            passage.position,
            passage.language,
            passage.title,
            text,
            "paragraph",
            link=passage.link,
        )
        for text in split_sentences(passage.text)
        if not leads_elsewhere(text, passage.link)
    ]


def product_sentences(product: Product, language: Language) -> list[Sentence]:
    """Everything said of the product, title first, in `language` or, failing that, in its own."""
    wording = product.in_either(language)
    spoken = language if language in (product.language, *product.translations) else product.language
    source = f"product:{product.id}"

    def sentence(text: str, kind: Kind, name: str = "", value: str = "") -> Sentence:
        return Sentence(source, 0, spoken, wording.title, text, kind, name, value, product.link)

    def attribute(name: str, value: str, kind: Kind = "detail") -> Sentence:
        text = f"{name}：{value}。" if spoken == "zh" else f"{name}: {value}."
        return sentence(text, kind, name, value)

    def facts() -> Iterator[Sentence]:
        labels = _LABELS[spoken]
        yield sentence(wording.title, "title")
        yield attribute(labels["price"], price_text(product, spoken), "price")
        yield attribute(labels["availability"], _AVAILABILITY[spoken][product.availability], "availability")
        stated = {detail.attribute_name.casefold() for detail in wording.product_detail}
        for field in ("brand", "product_type", "color", "size", "material"):
            value = getattr(wording, field)
            if value and labels[field].casefold() not in stated:
                yield attribute(labels[field], value)
        if product.condition != "new":
            yield attribute(labels["condition"], _CONDITION[spoken][product.condition])
        for detail in wording.product_detail:
            yield attribute(detail.attribute_name, detail.attribute_value)
        for highlight in wording.product_highlight:
            yield sentence(highlight, "highlight")
        # Whole or not at all: what an instruction says may stand in the sentence after it.
        for text in [] if to_a_model(wording.description) else split_sentences(wording.description):
            yield sentence(text, "description")

    return [
        fact
        for fact in facts()
        if fact.kind == "title" or not (to_a_model(fact.text) or leads_elsewhere(fact.text, product.link))
    ]


def price_text(product: Product, language: Language) -> str:
    """The price as it is written in a sentence: `499 CNY`, `499元`."""
    amount, currency = product.price.split()
    amount = amount.removesuffix(".00")
    return f"{amount}元" if (language, currency) == ("zh", "CNY") else f"{amount} {currency}"


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without white space around them."""
    sentences: list[str] = []
    unfinished = ""
    for part in _END.split(text):
        unfinished = f"{unfinished} {part}".strip() if unfinished else part.strip()
        if unfinished and not _ABBREVIATION.search(unfinished):
            sentences.append(unfinished)
            unfinished = ""
    return [*sentences, unfinished] if unfinished else sentences
