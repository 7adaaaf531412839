"""Texts as tokens: words that say something, numbers, and the harmless rest.

English words become stems, Chinese ones pairs of characters: there is no need to know where a Chinese word
ends in order to know whether it stands in the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from . import quantities
from .quantities import Quantity
from .vocabulary import COMPOUND, FUNCTION_WORDS, HARMLESS_CHINESE, harmless, normal, stem

# "unknown" is a word that is neither in the facts nor harmless; "stop" is punctuation.
Kind = Literal["word", "number", "unknown", "harmless", "stop"]

_PIECE = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[\u3400-\u9fff]+|[^\sA-Za-z\u3400-\u9fff]")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_ENGLISH = re.compile(r"[a-z]+(?:'[a-z]+)?")
_LABEL = re.compile(r"([^:：]{1,40})[:：]")
_STOPS = frozenset(',.;:!?()[]{}<>|/•·—–…"“”，。；：！？、（）「」『』《》【】')


@dataclass(frozen=True)
class Token:
    """A piece of the text from `start` on; `keys` is what of it is compared with the facts."""

    kind: Kind
    raw: str
    start: int
    keys: tuple[str, ...] = ()
    number: Quantity | None = None


@dataclass(frozen=True)
class Known:
    """The English words and the Chinese character runs that stand in the facts."""

    words: frozenset[str]
    runs: tuple[str, ...]
    labels: frozenset[str] = (
        frozenset()
    )  # words of the names of attributes: "life" of "Battery life: 30 hours"

    @classmethod
    def of(cls, facts: Iterable[str]) -> Known:
        words: set[str] = set()
        labels: set[str] = set()
        runs: list[str] = []
        for fact in facts:
            words |= {stem(word) for word in _ENGLISH.findall(normal(fact))}
            name = _LABEL.match(normal(fact))
            labels |= {stem(word) for word in _ENGLISH.findall(name[1] if name else "")} - FUNCTION_WORDS
            words |= {_code(code) for code, _ in quantities.codes(fact)}
            for quantity in reversed(quantities.find(fact)):
                fact = f"{fact[: quantity.start]} {fact[quantity.end :]}"
            runs += [piece for run in _HAN.findall(fact) for piece in run.split("的") if piece]
        return cls(frozenset(words), tuple(dict.fromkeys(runs)), frozenset(labels))


def _code(raw: str) -> str:
    return raw.lower().replace("-", "")


def pairs(run: str) -> tuple[str, ...]:
    """A Chinese run as overlapping pairs of characters; a single one stands for itself."""
    return tuple(run[i : i + 2] for i in range(len(run) - 1)) or (run,)


def _cut_han(run: str, start: int, known: Known) -> list[Token]:
    """A run cut into pieces of the facts and harmless words, with as little unknown as possible."""
    best: list[tuple[float, list[Token]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        options: list[tuple[float, list[Token]]] = []
        for begin in range(max(0, end - 12), end):
            piece = run[begin:end]
            cost, before = best[begin]
            if piece in known.runs or (len(piece) > 1 and any(piece in r for r in known.runs)):
                options.append((cost + 1.0, [*before, Token("word", piece, start + begin, pairs(piece))]))
            elif piece in HARMLESS_CHINESE:
                options.append((cost + 1.1, [*before, Token("harmless", piece, start + begin)]))
            elif len(piece) == 1:
                options.append((cost + 10.0, [*before, Token("unknown", piece, start + begin)]))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def _latin(text: str, start: int, end: int, known: Known) -> Iterator[Token]:
    word = normal(text[start:end])
    tells = stem(word) in known.words and (not harmless(word) or stem(word) in known.labels)
    after = re.match(r"[ -]?([A-Za-z]+)", text[end:])
    # "smart phone" where the facts say Smartphone.
    if after and stem(word + after[1].lower()) in known.words and not harmless(after[1].lower()):
        yield Token("word", text[start : end + after.end()], start, (stem(word + after[1].lower()),))
    elif tells:
        yield Token("word", text[start:end], start, (stem(word),))
    elif harmless(word):
        yield Token("harmless", text[start:end], start, (word,))
    else:
        yield Token("unknown", text[start:end], start)


def tokens(text: str, known: Known) -> list[Token]:
    """The text's tokens in order."""
    numbers = {q.start: q for q in quantities.find(text)}
    codes = {at: code for code, at in quantities.codes(text)}
    compounds = {m.start(): m.end() for m in COMPOUND.finditer(text)}
    found: list[Token] = []
    at = 0
    while at < len(text):
        new: list[Token] = []
        if at in codes:
            key = _code(codes[at])
            new = [Token("word" if key in known.words else "unknown", codes[at], at, (key,))]
        elif at in numbers:
            new = [Token("number", numbers[at].raw, at, number=numbers[at])]
        elif at in compounds and stem(normal(text[at : compounds[at]])) in known.words:
            raw = text[at : compounds[at]]
            new = [Token("word", raw, at, (stem(normal(raw)),))]
        elif piece := _PIECE.match(text, at):
            if _HAN.match(piece[0]):
                # A number may begin inside the run: 重两公斤.
                end = min((n for n in (*numbers, *codes) if at < n < piece.end()), default=piece.end())
                new = _cut_han(text[at:end], at, known)
            elif piece[0][0].isalpha():
                new = list(_latin(text, at, piece.end(), known))
            elif piece[0] in _STOPS:
                new = [Token("stop", piece[0], at)]
            else:
                new = [Token("harmless", piece[0], at)]
        found += new
        at = max(at + 1, *(token.start + len(token.raw) for token in new)) if new else at + 1
    return found
