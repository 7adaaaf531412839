"""How much of the model one customer may use in a minute."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from .errors import TooManyRequests
from .ports import Allowances, Candidate, Embedded, LanguageModel, Message

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def tokens_in(text: str) -> int:
    """About how many tokens a text is: a Chinese character is one, of other text four characters are."""
    chinese = len(_CHINESE.findall(text))
    return chinese + (len(text) - chinese + 3) // 4


class Meter:
    """Counts what customers use.

    Args:
        allowances: where it is counted.
        per_minute: tokens that one customer may use in a minute, read and written together.
    """

    def __init__(self, allowances: Allowances, per_minute: int) -> None:
        self._allowances = allowances
        self._per_minute = per_minute

    def spend(self, customer_id: str, tokens: int, now: datetime) -> None:
        """Take so many from what is left of this minute.

        Raises:
            TooManyRequests: there is not enough left; it was not taken.
        """
        if not self._allowances.spend(customer_id, tokens, self._per_minute, now):
            raise TooManyRequests(
                f"{self._per_minute} tokens a minute are a customer's; try again in the next", 60 - now.second
            )

    def metered(self, model: LanguageModel, customer_id: str | None, now: datetime) -> LanguageModel:
        """The model as this customer may use it; without limit for nobody in particular."""
        return _Metered(model, self, customer_id, now) if customer_id else model


class _Metered:
    """Implements ports.LanguageModel. What the shop's own texts cost is nobody's in particular."""

    def __init__(self, model: LanguageModel, meter: Meter, customer_id: str, now: datetime) -> None:
        self._model = model
        self._meter = meter
        self._customer_id = customer_id
        self._now = now

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_tokens: int = 128,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> list[Candidate]:
        """See ports.LanguageModel."""
        read = sum(tokens_in(message.content) for message in messages)
        self._meter.spend(self._customer_id, read + n * max_tokens, self._now)
        return self._model.generate(messages, n=n, max_tokens=max_tokens, temperature=temperature, seed=seed)

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel."""
        self._meter.spend(self._customer_id, sum(map(tokens_in, texts)), self._now)
        return self._model.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel."""
        return self._model.embed_passages(texts)
