"""Texts into batches of token ids with little padding, whatever runs the model behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Ids = npt.NDArray[np.int64]


def kept_encoding(folder: Path) -> Encoding:
    """Of what weights.openvino_encoder.keep_reading wrote."""
    from ..weights.openvino_encoder import READING, TOKENIZER

    reading = json.loads((folder / READING).read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    return Encoding(tokenizer, longest=reading["longest"], padding=reading["padding"])


class Encoding:
    """Cuts texts into tokens and groups those of like length. Safe to call from several threads."""

    def __init__(self, tokenizer: Tokenizer, *, longest: int, padding: int) -> None:
        """`longest`: tokens of a text that the model reads, the special ones counted; the rest is cut off."""
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
        self._tokenizer = tokenizer
        self._padding = padding

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, special ones included; at least one, since no model reads nothing."""
        return [encoded.ids or [self._padding] for encoded in self._tokenizer.encode_batch_fast(list(texts))]

    def batches(
        self, rows: Sequence[Sequence[int]], most_tokens: int
    ) -> Iterator[tuple[list[int], Ids, Ids]]:
        """Groups of rows of like length, the longest first, each of at most `most_tokens` with its padding
        (one row may be more).

        Gives the rows' places, their ids and their mask; ids and mask are (texts, tokens).
        """
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        start = 0
        while start < len(order):
            width = len(rows[order[start]])
            places = order[start : start + max(1, most_tokens // width)]
            start += len(places)
            ids = np.full((len(places), width), self._padding, np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : len(rows[place])] = rows[place]
                mask[row, : len(rows[place])] = 1
            yield places, ids, mask
