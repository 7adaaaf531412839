"""A question and the page that may answer it, as the texts and the arrays that the network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

QUESTION, TITLE, SENTENCE, NOTHING = range(4)  # what a token is part of; NOTHING: it fills a row up


@dataclass(frozen=True)
class Page:
    """A question and the sentences, under one title, of which each may answer it."""

    question: str
    title: str
    sentences: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """What the encoder reads: the question, the title, each sentence after its title."""
        above = f"passage: {self.title}"
        return [f"query: {self.question}", above, *(f"{above}: {text}" for text in self.sentences)]


@dataclass(frozen=True)
class Arrays:
    """Pages as rows of tokens, filled up to the longest row, and to the most sentences."""

    states: Floats  # (pages, tokens, width)
    parts: Integers  # (pages, tokens): of QUESTION, TITLE, SENTENCE, NOTHING
    spans: Floats  # (pages, sentences, tokens): 1 / the sentence's tokens at each of them, 0 elsewhere


def arrays(pages: Sequence[Sequence[Floats]]) -> Arrays:
    """Pages side by side.

    Args:
        pages: of each the states, (tokens, width), of its question, its title and its sentences, in the order
            of `Page.texts`; of a sentence's text those of the sentence alone.
    """
    rows = [np.concatenate(page) for page in pages]
    longest = max(len(row) for row in rows)
    most = max(len(page) for page in pages) - 2
    states = np.zeros((len(pages), longest, rows[0].shape[1]), np.float32)
    parts = np.full((len(pages), longest), NOTHING, np.int64)
    spans = np.zeros((len(pages), most, longest), np.float32)
    for at, (page, row) in enumerate(zip(pages, rows, strict=True)):
        states[at, : len(row)] = row
        start = 0
        for number, text in enumerate(page):
            end = start + len(text)
            parts[at, start:end] = min(number, SENTENCE)
            if number >= SENTENCE:
                spans[at, number - SENTENCE, start:end] = 1 / max(1, len(text))
            start = end
    return Arrays(states, parts, spans)
