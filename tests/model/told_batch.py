"""A batch that travels to a process of its own and does there what the prompts say."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.engines import Sampling, Step

RAISE, EXHAUST, ENDLESS = -1, -2, -3  # the first token of a prompt


@dataclass
class _Sequence:
    prompt: list[int]
    left: int
    seed: int
    added: int


class ToldBatch:
    """Every token tells: [the sequence's seed, steps that were done when it came, process]."""

    def __init__(self, fails: str = "", unless: str = "") -> None:
        """`fails`: why it cannot be made, once there is a file `unless` (at once if that is not given)."""
        if fails and (not unless or Path(unless).exists()):
            raise OSError(fails)
        self._sequences: dict[int, _Sequence] = {}
        self._steps = 0

    def add(self, key: int, prompt: Sequence[int], max_tokens: int, sampling: Sampling) -> None:
        assert sampling.seed is not None
        self._sequences[key] = _Sequence(list(prompt), max_tokens, sampling.seed, self._steps)

    def cancel(self, key: int) -> None:
        self._sequences.pop(key, None)

    def step(self) -> dict[int, Step]:
        time.sleep(0.002)
        self._steps += 1
        told = {}
        for key, sequence in list(self._sequences.items()):
            if sequence.prompt[0] == RAISE:
                raise ValueError("where is my parcel")
            if sequence.prompt[0] == EXHAUST:
                raise MemoryError
            sequence.left -= sequence.prompt[0] != ENDLESS
            ended = sequence.left == 0
            if ended:
                del self._sequences[key]
            tokens = [sequence.seed, sequence.added, os.getpid()]
            told[key] = Step(tokens, [0.0] * 3, "length" if ended else None)
        return told
