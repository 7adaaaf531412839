"""The packaged GGUF for OpenVINO, with and without an adapter, against transformers on the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model.registry import default_text
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
TOKENS = 12
# Without this it computes in bfloat16 and rounds activations to eight bits where the processor can.
EXACT = {
    "INFERENCE_PRECISION_HINT": "f32",
    "KV_CACHE_PRECISION": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0",
}


def _prompts() -> list[list[int]]:
    from tokenizers import Tokenizer

    read = Tokenizer.from_file(str(tokenizer(GGUF) / "tokenizer.json"))
    turn = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    return [read.encode(turn.format(prompt)).ids for prompt in PROMPTS]


def _openvino(weights: Path) -> list[list[int]]:
    import numpy as np
    import openvino
    import openvino_genai

    pipeline = openvino_genai.LLMPipeline(str(weights), "CPU", **EXACT)
    given = [openvino.Tensor(np.array([ids], dtype=np.int64)) for ids in _prompts()]
    return [list(pipeline.generate(ids, max_new_tokens=TOKENS).tokens[0]) for ids in given]


def _transformers(adapter: Path | None) -> list[list[int]]:
    import torch
    import transformers

    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder(GGUF), dtype=torch.float32)
    if adapter:
        import peft

        model = peft.PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    texts = []
    for ids in _prompts():
        given = torch.tensor([ids])
        written = model.generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=TOKENS, do_sample=False
        )
        texts.append(written[0, len(ids) :].tolist())
    return texts


@pytest.mark.parametrize("adapter", [None, ADAPTER], ids=["base", "adapter"])
def test_openvino_writes_what_transformers_writes(adapter: Path | None) -> None:
    ours, theirs = _openvino(requantised(GGUF, adapter)), _transformers(adapter)
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    assert same >= 4, f"{same} of {len(PROMPTS)}: {ours} and {theirs}"


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


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    with pytest.raises(ValueError, match=r"broken\.gguf: not a whole GGUF file"):
        requantised(tmp_path / "broken.gguf")
