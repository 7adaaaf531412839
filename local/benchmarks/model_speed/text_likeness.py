"""Whether engines write the same text, in a child process: held against transformers in 32-bit floats.

Question: `source`, `tokens`, `chats` as turns, `texts` as {engine: [text, ...]}, all written greedily.

One near tie decided otherwise changes all that follows, so two numbers are given for each engine:
`same_start`, the share of the reference's tokens before the first that differs, and `same_choice`, the share
of the engine's own tokens that the reference would have chosen after the tokens before them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from local.benchmarks.model_speed.processes import asked_of_job
from local.benchmarks.model_speed.transformers_peer import folder_of


def same_start(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of equal tokens before the first difference, of the longer one's; 1 of two empty ones."""
    longest = max(len(one), len(other))
    if not longest:
        return 1.0
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place / longest
    return min(len(one), len(other)) / longest


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = folder_of(asked["source"])
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    starts: dict[str, list[float]] = {engine: [] for engine in asked["texts"]}
    chosen: dict[str, list[int]] = {engine: [0, 0] for engine in asked["texts"]}
    for number, turns in enumerate(asked["chats"]):
        prompt = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )["input_ids"]
        with torch.inference_mode():
            made = model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=asked["tokens"],
                do_sample=False,
            )
        text = tokenizer.decode(made[0, prompt.shape[1] :], skip_special_tokens=True)
        reference = _tokens(tokenizer, text)
        for engine, texts in asked["texts"].items():
            own = _tokens(tokenizer, texts[number])
            starts[engine].append(same_start(reference, own))
            agreed, of = _choices(torch, model, prompt, own)
            chosen[engine][0] += agreed
            chosen[engine][1] += of
    found = {
        engine: {
            "same_start": sum(starts[engine]) / len(starts[engine]),
            "identical": sum(share == 1.0 for share in starts[engine]),
            "texts": len(starts[engine]),
            "same_choice": chosen[engine][0] / max(1, chosen[engine][1]),
            "tokens": chosen[engine][1],
        }
        for engine in asked["texts"]
    }
    answer.write_text(json.dumps({"engines": found}), encoding="utf-8")


def _tokens(tokenizer: Any, text: str) -> list[int]:
    tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return tokens


def _choices(torch: Any, model: Any, prompt: Any, own: list[int]) -> tuple[int, int]:
    """How many of `own` the model puts first, and of how many."""
    if not own:
        return 0, 0
    with torch.inference_mode():
        scores = model(torch.cat([prompt, torch.tensor([own])], dim=1)).logits[0]
    first = scores[prompt.shape[1] - 1 : -1].argmax(-1).tolist()
    return sum(left == right for left, right in zip(first, own, strict=True)), len(own)


if __name__ == "__main__":
    main()
