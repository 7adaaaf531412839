"""Facts to copy: texts in many shapes; those are kept that the shop's own checks let through whole."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

from local.training.catalogue import Invented
from local.training.wordings import Phrase, phrases
from shopwright.audience import ordered_facts
from shopwright.briefs import Brief
from shopwright.candidates import Selection
from shopwright.copy_requests import DEFAULT_LENGTH
from shopwright.platforms import Room
from shopwright.ports import Candidate
from shopwright.prompts import TextKind, Tone

_ATTEMPTS = 12
_TONES: tuple[Tone, ...] = ("neutral", "neutral", "neutral", "friendly", "professional", "playful")
_CALLED = (
    "The {b} {t}",
    "The {t} from {b}",
    "This {t} from {b}",
    "The {t} by {b}",
    "This {b} {t}",
    "{b}'s {t}",
)
_HELLO: dict[Tone, tuple[str, ...]] = {
    "neutral": ("Meet {p}", "This is {p}", "Discover {p}", "See {p}"),
    "friendly": ("Meet {p}", "Say hello to {p}", "Enjoy {p}", "You will love {p}"),
    "professional": ("Discover {p}", "Choose {p}", "Explore {p}"),
    "playful": ("Oh hello, {n}", "Hello, {n}", "Wow, {n}", "Hey, meet {p}"),
}
_HAS: dict[Tone, tuple[str, ...]] = {
    "neutral": ("has", "has", "comes with", "offers"),
    "friendly": ("has", "comes with", "offers"),
    "professional": ("features", "offers", "provides", "has"),
    "playful": ("has", "has", "comes with"),
}
_VERBS = ("comes", "offers", "features", "provides", "weighs", "holds", "measures", "keeps", "folds", "rolls")
_PLURAL = {
    verb: verb.removesuffix("s") for verb in (*_VERBS, "opens", "pours", "stands", "turns", "stacks")
} | {
    "has": "have",
    "is": "are",
    "dries": "dry",
}


def row(invented: Invented, kind: TextKind, rng: random.Random) -> dict[str, Any] | None:
    """One row: what the content function sends for the product, and a text that it would take; or None."""
    tone = rng.choice(_TONES)
    brief = Brief(
        invented.product,
        ordered_facts(invented.product, "en", {}),
        kind=kind,
        language="en",
        tone=tone,
        room=Room(DEFAULT_LENGTH[kind]),
    )
    shown = brief.messages[-1].content.removeprefix("Facts: ").split("; ")
    writer = _Writer(invented, shown, tone, rng)
    for _ in range(_ATTEMPTS):
        text = writer.text(kind)
        if text and _passes(text, brief, kind):
            turns = [{"role": message.role, "content": message.content} for message in brief.messages]
            return {"task": kind, "messages": [*turns, {"role": "assistant", "content": text}]}
    return None


def _passes(text: str, brief: Brief, kind: TextKind) -> bool:
    """Whether the content function would take all of the text as it stands."""
    selection = Selection(brief.said, brief.names, "en")
    draft = selection.draft(Candidate(text, True), kind, brief.room)
    return draft is not None and draft.text == text


class _Writer:
    """Writes texts about one product from the facts that the prompt shows."""

    def __init__(self, invented: Invented, shown: Sequence[str], tone: Tone, rng: random.Random) -> None:
        self._title, self._brand = shown[0], invented.product.brand or ""
        self._plural = bool(re.search(r"(?:Shears|Gloves|Earrings)\b", self._title))
        self._tone, self._rng = tone, rng
        self._said = [said for fact in shown[1:] if (said := phrases(fact, invented.highlights))]

    def text(self, kind: TextKind) -> str | None:
        """A text of the kind, untested; None if there is too little to tell."""
        told = self._chosen({"product_description": (3, 5), "ad_copy": (1, 3), "social_post": (1, 3)}[kind])
        if len(told) < (2 if kind == "product_description" else 1):
            return None
        if kind == "ad_copy":
            return self._advert(told)
        first = self._rng.choice((1, 2, 2, 3)) if len(told) > 2 else self._rng.choice((1, 2))
        greet = 0.7 if kind == "social_post" else 0.25
        opening = (
            self._greeting(told[:first]) if self._rng.random() < greet else self._statement(told[:first])
        )
        if opening is None:
            return None
        return " ".join([opening, *self._following(told[first:])])

    def _chosen(self, size: tuple[int, int]) -> list[Phrase]:
        """One way to say each of some facts; what only one fact says is told but once."""
        order = list(self._said)
        if self._rng.random() < 0.6:
            self._rng.shuffle(order)
        chosen: list[Phrase] = []
        values: set[str] = set()
        for ways in order[: self._rng.randint(*size)]:
            value = " ".join(re.findall(r"\d[\d.]*", ways[0].fact)) or ways[0].fact.partition(": ")[2]
            if value.lower() not in values:
                values.add(value.lower())
                chosen.append(self._rng.choice(ways))
        return chosen

    def _product(self) -> str:
        return self._rng.choice(_CALLED).format(b=self._brand, t=self._title)

    def _inner(self) -> str:
        """What it is called in the middle of a sentence."""
        name = self._product()
        return name[0].lower() + name[1:] if name.startswith("Th") else name

    def _statement(self, told: Sequence[Phrase]) -> str | None:
        things = [phrase.words for phrase in told if phrase.kind == "thing"]
        deeds = [phrase.words for phrase in told if phrase.kind == "deed"]
        if len(things) + len(deeds) < len(told):
            return None
        if things and deeds and self._rng.random() < 0.3:
            return self._agreeing(f"With {_listed(things)}, {self._inner()} {_listed(deeds)}.")
        has = [f"{self._rng.choice(_HAS[self._tone])} {_listed(things)}"] if things else []
        parts = [*deeds, *has] if self._rng.random() < 0.5 else [*has, *deeds]
        return self._agreeing(f"{self._product()} {_listed(parts)}.")

    def _greeting(self, told: Sequence[Phrase]) -> str | None:
        things = [phrase.words for phrase in told if phrase.kind == "thing"]
        hello = self._rng.choice(_HELLO[self._tone]).format(p=self._inner(), n=f"{self._brand} {self._title}")
        mark = "!" if self._tone in ("playful", "friendly") and self._rng.random() < 0.4 else "."
        if things and len(things) == len(told):
            return f"{hello} with {_listed(things)}{mark}"
        statement = self._following(told, together=True)
        return " ".join([f"{hello}{mark}", *statement])

    def _following(self, told: Sequence[Phrase], *, together: bool = False) -> list[str]:
        """The rest, two facts to a sentence or one."""
        sentences = [phrase.words for phrase in told if phrase.kind == "sentence"]
        rest = [phrase for phrase in told if phrase.kind != "sentence"]
        step = 2 if together or self._rng.random() < 0.6 else 1
        for at in range(0, len(rest), step):
            things = [phrase.words for phrase in rest[at : at + step] if phrase.kind == "thing"]
            deeds = [phrase.words for phrase in rest[at : at + step] if phrase.kind == "deed"]
            has = [f"{self._rng.choice(_HAS[self._tone])} {_listed(things)}"] if things else []
            parts = [*deeds, *has]
            sentences.append(self._agreeing(f"It {_listed(parts)}."))
        return self._rng.sample(sentences, len(sentences))

    def _advert(self, told: Sequence[Phrase]) -> str:
        things = [phrase.words for phrase in told if phrase.kind == "thing"]
        deeds = [phrase.words for phrase in told if phrase.kind == "deed"]
        hello = self._rng.choice(_HELLO[self._tone][:3]).format(
            p=self._inner(), n=f"{self._brand} {self._title}"
        )
        if things and not deeds:
            shapes = [f"{hello} with {_listed(things)}.", f"{self._product()} with {_listed(things)}."]
            shapes.append(f"{_capital(_listed(things))}: {self._inner()}.")
            return self._rng.choice(shapes)
        if deeds and not things:
            shapes = [f"{self._product()} {_listed(deeds)}.", f"{hello}. It {_listed(deeds)}."]
            return self._agreeing(self._rng.choice(shapes))
        return self._statement(told) or " ".join([f"{hello}.", *self._following(told)])

    def _agreeing(self, sentence: str) -> str:
        if not self._plural:
            return sentence
        sentence = re.sub(
            r"^It\b", "They", re.sub(r"\bThis\b", "These", sentence.replace(" this ", " these "))
        )
        return re.sub(rf"\b(?:{'|'.join(_PLURAL)})\b", lambda verb: _PLURAL[verb[0]], sentence)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
