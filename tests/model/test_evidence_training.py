"""The training of what finds evidence, on pages so plain that a small network learns them at once."""

from __future__ import annotations

import numpy as np

from model.evidence.network import load, save
from model.evidence.pages import Floats
from model.evidence.train import Asked, learned, worth


def _states(seed: int, tokens: int) -> Floats:
    made: Floats = np.random.default_rng(seed).normal(size=(tokens, 3 * 384)).astype(np.float32)
    return made


def _asked(number: int, *, answerable: bool) -> Asked:
    """The sentence that answers says the question again."""
    question = _states(number, 3)
    others = [_states(1_000 * number + at, 3) for at in range(1, 4)]
    place = number % 4
    answer = question if answerable else _states(1_000 * number, 3)
    sentences = [*others[:place], answer, *others[place:]]
    return Asked(question, _states(7, 2), sentences, frozenset({place} if answerable else ()))


def test_it_learns_which_sentence_answers_and_that_none_does(tmp_path) -> None:
    told: list[str] = []
    train = [_asked(number, answerable=number % 3 > 0) for number in range(1, 160)]
    test = [_asked(number, answerable=number % 3 > 0) for number in range(200, 260)]
    network = learned(train, 4, 1e-3, 1, told.append, test)
    told_of = worth(network, test)
    assert (told_of.questions, told_of.first > 0.9, told_of.auc > 0.9) == (60, True, True)
    assert len(told) == 4
    save(network, tmp_path)
    again = worth(load(tmp_path), test)
    assert abs(again.auc - told_of.auc) < 0.02


def test_the_same_seed_gives_the_same_network() -> None:
    train = [_asked(number, answerable=number % 2 > 0) for number in range(1, 33)]
    first, second = (worth(learned(train, 1, 1e-3, 5, lambda _: None, train), train) for _ in range(2))
    assert first == second
