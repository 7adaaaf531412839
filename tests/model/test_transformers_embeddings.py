"""The real MiniLM in PyTorch, as a GPU would run it."""

from __future__ import annotations

import math

import pytest

from model.engines.transformers_embeddings import TransformersEmbeddings
from model.registry import MINILM, NotConfigured, default_embedding


@pytest.fixture(scope="module")
def minilm() -> TransformersEmbeddings:
    try:
        chosen = default_embedding({"EMBEDDING_ID": MINILM})
    except NotConfigured as error:
        pytest.skip(str(error))
    return TransformersEmbeddings(chosen.source)


def _cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_minilm_finds_by_meaning(minilm: TransformersEmbeddings) -> None:
    query, near, far = minilm.embed(
        [
            "how do I send something back",
            "Returns are free within 30 days.",
            "The kettle boils in three minutes.",
        ]
    ).rows
    assert minilm.dimensions == len(query) == 384
    assert math.isclose(math.hypot(*query), 1, abs_tol=1e-3)
    assert _cosine(query, near) > _cosine(query, far)


def test_order_and_company_do_not_change_a_vector(minilm: TransformersEmbeddings) -> None:
    texts = [f"{'long ' * ((40 - i) % 8)}text {i}" for i in range(40)]
    together = minilm.embed(texts)
    for i in (0, 17, 39):
        alone = minilm.embed([texts[i]])
        assert _cosine(together.rows[i], alone.rows[0]) > 0.99
    assert together.tokens == [minilm.embed([text]).tokens[0] for text in texts]


def test_a_text_longer_than_the_model_reads_is_cut(minilm: TransformersEmbeddings) -> None:
    assert minilm.embed(["word " * 2000]).tokens == [256]
