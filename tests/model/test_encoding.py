"""Texts grouped by length: every text once, and little padding."""

from __future__ import annotations

import random

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from model.engines.encoding import Encoding


def _encoding(longest: int = 100) -> Encoding:
    tokenizer = Tokenizer(models.WordLevel({"?": 0, "tea": 1, "pad": 9}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=50, pad_id=9)  # as some models' files ask
    return Encoding(tokenizer, longest=longest, padding=9)


def test_tokens_are_the_texts_own_and_no_more_than_the_model_reads() -> None:
    assert _encoding(3).tokens(["tea", "", "tea milk tea tea"]) == [[1], [9], [1, 0, 1]]


def test_every_row_comes_once_among_its_like() -> None:
    lengths = random.Random(1).choices(range(1, 40), k=300)
    rows = [[place % 7 + 1] * length for place, length in enumerate(lengths)]
    seen: list[int] = []
    padding = 0
    for places, ids, mask in _encoding().batches(rows, 256):
        seen += places
        assert ids.shape == mask.shape
        assert ids.size <= 256
        for row, place in enumerate(places):
            assert ids[row][mask[row] == 1].tolist() == rows[place]
            assert (ids[row][mask[row] == 0] == 9).all()
        padding += int((mask == 0).sum())
    assert sorted(seen) == list(range(300))
    assert padding < 0.05 * sum(lengths)


def test_a_row_longer_than_a_batch_goes_alone() -> None:
    batches = list(_encoding().batches([[1] * 90, [1] * 80, [1]], 64))
    assert [places for places, _, _ in batches] == [[0], [1], [2]]
    assert batches[0][1].shape == (1, 90)
    assert np.array_equal(batches[2][1], [[1]])
