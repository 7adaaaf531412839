"""The packaged GGUF for OpenVINO, with and without an adapter, against transformers on the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.engines import Sampling
from model.engines.openvino_text import OpenVINOBatch
from model.registry import default_text
from model.weights import gguf_file
from model.weights.folder import folder
from model.weights.gguf import requantised
from model.weights.gguf_tokenizer import tokenizer

GGUF = Path(default_text({}).source)
ADAPTER = Path(__file__).parents[2] / "model/adapters/shop-copy-en"
PROMPTS = [
    "List three uses of a ceramic mug.",
    "Write a product description for a steel bottle of 500 ml.",
    "Why is the sky blue?",
    "Describe a warm wool scarf in two sentences.",
    "How do I wash a cotton shirt?",
]
TOKENS = 24


def _prompts() -> list[list[int]]:
    from tokenizers import Tokenizer

    read = Tokenizer.from_file(str(tokenizer(GGUF) / "tokenizer.json"))
    turn = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    return [read.encode(turn.format(prompt)).ids for prompt in PROMPTS]


def _written(adapter: Path | None) -> list[tuple[list[int], list[float]]]:
    """For each prompt the greedy tokens, and how likely the engine found each."""
    batch = OpenVINOBatch(requantised(GGUF, adapter), sequences=8, cache_tokens=2048)
    for key, prompt in enumerate(_prompts()):
        batch.add(key, prompt, TOKENS, Sampling(temperature=0, seed=1, logprobs=True))
    texts: list[tuple[list[int], list[float]]] = [([], []) for _ in PROMPTS]
    left = set(range(len(PROMPTS)))
    while left:
        for key, step in batch.step().items():
            texts[key][0].extend(step.tokens)
            texts[key][1].extend(step.logprobs)
            left -= {key} if step.finish_reason else set()
    return texts


def _likelihood(adapter: Path | None, written: list[tuple[list[int], list[float]]]) -> list[list[float]]:
    """How likely transformers finds the same tokens after the same prompts, in 32 bits."""
    import torch
    import transformers

    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder(GGUF), dtype=torch.float32)
    if adapter:
        import peft

        model = peft.PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    found = []
    with torch.inference_mode():
        for prompt, (tokens, _) in zip(_prompts(), written, strict=True):
            logits = model(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1]
            chosen = torch.log_softmax(logits, -1).gather(1, torch.tensor(tokens).unsqueeze(1))
            found.append(chosen.squeeze(1).tolist())
    return found


def _apart(written: list[tuple[list[int], list[float]]], found: list[list[float]]) -> float:
    """Mean distance of the two log probabilities, in nats a token."""
    distances = [
        abs(ours - theirs)
        for (_, ours_all), theirs_all in zip(written, found, strict=True)
        for ours, theirs in zip(ours_all, theirs_all, strict=True)
    ]
    return sum(distances) / len(distances)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_openvino_finds_as_likely_what_transformers_does() -> None:
    base, adapted = _written(None), _written(ADAPTER)
    assert [tokens for tokens, _ in base] != [tokens for tokens, _ in adapted]
    # What 8 bits and bfloat16 round away.
    assert _apart(base, _likelihood(None, base)) < 0.1
    assert _apart(adapted, _likelihood(ADAPTER, adapted)) < 0.1
    # The adapter's own share is several times that.
    assert _apart(adapted, _likelihood(None, adapted)) > 0.3


def test_an_adapter_is_refused_by_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"adapter_config\.json is missing"):
        requantised(GGUF, tmp_path)
    settings = json.loads((ADAPTER / "adapter_config.json").read_text())
    (tmp_path / "adapter_model.safetensors").write_bytes((ADAPTER / "adapter_model.safetensors").read_bytes())
    for key, value in {"use_dora": True, "modules_to_save": ["lm_head"], "bias": "all"}.items():
        (tmp_path / "adapter_config.json").write_text(json.dumps({**settings, key: value}))
        with pytest.raises(ValueError, match=f"{key}.* not supported"):
            requantised(GGUF, tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({**settings, "r": 4}))
    with pytest.raises(ValueError, match="does not fit rank 4"):
        requantised(GGUF, tmp_path)


def _small(path: Path, *, whole: bool) -> Path:
    """A llama of one matrix, in Q8_0 (`whole`) or in Q4_1 with a row that 32 does not divide."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.name", "Small, 小")
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    writer.add_array("tokenizer.ggml.tokens", ["a", "é"])
    writer.add_array("tokenizer.ggml.token_type", [1, 3])
    writer.add_custom_alignment(64)
    values = np.linspace(-1, 1, 4 * 64, dtype=np.float32).reshape(4, 64)
    kind = gguf.GGMLQuantizationType.Q8_0 if whole else gguf.GGMLQuantizationType.Q4_1
    writer.add_tensor("blk.0.attn_v.weight", gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.add_tensor("output_norm.weight", np.arange(5, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_what_is_made_says_and_holds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gguf

    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    source = gguf_file.opened(_small(tmp_path / "small.gguf", whole=False))
    made = gguf_file.opened(requantised(tmp_path / "small.gguf"))
    said, given = gguf_file.fields(made), gguf_file.fields(source)
    assert said.pop("general.file_type") == gguf.LlamaFileType.MOSTLY_Q8_0
    assert given.pop("general.alignment") == 64
    assert {key: value for key, value in said.items() if not key.startswith("GGUF.")} == {
        key: value for key, value in given.items() if not key.startswith("GGUF.")
    }
    types = gguf.GGMLQuantizationType
    assert [tensor.tensor_type for tensor in made.tensors] == [types.Q8_0, types.F32]
    for ours, theirs in zip(made.tensors, source.tensors, strict=True):
        assert (ours.name, ours.shape.tolist()) == (theirs.name, theirs.shape.tolist())
        values = [gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in (ours, theirs)]
        np.testing.assert_allclose(*values, atol=0.005)


def test_a_file_that_openvino_reads_rightly_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    whole = _small(tmp_path / "whole.gguf", whole=True)
    assert requantised(whole).resolve() == whole


def test_a_start_reads_no_gguf_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [requantised(GGUF), requantised(GGUF, ADAPTER), tokenizer(GGUF)]
    monkeypatch.setattr("gguf.GGUFReader", None)
    assert [requantised(GGUF), requantised(GGUF, ADAPTER), tokenizer(GGUF)] == made


@pytest.mark.parametrize("length", [0, 4, 30, 200, 500, -1])
def test_what_is_no_whole_gguf_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    whole = _small(tmp_path / "whole.gguf", whole=False).read_bytes()
    (tmp_path / "broken.gguf").write_bytes(whole[: length if length >= 0 else -60])
    for read in (requantised, tokenizer, folder):
        with pytest.raises(ValueError, match=r"broken\.gguf: not a whole GGUF file"):
            read(tmp_path / "broken.gguf")
