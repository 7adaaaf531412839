"""What an answer of the shop's is worth, against what is known to be right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from shopwright.answers import Answer

Verdict = Literal["right", "wrong", "refused"]


def verdict(row: Mapping[str, Any], answer: Answer) -> Verdict:
    """Of a question of the sample shop: right if what it cites is of the right source and holds the answer.

    Args:
        row: of local/sample/questions.jsonl.
        answer: what the shop said.
    """
    if answer.hand_over:
        return "refused"
    cited = answer.citations[0]
    right = row["source"] == cited.source and holds(cited.quote, row["answer"])
    return "right" if right else "wrong"


def verdict_by_label(answer: Answer, answering: Iterable[str]) -> Verdict:
    """Of a question whose evidence people labelled: right if what it cites is (of) an answering text."""
    if answer.hand_over:
        return "refused"
    cited = _flat(answer.citations[0].quote)
    return "right" if any(cited in _flat(text) for text in answering) else "wrong"


def holds(text: str, parts: Sequence[str]) -> bool:
    """Whether all the parts stand in the text, however case and thousands are written."""
    return all(plain(part) in plain(text) for part in parts)


def plain(text: str) -> str:
    """Lower case, and numbers without separators of thousands."""
    return re.sub(r"(?<=\d)[, ](?=\d{3})", "", text).lower()


def _flat(text: str) -> str:
    return " ".join(text.split()).lower()
