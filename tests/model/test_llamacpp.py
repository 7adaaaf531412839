"""The llama.cpp engine on the packaged weights, with little room."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.engines import Completion, Message, RequestRefused, Sampling
from model.engines.llamacpp import LlamaCppText
from model.registry import default_text


@pytest.fixture(scope="module")
def engine() -> LlamaCppText:
    return LlamaCppText(Path(default_text({}).source), context=256)


def _write(engine: LlamaCppText, subject: str, n: int, seed: int | None = None) -> Completion:
    messages = [Message("user", f"Write about {subject} and {subject}.")]
    return engine.generate(messages, n=n, max_tokens=4, sampling=Sampling(seed=seed))


def test_more_than_fits_waits_for_its_turn(engine: LlamaCppText) -> None:
    subjects = ["tea", "kettles", "phones", "lamps", "chairs", "shoes", "books", "bags"]
    with ThreadPoolExecutor(8) as callers:
        asked = [
            callers.submit(_write, engine, subject, 1 + 7 * (i % 2), i) for i, subject in enumerate(subjects)
        ]
        counts = [len(one.result().candidates) for one in asked]
    assert counts == [1, 8] * 4
    # What earlier prompts left in the cache makes room for the next.
    assert len(_write(engine, "tables", 16).candidates) == 16


def test_the_context_is_the_one_it_was_given(engine: LlamaCppText) -> None:
    assert engine.context == 256
    with pytest.raises(RequestRefused, match="256"):
        engine.generate([Message("user", "hello")], n=16, max_tokens=16, sampling=Sampling())


def test_every_candidate_has_its_own_count(engine: LlamaCppText) -> None:
    completion = _write(engine, "tea", 3)
    assert all(1 <= candidate.tokens <= 4 for candidate in completion.candidates)
    assert all(
        candidate.tokens == 4 for candidate in completion.candidates if candidate.finish_reason == "length"
    )
