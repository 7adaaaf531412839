"""What a text claims, and whether the facts carry it.

    >>> review("A 6.1-inch display.", ["6.1英寸显示屏"], language="en", checks={"numbers"}).passed
    True

Used on whatever a language model writes before a customer sees it. Strict on purpose: a good candidate
rejected costs another candidate or the template; a false one let through costs the shop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from . import lexicon, quantities
from .brands import brands
from .chinese_names import chinese_names
from .forbidden import forbidden
from .pairing import bind
from .products import Language
from .vocabulary import harmless, normal, stem
from .wellformed import Flaw, language_flaws, leftovers, personal_data
from .wording import Known, Token, tokens

Check = Literal[
    "numbers",  # every number, with its unit, stands in the facts
    "names",  # every brand, proper name and model code stands in the facts
    "features",  # so does every feature of the lexicon, in whichever wording or language
    "promises",  # so does what is said of price, delivery, returns, warranty, stock
    "words",  # every other word is the facts' own or claims nothing
    "pairing",  # what is said of one thing is not said of another
    "forbidden",  # no superlative, guarantee or cure
    "language",  # the language asked for
    "length",
    "personal_data",  # no e-mail address, phone number, link
    "hashtags",  # well formed, each once, of what the facts carry (hashtags.py; review does not look at them)
    "leftovers",  # nothing of a model's chat, no placeholder, no unfinished sentence
]
ALL_CHECKS: frozenset[Check] = frozenset(get_args(Check)) - {"hashtags"}


@dataclass(frozen=True)
class Finding:
    """Why a text fails: which check, on which words of it, and what is wrong with them."""

    check: Check
    excerpt: str
    message: str


@dataclass(frozen=True)
class Review:
    """What checking a text found. `carried` pairs each claim of the text with the fact that carries it."""

    findings: tuple[Finding, ...]
    carried: tuple[tuple[str, str], ...]

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def facts(self) -> list[str]:
        """The facts the text uses, in the order it uses them."""
        return list(dict.fromkeys(fact for _, fact in self.carried))


def review(
    text: str,
    facts: Sequence[str] | str,
    *,
    language: Language,
    names: Sequence[str] = (),
    max_length: int | None = None,
    checks: Collection[Check] = ALL_CHECKS,
) -> Review:
    """Check a text against facts.

    Args:
        facts: short statements ("Weight: 240 g", "6.1-inch display") or sentences, in either language; one
            text is taken as one statement.
        names: what may be said freely and in part: the product's title, brand, category. They count as facts.
        max_length: in characters.
        checks: those to do.
    """
    facts = [facts] if isinstance(facts, str) else facts
    known_facts = list(dict.fromkeys([*names, *facts]))
    findings: list[Finding] = []
    carried: list[tuple[str, str]] = []

    def add(check: Check, excerpt: str, message: str) -> None:
        findings.append(Finding(check, excerpt.strip(), message))

    def flaws(check: Check, found: Sequence[Flaw]) -> None:
        findings.extend(Finding(check, excerpt, message) for excerpt, message in found)

    if "numbers" in checks:
        own = [(q, fact) for fact in known_facts for q in quantities.find(fact)]
        carrier: str | None = None
        before: quantities.Quantity | None = None
        for claim in quantities.find(text):
            # "一" is "a", not "one"; "新的一天" is a day that begins.
            if claim.raw.startswith("一") and (not claim.dimension or text[: claim.start].endswith(_A_DAY)):
                continue
            fact = next((fact for q, fact in own if quantities.carries(q, claim)), None)
            if fact is None:
                fact = next((fact for q, fact in own if quantities.one_side(q, claim, text)), None)
            if fact is None and not claim.dimension and not claim.raw[0].isdigit():
                fact = next((fact for fact in known_facts if _listed(fact) == claim.values[0]), None)
            if fact is None and carrier and before and quantities.converts(before, claim, text):
                fact = carrier
            if fact is None:
                add("numbers", claim.raw, "no fact has this number")
            else:
                carried.append((claim.raw, fact))
            carrier, before = fact, claim
    if "names" in checks:
        found, missing = _names(text, known_facts)
        carried += found
        flaws("names", missing)
    for check in ("features", "promises"):
        if check in checks:
            for mention in lexicon.mentions(text):
                if mention.check == check:
                    fact = _carrier(mention, known_facts)
                    if fact is None:
                        add(mention.check, mention.excerpt, f"no fact says this ({mention.concept})")
                    else:
                        carried.append((mention.excerpt, fact))
    if "words" in checks:
        flaws("words", _unknown_words(text, known_facts))
    if "pairing" in checks:
        bound, loose = bind(text, facts, names)
        carried += bound
        flaws("pairing", [(clause, "no single fact says this") for clause in loose])
    if "forbidden" in checks:
        said = " / ".join(known_facts)
        flaws("forbidden", [(word, "not allowed in advertising") for word, _ in forbidden(text, said)])
    if "language" in checks:
        flaws("language", language_flaws(text, language, known_facts))
    if "length" in checks and max_length is not None and len(text) > max_length:
        add("length", text[max_length:][:40], f"{len(text)} characters, {max_length} allowed")
    if "personal_data" in checks:
        flaws("personal_data", personal_data(text, known_facts))
    if "leftovers" in checks:
        flaws("leftovers", leftovers(text))
    return Review(tuple(dict.fromkeys(findings)), tuple(dict.fromkeys(carried)))


def check(
    text: str,
    facts: Sequence[str] | str,
    *,
    language: Language,
    names: Sequence[str] = (),
    max_length: int | None = None,
    checks: Collection[Check] = ALL_CHECKS,
) -> list[Finding]:
    """What is wrong with the text; empty if it passes. Arguments as for `review`."""
    return list(
        review(text, facts, language=language, names=names, max_length=max_length, checks=checks).findings
    )


_A_DAY = ("新的", "每", "这", "那", "每个")
_LIST = re.compile(r"[,，、;；/]| and | or |和|或")
_CAPITALISED = re.compile(r"(?<![A-Za-z0-9-])[A-Z][A-Za-z]*(?:['’-][A-Za-z]+)*")
_ABBREVIATIONS = frozenset({"I", "OK", "I'm", "I'll"})
_DAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})


def _names(text: str, facts: Sequence[str]) -> tuple[list[tuple[str, str]], list[Flaw]]:
    carried: list[tuple[str, str]] = []
    missing: list[Flaw] = []
    for brand, excerpt, _ in brands(text):
        fact = next((fact for fact in facts if any(brand == b for b, *_ in brands(fact))), None)
        if fact:
            carried.append((excerpt, fact))
        else:
            missing.append((excerpt, "a brand the facts do not name"))
    for code, _ in quantities.codes(text):
        plain = code.lower().replace("-", "")
        fact = next(
            (f for f in facts if plain in (c.lower().replace("-", "") for c, _ in quantities.codes(f))), None
        )
        if fact:
            carried.append((code, fact))
        else:
            missing.append((code, "a model code the facts do not have"))
    known = {
        stem(word)
        for fact in facts
        for word in re.findall(r"[a-z]+(?:'[a-z]+)?", f"{normal(fact)} {fact.lower()}")
    }
    codes = {code for code, _ in quantities.codes(text)}
    numbers = " ".join(q.raw for q in quantities.find(text))
    starts = {len(text) - len(text.lstrip("\"'“‘ "))}
    starts |= {m.end() for m in re.finditer(r"[.!?:;\n]\s+[\"'“‘]?", text)}
    for match in _CAPITALISED.finditer(text):
        words = [stem(w) for w in re.findall(r"[a-z]+(?:'[a-z]+)?", normal(match[0]))]
        fine = (
            all(word in known or harmless(word) for word in words)
            or match[0].removesuffix("'s") in _ABBREVIATIONS | _DAYS
        )
        if fine or match.start() in starts or match[0] in numbers or any(match[0] in code for code in codes):
            continue
        if "".join(words) not in known:
            missing.append((match[0], "a name the facts do not have"))
    own = "".join(facts)
    missing += [(m[0], "a name the facts do not have") for m in chinese_names(text) if m[0] not in own]
    return carried, missing


def _listed(fact: str) -> int:
    """How many things a fact lists ("Colours: oat, navy, green" are three); 0 if it is no list."""
    _, colon, value = fact.replace("：", ":").partition(":")
    listed = [each for each in _LIST.split(value) if each.strip()]
    return len(listed) if colon and len(listed) > 1 and not quantities.find(value) else 0


def _carrier(mention: lexicon.Mention, facts: Sequence[str]) -> str | None:
    for fact in facts:
        for own in lexicon.mentions(fact):
            if mention.concept in lexicon.implied(own.concept) and own.denied == mention.denied:
                return fact
    return None


def _unknown_words(text: str, facts: Sequence[str]) -> list[Flaw]:
    runs: list[list[Token]] = []
    for token in tokens(text, Known.of(facts)):
        if token.kind == "unknown":
            if runs and runs[-1] and runs[-1][-1].start + len(runs[-1][-1].raw) == token.start:
                runs[-1].append(token)
            else:
                runs.append([token])
    return [("".join(t.raw for t in run), "neither in the facts nor harmless") for run in runs]
