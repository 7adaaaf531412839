"""A text by rule as it grows, fact by fact: facts are listed as they stand, never rephrased. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import quantities
from .platforms import Room
from .products import Language

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


@dataclass(frozen=True)
class Draft:
    """A text with the facts it states."""

    text: str
    facts: tuple[str, ...]

    @property
    def argument(self) -> str | None:
        """What it argues with: the fact that it leads with."""
        return self.facts[0] if self.facts else None

    def argues_as(self, other: Draft) -> bool:
        """Whether another text has the same argument."""
        if self.argument is None or other.argument is None:
            return self.argument is other.argument
        return same_matter(self.argument, other.argument)


def same_matter(fact: str, other: str) -> bool:
    """Whether one of two facts says no more than the other: "6.1 inch display", "Display: 6.1 inch"."""
    ours, theirs = ({(q.values, q.dimension) for q in quantities.find(each)} for each in (fact, other))
    if ours or theirs:
        return bool(ours and theirs) and (ours <= theirs or theirs <= ours)
    value, others = (re.split(r"[:：]\s*", each)[-1].strip(".。").lower() for each in (fact, other))
    return value in others or others in value


class GrowingText:
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

    def begin(self, sentence: str, name: str) -> bool:
        """Begin with a sentence that names the product; False if it does not, or there is no room."""
        if name.lower() not in sentence.lower() or not self._room.fits(sentence):
            return False
        self.text, self.told, self._opening = sentence, [sentence], name
        return True

    def tell(self, group: Sequence[str]) -> None:
        """Add a group of facts, as many of them as fit, the first ones rather than the last."""
        new = _each_once(fact for fact in group if not self._is_told(fact))
        for count in range(len(new), 0, -1):
            text = self._with(new[:count])
            if self._room.fits(text):
                self.text, self.told = text, [*self.told, *new[:count]]
                return

    def lists(self, facts: Sequence[str]) -> None:
        """Be a list of the facts, as many of them as fit, the first ones rather than the last."""
        facts = _each_once(facts)
        for count in range(len(facts), 0, -1):
            text = self._listed(facts[:count])
            if self._room.fits(text):
                self.text, self.told = text[0].upper() + text[1:], [*facts[:count]]
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


def _each_once(facts: Iterable[str]) -> list[str]:
    """The facts without those that say what one before them says."""
    found: list[str] = []
    for fact in facts:
        if not any(same_matter(fact, other) for other in found):
            found.append(fact)
    return found
