"""Whether a text is one that can be shown at all: its language, no personal data, nothing left of a chat."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .products import Language

# The words at fault, and what is wrong with them.
Flaw = tuple[str, str]

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-z]+)*")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af]+")
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|(?:https?://|www\.)\S+|\b[a-z0-9-]+\.(?:com|net|org|cn|io|shop)\b(?:/\S*)?"
    r"|(?<![\d.])(?:\+?\d{1,3}[\s-]?)?(?:\(?\d{3,4}\)?[\s-]){1,2}\d{4}(?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)"
    r"|(?:微信|wechat|qq|whatsapp)(?:号)?\s*[:：]?\s*[A-Za-z0-9_-]{5,}|(?<!\w)@\w{2,}",
    re.I,
)
_CHAT = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|ok)[,!.: ]"
    r"|here(?:'s| is| are) (?:a|an|the|your|some|one)\b"
    r"|\bas an? (?:ai|language model|assistant)\b"
    r"|\bI (?:am|can(?:no|')t|cannot|will|would|hope|have|'m)\b|\bI['’](?:m|ll|ve)\b"
    r"|\b(?:facts?|features?|product|title|description|output|input|note|user|assistant|system|caption|headline"
    r"|post|ad|example)\s*:\s"
    r"|\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\b(?:lorem|xxx+|insert|placeholder|tbd|n/a)\b"
    r"|\*\*|__|```|^\s*(?:[-*•]|\d+[.)])\s|^#+\s|\\n"
    r"|^(?:好的|当然|以下是|这是为您|根据您)|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|希望(?:这|以上)"
    r"|如下(?:所示)?[:：]|XX+|某某|（此处|【.*?】",
    re.I | re.M,
)
_ENDS = re.compile(r"(?:[.!?。！？…~～]|#[\w·]+#?|[\U0001f300-\U0001faff☀-➿️])[\"'”’」）)]*$")


def language_flaws(text: str, language: Language, facts: Sequence[str]) -> list[Flaw]:
    """Words of another language; those that stand so in the facts (names, units) are no fault."""
    own = " ".join(facts).lower()
    foreign = [m[0] for m in _OTHER_SCRIPT.finditer(text) if m[0].lower() not in own]
    if language == "en":
        foreign += [m[0] for m in _HAN.finditer(text) if m[0] not in own]
    else:
        latin = [m[0] for m in _LATIN_WORD.finditer(text) if m[0].lower() not in own]
        han = sum(len(m[0]) for m in _HAN.finditer(text))
        if not han or sum(map(len, latin)) > han:
            foreign += latin or [text]
    name = {"en": "English", "zh": "Chinese"}[language]
    return [(word[:40], f"not {name}") for word in foreign]


def personal_data(text: str, facts: Sequence[str]) -> list[Flaw]:
    """E-mail addresses, phone and identity numbers, links and handles that the facts do not hold."""
    own = " ".join(facts)
    return [(m[0], "personal data or a link") for m in _PERSONAL.finditer(text) if m[0] not in own]


def without_personal_data(text: str) -> str:
    """The text with dots in place of e-mail addresses, phone and identity numbers, links and handles."""
    return _PERSONAL.sub("...", text)


def leftovers(text: str) -> list[Flaw]:
    """What is not copy: a model's remarks, labels, placeholders, markup, a sentence that does not end."""
    found = [(m[0].strip(), "not part of a finished text") for m in _CHAT.finditer(text)]
    if not text.strip():
        found.append(("", "empty"))
    # A headline needs no full stop; a sentence, or the facts in a row, does.
    elif not _ENDS.search(text.strip()) and len(text) > (25 if _HAN.search(text) else 60):
        found.append((text.strip()[-20:], "the last sentence does not end"))
    return found
