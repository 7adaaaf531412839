"""Two products beside each other: whether that is asked for, and the table of what is said of them; pure."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from .passages import Sentence, product_sentences
from .products import Language, Product
from .synonyms import meant

_MOST_TOLD = 3
_ASKED = [
    re.compile(pattern, re.I)
    for pattern in (
        r"\bcompare (?P<a>.+?) (?:and|with|to|against|vs\.?|versus) (?P<b>.+)",
        r"\bdifferences? between (?P<a>.+?) and (?P<b>.+)",
        r"\bhow (?:do|does|is|are) (?P<a>.+?) (?:differ(?:ent)?|compare) (?:from|to|with) (?P<b>.+)",
        r"\bwhich (?:one )?(?:is|has|of them is)? ?(?:the )?[\w -]{2,24}[,:] (?P<a>.+?) or (?P<b>.+)",
        r"(?:^|[,:] ?)(?:is |are )?(?P<a>[^,:]+?) (?:vs\.?|versus|(?:better|\w+er|more \w+) than) (?P<b>.+)",
        r"(?:对比|比较|比一下|比比)(?:一下)?(?P<a>.+?)(?:和|与|跟|同)(?P<b>.+)",
        r"^(?P<a>.+?)(?:和|与|跟|同)(?P<b>.+?)(?:有什么|有啥|有何|的|之间)?(?:有?区别|不同|差别|差异|对比|比较|相比|哪个|哪款|比)",
    )
]
_PLAIN = {
    "heavier": "heavy", "lighter": "weigh", "cheaper": "price", "dearer": "price", "bigger": "big",
    "larger": "big", "smaller": "big", "longer": "long", "taller": "height", "quieter": "loud",
    "louder": "loud", "stronger": "power", "faster": "fast", "brighter": "brightness",
}  # fmt: skip
_COMPARATIVE = re.compile(rf"\b(?:{'|'.join(_PLAIN)})\b", re.I)
_AROUND = re.compile(
    r"^(?:the|your|a|an|this|that|these|those|between)\b\s*|\s*(?:\bplease\b|[?？!。.,，\s])+$|^(?:请问|那个?|这个?|你们的?)",
    re.I,
)


class Row(BaseModel):
    """One thing that is said of one product or of both."""

    model_config = ConfigDict(frozen=True)

    name: str
    values: list[str | None] = Field(description="In the order of the products; null where nothing is said.")
    same: bool


class Compared(BaseModel):
    """A product of a comparison."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    title: str


class Comparison(BaseModel):
    """The table: what differs first."""

    model_config = ConfigDict(frozen=True)

    products: list[Compared]
    rows: list[Row]

    @property
    def telling(self) -> list[Row]:
        """The rows that are told in a sentence: the first in which both say something, and not the same."""
        return [row for row in self.rows if not row.same and None not in row.values][:_MOST_TOLD]

    def told(self, language: Language) -> str:
        """The table in a sentence: in what the two differ most tellingly."""
        first, second = (product.title for product in self.products)
        differing = self.telling
        if language == "zh":
            if not differing:
                return f"{first}和{second}在商品信息里没有可以直接对比的不同之处，详见下表。"
            told = "；".join(f"{row.name}分别为{row.values[0]}和{row.values[1]}" for row in differing)
            return f"{first}与{second}相比：{told}。"
        if not differing:
            return f"In what we know of both, {first} and {second} do not differ; see the table."
        told = "; ".join(f"{row.name}: {row.values[0]} and {row.values[1]}" for row in differing)
        return f"{first} beside {second} - {told}."


def sides(question: str) -> tuple[str, str] | None:
    """What is to be compared with what, in the question's words; None if it asks for no comparison."""
    for pattern in _ASKED:
        if found := pattern.search(question):
            return _bare(found["a"]), _bare(found["b"])
    return None


def _bare(side: str) -> str:
    before = None
    while side != before:
        before, side = side, _AROUND.sub("", side.strip())
    return side


def compared(
    first: Product, second: Product, question: str, language: Language
) -> tuple[Comparison, list[Sentence]]:
    """The table of two products, and the sentences that its telling rows rest on.

    First stand the rows that the question speaks of ("heavier": the weight), then those that differ.
    """
    asked = meant(_COMPARATIVE.sub(lambda match: _PLAIN[match[0].lower()], question))
    told = [_told(product, language) for product in (first, second)]
    rows = []
    for name in dict.fromkeys([*told[0], *told[1]]):
        values = [each[name].value if name in each else None for each in told]
        rows.append(Row(name=name, values=values, same=values[0] == values[1]))
    rows.sort(key=lambda row: (not meant(row.name) & asked, row.same, None in row.values))
    comparison = Comparison(
        products=[
            Compared(product_id=product.id, title=product.in_either(language).title)
            for product in (first, second)
        ],
        rows=rows,
    )
    return comparison, [each[row.name] for row in comparison.telling for each in told]


def _told(product: Product, language: Language) -> dict[str, Sentence]:
    """What is said of a product, by the name of what it is."""
    found: dict[str, Sentence] = {}
    for sentence in product_sentences(product, language):
        if sentence.name:
            found.setdefault(sentence.name, sentence)
    return found
