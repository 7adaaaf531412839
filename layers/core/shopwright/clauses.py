"""Texts cut into clauses, facts cut into what each of them says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .quantities import Quantity, carries
from .vocabulary import ARTICLES, COPULAS, CUTS, KINDS, MAKING, RELATIVES, TIES, VERBS
from .wording import Known, Token, tokens

# Attributes whose value may be said of the product without their name: "red", "750 ml", "of cotton".
_PLAIN_NAMES = re.compile(
    r"(?:net |item |product |main |key |total )?"
    r"(?:weight|colou?r|material|fabric|composition|size|dimensions?|capacity|volume|contents?|pack size"
    r"|(?:country of )?origin|made in|type|style|pattern|diameter|display|screen|price|brightness|power"
    r"|finish|care|certifications?|certified|features?|brand|model|title|category|product|chip|processor|camera"
    r"|storage|memory|availability|condition"
    r"|重量|净重|颜色|配色|材质|材料|面料|成分|尺寸|规格|容量|净含量|产地|原产地|类型|款式|风格|图案|直径"
    r"|屏幕|显示屏|价格|售价|亮度|功率|工艺|护理|认证|特点|功能|品牌|型号|名称|类别|分类|商品|芯片|处理器|摄像头"
    r"|存储|内存|库存|成色)",
    re.I,
)


@dataclass
class Clause:
    """What one clause says; `joined` is set if a verb joins two things in it."""

    tokens: list[Token] = field(default_factory=list)
    joined: bool = False
    relative: bool = False
    copula: bool = False  # it begins with "is"
    identity: bool = False  # with "is a": what follows has to be the product
    made: bool = False  # it begins with "made of": what follows has to be the product's material
    maker: bool = False  # it begins with "from" or "by": what follows has to be who made it, or where

    @property
    def keys(self) -> list[str]:
        return [key for token in self.tokens for key in token.keys]

    @property
    def numbers(self) -> list[Quantity]:
        return [token.number for token in self.tokens if token.number]

    def excerpt(self, text: str) -> str:
        """What the text says from its first word to its last."""
        last = self.tokens[-1]
        return text[self.tokens[0].start : last.start + len(last.raw)]


@dataclass(frozen=True)
class Part:
    """One thing a fact says: its name's words ("Weight") and its value's, in order."""

    fact: str
    name: tuple[str, ...]
    plain: bool
    value: tuple[Token, ...]
    partial: bool = False  # any part of it may be said alone: the title's words

    @property
    def words(self) -> list[str]:
        return [key for token in self.value for key in token.keys]

    @property
    def numbers(self) -> list[Quantity]:
        return [token.number for token in self.value if token.number]


def clauses(
    text: str,
    known: Known,
    itself: frozenset[str] = frozenset(),
    labels: Collection[tuple[str, ...]] = (),
    sizes: Sequence[Quantity] = (),
) -> list[Clause]:
    """The clauses of a text that say something, in order.

    Args:
        itself: words for the product; what follows them begins a new clause.
        labels: names of attributes; a colon after one joins it to its value.
        sizes: numbers that belong to the product's name ("Frying Pan 24 cm").
    """
    found = [Clause()]
    tied = False
    last = ""
    for token in tokens(text, known):
        now = found[-1]
        word = token.raw.lower()
        about_product = not tied and tuple(now.keys) not in labels and _names(now, itself, sizes)
        verb = word in VERBS
        if word in (":", "：") and tuple(now.keys) in labels:
            continue
        if token.kind == "stop" or word in CUTS or ((verb or word in TIES) and about_product):
            following = Clause(
                copula=word in COPULAS,
                made=last in MAKING and word in ("of", "from"),
                maker=word in ("from", "by") and last not in MAKING and not last.endswith("ed"),
            )
            if not now.tokens and word in (",", "，"):  # "is a lovely, ...": the comma ends nothing
                following.copula, following.identity = now.copula, now.identity
            found.append(following)
            tied = False
        elif verb:
            now.joined = True
        elif word in TIES:
            tied = True
        now = found[-1]
        if word in ARTICLES and now.copula and not now.tokens:
            now.identity = True
        elif word in KINDS:
            now.identity = False
        if token.kind in ("word", "number"):
            now.tokens.append(token)
        if word in RELATIVES and not now.tokens:
            now.relative = True
        last = word
    return [clause for clause in found if clause.tokens]


def _names(clause: Clause, itself: frozenset[str], sizes: Sequence[Quantity]) -> bool:
    """Whether the clause, so far, ends with the product itself (or has not begun)."""
    if not clause.tokens:
        return True
    last = clause.tokens[-1]
    if last.number is None:
        return last.keys[-1] in itself
    size = last.number
    return itself.issuperset(clause.keys) and any(carries(own, size) for own in sizes)


def named(fact: str) -> tuple[str, str]:
    """A fact's name and value: "Weight: 240 g"; the name is empty where there is none."""
    name, colon, value = fact.partition(":") if ":" in fact else fact.partition("：")
    return (name.strip(), value) if colon and len(name) <= 40 else ("", fact)


def keys_of(text: str, known: Known) -> tuple[str, ...]:
    """The telling words of a text, in order."""
    return tuple(key for token in tokens(text, known) for key in token.keys if token.kind == "word")


def parts(facts: Sequence[str], names: Sequence[str], known: Known, heads: frozenset[str]) -> list[Part]:
    """What the facts say, piece by piece. Names (title, brand, category) may be used in part."""
    found = []
    for fact in dict.fromkeys([*names, *facts]):
        name, value = named(fact)
        name_keys = keys_of(name, known)
        plain = not name or bool(_PLAIN_NAMES.fullmatch(name))
        for clause in clauses(value, known, heads):
            own = [t for t in clause.tokens if not t.keys or not heads.issuperset(t.keys)] or clause.tokens
            found.append(Part(fact, name_keys, plain, tuple(own), partial=fact in names))
    return found


def core(name: str) -> str:
    """A name without what is added to it: "Skillet, 26 cm", "Case for M3"."""
    return re.split(r"\s[-–—|]\s|[,，(（]|\s(?:with|for)\s", name)[0]


def head(name: str, known: Known) -> tuple[str, ...]:
    """The word a name is about: the last one before an addition ("Skillet, 26 cm" is a skillet)."""
    for piece in reversed(re.split(r"\s*>\s*", name)):
        keys = keys_of(core(piece), known)
        # Chinese names are short, and where their last word begins is not known: all of it may stand for it.
        chinese = [key for key in keys if not key.isascii()]
        return tuple(chinese) or keys[-1:]
    return ()
