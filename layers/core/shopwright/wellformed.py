"""Whether a text is one that can be shown at all: its language, no personal data, nothing left of a chat."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import quantities
from .personal import personal
from .products import Language

# The words at fault, and what is wrong with them.
Flaw = tuple[str, str]

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-z]+)*")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af]+")
_HAN_ONE = re.compile(r"[\u3400-\u9fff]")
# Full-width letters, and the punctuation that only Chinese has.
_WIDE = re.compile(r"[\u3001-\u303f\uff01-\uff5e]+")
# A character that could not be read, or one that was read in the wrong encoding.
_BROKEN = re.compile(r"[\ufffd\u0080-\u009f]+|[ÂÃâ][\u00a0-\u00bf€“”„™œž¢]+|锟斤拷|烫烫烫")
# What English has taken in with its accents.
_ACCENTED = re.compile(
    r"(?:café|décor|crème|fiancé|naïv|façad|purée|sauté|entrée|matinée|souffl|appliqué|cliché|résumé|éclair|crêpe"
    r"|jalape|piña|brûl|crèche|début|déj|flambé|gruyèr|rosé|touché|protégé|rösti|doppelgäng|müsli|smörgås|voilà"
    r"|à|pâté|lamé|mélange|moiré|plissé|bouclé)[\w'’]*",
    re.I,
)
# The smallest words of German, French, Spanish, Italian, and of Chinese in Latin letters; not English ones.
_SMALL = """
und der das ist für mit nicht ein eine einen zum zur auch sehr oder aus bei wie schön leicht weich jeden alle
ihre unser mehr immer ganz ohne über le les du des est et avec très vous nous une dans sur votre notre chez
rapidement doux belle el los las para por muy una que del buenos buen buenas días dias hasta todo más il molto
nel della che sono bello tutti het een voor hao wo zhe piaoliang fangbian xiexie haochi
"""
_SMALL_WORDS = frozenset(_SMALL.split())
# Latin words that Chinese copy uses as its own.
_BORROWED = frozenset({"app", "logo", "wifi", "wi-fi", "diy", "type-c", "vlog", "bluetooth", "plus", "pro"})
_CHAT = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|ok)[,!.: ]"
    r"|\bhere(?:'s| is| are) (?:a|an|the|your|some|one)\b"
    r"|\bas an? (?:ai|language model|assistant)\b"
    r"|\bI (?:am|can(?:no|')t|cannot|will|would|hope|have|'m)\b|\bI['’](?:m|ll|ve)\b"
    r"|\b(?:facts?|features?|product|title|description|output|input|note|user|assistant|system|caption|headline"
    r"|post|ad|example)\s*:\s"
    r"|\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\b(?:lorem|xxx+|insert|placeholder|tbd|n/a)\b"
    r"|\*\*|__|```|^\s*(?:[-*•]|\d+[.)])\s|^#+\s|\\n"
    r"|^(?:好的|当然|以下是|这是为您|根据您)|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|希望(?:这|以上)"
    r"|如下(?:所示)?[:：]|XX+(?![A-Z])|某某|（此处|【.*?】",
    re.I | re.M,
)
_ENDS = re.compile(r"(?:[.!?。！？…~～]|#[\w·]+#?|[\U0001f300-\U0001faff☀-➿️])[\"'”’」）)]*$")


def language_flaws(text: str, language: Language, facts: Sequence[str]) -> list[Flaw]:
    """Words of another language or script; those that stand so in the facts (names, units) are no fault."""
    own = " ".join(facts).lower()
    foreign = [
        m[0] for m in (*_OTHER_SCRIPT.finditer(text), *_BROKEN.finditer(text)) if m[0].lower() not in own
    ]
    if language == "en":
        foreign += [m[0] for m in (*_HAN.finditer(text), *_WIDE.finditer(text)) if m[0] not in own]
        foreign += [
            m[0] for m in _LATIN_WORD.finditer(text) if _is_foreign(m[0].lower()) and m[0].lower() not in own
        ]
    else:
        latin = [m for m in _LATIN_WORD.finditer(text) if m[0].lower() not in own]
        spans = [(q.start, q.end) for q in quantities.find(text) if q.dimension]
        foreign += [
            m[0]
            for m in latin
            # Units and abbreviations are everybody's: kg, LED, USB.
            if not (m[0].isupper() and m[0].isascii())
            and m[0].lower() not in _BORROWED
            and not any(start <= m.start() < end for start, end in spans)
        ]
        foreign += [each for each in dict.fromkeys(_HAN_ONE.findall(text)) if _is_not_simplified(each, own)]
        han = sum(len(m[0]) for m in _HAN.finditer(text))
        if not han or sum(len(m[0]) for m in latin) > han:
            foreign += [m[0] for m in latin] or [text]
    name = {"en": "English", "zh": "Chinese"}[language]
    return [(word[:40], f"not {name}") for word in dict.fromkeys(foreign)]


def _is_foreign(word: str) -> bool:
    """Whether English has no such word: by its accents, or as one of other languages' smallest."""
    return (not word.isascii() and not _ACCENTED.fullmatch(word)) or word in _SMALL_WORDS


def _is_not_simplified(character: str, own: str) -> bool:
    """GB 2312 holds the simplified characters that people use, and no traditional or Japanese forms."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return character not in own
    return False


def personal_data(text: str, facts: Sequence[str]) -> list[Flaw]:
    """E-mail addresses, phone and identity numbers, links and handles that the facts do not hold."""
    own = " ".join(facts)
    return [(said, f"personal data ({what})") for said, what in personal(text) if said not in own]


def without_personal_data(text: str) -> str:
    """The text with dots in place of e-mail addresses, phone and identity numbers, links and handles."""
    for said, _ in personal(text):
        text = text.replace(said, "...")
    return text


def leftovers(text: str) -> list[Flaw]:
    """What is not copy: a model's remarks, labels, placeholders, markup, a sentence that does not end."""
    found = [(m[0].strip(), "not part of a finished text") for m in _CHAT.finditer(text)]
    if not text.strip():
        found.append(("", "empty"))
    # A headline needs no full stop; a sentence, or the facts in a row, does.
    elif not _ENDS.search(text.strip()) and len(text) > (25 if _HAN.search(text) else 60):
        found.append((text.strip()[-20:], "the last sentence does not end"))
    return found
