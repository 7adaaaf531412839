"""What a customer wants done, told from the vector of what they wrote; pure.

27 intents that the shop app may act on (named as in Bitext's customer service set), and `other`: questions
that the shop's facts answer. One linear layer over the sentence embedding (local/training/intents.py); its
weights mean nothing for vectors of another model than they were trained on.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Sequence
from functools import cache
from importlib import resources
from operator import mul
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Route = Literal["facts", "form", "person"]

OTHER = "other"
SURE = 0.8  # below, nothing is said of the intent
_FORMS = frozenset(
    {
        "cancel_order",
        "change_order",
        "change_shipping_address",
        "check_invoice",
        "create_account",
        "delete_account",
        "edit_account",
        "get_invoice",
        "get_refund",
        "newsletter_subscription",
        "recover_password",
        "review",
        "set_up_shipping_address",
        "switch_account",
        "track_order",
        "track_refund",
    }
)
_PERSONS = frozenset({"complaint", "contact_human_agent", "payment_issue", "registration_problems"})


class Intent(BaseModel):
    """One of the 27, and how likely it is."""

    model_config = ConfigDict(frozen=True)

    name: str
    probability: float = Field(ge=0, le=1)

    @property
    def route(self) -> Route:
        """Who does it: the shop's facts answer, the customer fills in a form, or a person has to help."""
        return "form" if self.name in _FORMS else "person" if self.name in _PERSONS else "facts"


def intent(vector: Sequence[float], model: str) -> Intent | None:
    """What is wanted; None where that is not clear, where facts may answer, or for another model's vector.

    Args:
        vector: of the customer's words, embedded as a query; of length 1.
        model: the embedding model's id.
    """
    trained = _trained()
    if trained is None or trained.model != model or len(vector) != len(trained.weights[0]):
        return None
    scores = [
        bias + sum(map(mul, row, vector)) for row, bias in zip(trained.weights, trained.biases, strict=True)
    ]
    most = max(scores)
    probability = 1 / sum(math.exp(score - most) for score in scores)
    name = trained.names[scores.index(most)]
    return (
        Intent(name=name, probability=round(probability, 3))
        if probability >= SURE and name != OTHER
        else None
    )


class _Trained:
    def __init__(self, document: dict[str, object]) -> None:
        self.model = str(document["model"])
        self.names = [str(name) for name in document["names"]]  # type: ignore[attr-defined]
        numbers = _halves(str(document["weights"]))
        width = len(numbers) // len(self.names)
        rows = [numbers[start : start + width] for start in range(0, len(numbers), width)]
        self.weights, self.biases = [row[:-1] for row in rows], [row[-1] for row in rows]


def _halves(encoded: str) -> tuple[float, ...]:
    raw = base64.b64decode(encoded)
    return struct.unpack(f"<{len(raw) // 2}e", raw)


@cache
def _trained() -> _Trained | None:
    file = resources.files(__package__) / "intents.json"
    return _Trained(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
