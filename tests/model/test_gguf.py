"""The packaged GGUF for OpenVINO, with and without an adapter, against transformers on the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model.engines import Sampling
from model.engines.openvino_text import OpenVINOBatch
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


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    with pytest.raises(ValueError, match=r"broken\.gguf: not a whole GGUF file"):
        requantised(tmp_path / "broken.gguf")
