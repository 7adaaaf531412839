"""Why a product is recommended, in the customer's language, from what contributed most to its score. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from .products import UNCATEGORISED, Language, Product
from .ranking import Code, Contribution, Ranked

_ADDS_MUCH = 0.25  # of what all together add
_SHARED = 3  # things said to be the same
_YES_OR_NO = {"yes", "no", "true", "false", "是", "否", "有", "无"}  # reads badly, and tells little

_TEXTS: dict[Language, dict[Code, str]] = {
    "en": {
        "lately": "Goes with what you turned to lately",
        "looked_at": "Because you looked at {because}",
        "in_cart": "Because you put {because} in your cart",
        "wished": "Because {because} is on your wish list",
        "bought": "Because you bought {because}",
        "viewed_together": "Customers who look at {because} look at this too",
        "bought_together": "Bought together with {because}",
        "bought_with_like": "Bought together with a similar product, {because}",
        "bought_with_category": "Bought together with products in {name}",
        "type_bought_together": "{name} and {own} are bought together",
        "like": "Like {because}{shared}",
        "favourite_category": "In {name}, a category that interests you",
        "favourite_brand": "By {name}, a brand that interests you",
        "stated": "You told us that you like {name}",
        "popular_in_category": "Popular in {name}",
        "most_popular": "The most popular in {name}",
        "popular": "Popular in the shop",
        "in_range": "From our range: {name}",
        "buy_again": "You bought this on {last}; {again} about every {every}",
        "featured": "Chosen by the shop",
    },
    "zh": {
        "lately": "与您最近关注的商品相配",
        "looked_at": "因为您看过“{because}”",
        "in_cart": "因为您把“{because}”加入了购物车",
        "wished": "因为您收藏了“{because}”",
        "bought": "因为您买过“{because}”",
        "viewed_together": "看“{because}”的顾客也看了它",
        "bought_together": "有顾客与“{because}”一起购买",
        "bought_with_like": "有顾客与相似商品“{because}”一起购买",
        "bought_with_category": "有顾客与“{name}”类商品一起购买",
        "type_bought_together": "有顾客把“{name}”与“{own}”一起购买",
        "like": "与“{because}”相似{shared}",
        "favourite_category": "来自您感兴趣的类目：{name}",
        "favourite_brand": "来自您感兴趣的品牌：{name}",
        "stated": "您告诉过我们您喜欢：{name}",
        "popular_in_category": "“{name}”类中的热门商品",
        "most_popular": "“{name}”类中最受欢迎的商品",
        "popular": "本店热门商品",
        "in_range": "本店在售：{name}",
        "buy_again": "您在{last}买过；{again}大约每{every}再次购买",
        "featured": "店家精选",
    },
}
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_AGAIN: dict[Language, dict[bool, str]] = {
    "en": {True: "you buy it again", False: "customers buy it again"},
    "zh": {True: "您", False: "顾客"},
}
_SPANS: dict[Language, dict[str, str]] = {
    "en": {"day": "{} days", "week": "{} weeks", "month": "{} months"},
    "zh": {"day": "{}天", "week": "{}周", "month": "{}个月"},
}


class Evidence(BaseModel):
    """What the reason rests on, by id. All empty for what is merely popular."""

    model_config = ConfigDict(frozen=True)

    events: list[str] = Field(description="The customer's own events.")
    products: list[str] = Field(description="Products it was found through.")
    traits: list[str] = Field(description="Traits of the customer's profile.")


class Reason(BaseModel):
    """Why, from the contribution that raised the score most."""

    model_config = ConfigDict(frozen=True)

    code: Code
    text: str
    evidence: Evidence


def reason(ranked: Ranked, products: Mapping[str, Product], language: Language) -> Reason:
    """The reason for a ranked product.

    Args:
        ranked: its heaviest contribution is positive.
        products: holds the product itself and every one its contributions come from, by id.
        language: titles in another language stand in where a product has none in this one.
    """
    heaviest = _telling(ranked.contributions)
    text = _TEXTS[language][heaviest.code].format(**_words(heaviest, ranked.product_id, products, language))
    return Reason(
        code=heaviest.code,
        text=text,
        evidence=Evidence(
            events=list(heaviest.events),
            products=[heaviest.because] if heaviest.because else [],
            traits=[heaviest.trait] if heaviest.trait else [],
        ),
    )


def _telling(contributions: Sequence[Contribution]) -> Contribution:
    """The heaviest; a product that adds much tells the customer more than all they did lately together."""
    heaviest = contributions[0]
    if heaviest.code != "lately":
        return heaviest
    enough = _ADDS_MUCH * heaviest.weight
    return next((each for each in contributions if each.because and each.weight >= enough), heaviest)


def _words(
    contribution: Contribution, product_id: str, products: Mapping[str, Product], language: Language
) -> dict[str, str]:
    words = {"because": "", "own": "", "name": "", "shared": "", "last": "", "again": "", "every": ""}
    product = products[product_id]
    if contribution.because:
        because = products[contribution.because]
        words["because"] = because.in_either(language).title
        words["own"] = category_name(because.category, products, language)
        words["shared"] = _listed(shared(product, because, language), language)
    if contribution.name:
        words["name"] = category_name(contribution.name, products, language)
    if contribution.repeat:
        words["last"] = _day(contribution.repeat.last, language)
        words["again"] = _AGAIN[language][contribution.repeat.own]
        words["every"] = span(contribution.repeat.days, language)
    return words


def span(days: float, language: Language) -> str:
    """A length of time as people say it: `10 days`, `4 weeks`, `3 months`."""
    if days < 11:
        unit, number = "day", round(days)
    elif days < 75:
        unit, number = "week", round(days / 7)
    else:
        unit, number = "month", round(days / 30.4)
    return _SPANS[language][unit].format(number)


def _day(day: date, language: Language) -> str:
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def category_name(name: str, products: Mapping[str, Product], language: Language) -> str:
    """The last part of a category's path, in `language` if one of its products has it; a brand as it is."""
    own = next((product for product in products.values() if product.category == name), None)
    spoken = own.in_either(language).product_type if own and own.product_type else None
    return (spoken or name).split(">")[-1].strip()


def shared(product: Product, other: Product, language: Language) -> list[str]:
    """What the two have in common, and whether `product` costs less: up to four short phrases."""
    one, two = product.in_either(language), other.in_either(language)
    english = language == "en"
    phrases = []
    same_type = product.category == other.category != UNCATEGORISED
    if same_type:
        phrases.append("same type" if english else "同类")
    if one.brand and one.brand == two.brand:
        phrases.append("same brand" if english else "同品牌")
    if one.color and one.color == two.color:
        phrases.append(f"also {one.color.lower()}" if english else f"同为{one.color}")
    details = {detail.attribute_name: detail.attribute_value for detail in two.product_detail}
    for detail in one.product_detail:
        name, value = detail.attribute_name, detail.attribute_value
        if details.get(name) == value and len(phrases) < _SHARED and value.casefold() not in _YES_OR_NO:
            phrases.append(f"same {_in_sentence(name)} ({value})" if english else f"{name}同为{value}")
    if same_type and product.currency == other.currency and (product.amount or 0) < (other.amount or 0):
        phrases.append("lower price" if english else "价格更低")
    return phrases


def _in_sentence(name: str) -> str:
    """`Main camera` as in the middle of a sentence; `USB ports` stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _listed(phrases: list[str], language: Language) -> str:
    if not phrases:
        return ""
    return f": {', '.join(phrases)}" if language == "en" else f"：{'、'.join(phrases)}"
