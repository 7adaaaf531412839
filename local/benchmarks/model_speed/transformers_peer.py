"""transformers in a child process: the text-generation pipeline one chat at a time, or batches that wait.

Question: `mode` pipeline or static, `source` (a folder, or a GGUF file to convert first), `device`, `batch`,
`chats` as [turns, tokens to write]. Every answer gets exactly its number of tokens. A batch runs until its
longest answer is written; only the tokens asked for count.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from local.benchmarks.model_speed.machine import has_bf16
from local.benchmarks.model_speed.processes import asked_of_job


def folder_of(source: str) -> Path:
    """The weights as a folder that transformers reads."""
    path = Path(source)
    if path.suffix != ".gguf":
        return path
    from model.weights.folder import folder

    return folder(path)


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    found = {"pipeline": _one_at_a_time, "static": _in_batches}[asked["mode"]](asked)
    answer.write_text(json.dumps(found), encoding="utf-8")


class _Clock:
    """A streamer, as transformers calls them: notes when the tokens come."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._seen_prompt = False

    def put(self, _: Any) -> None:
        if self._seen_prompt:
            self.times.append(time.perf_counter())
        self._seen_prompt = True

    def end(self) -> None: ...


def _one_at_a_time(asked: dict[str, Any]) -> dict[str, Any]:
    from transformers import pipeline

    pipe = pipeline("text-generation", model=str(folder_of(asked["source"])), device=asked["device"])
    pipe(asked["chats"][0][0], max_new_tokens=2, do_sample=False)
    ttft, per_token, began = [], [], time.perf_counter()
    for turns, tokens in asked["chats"]:
        clock, start = _Clock(), time.perf_counter()
        pipe(turns, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, streamer=clock)
        assert len(clock.times) == tokens, f"{len(clock.times)} tokens, not {tokens}"
        ttft.append(clock.times[0] - start)
        if tokens > 1:
            per_token.append((clock.times[-1] - clock.times[0]) / (tokens - 1))
    seconds = time.perf_counter() - began
    return _found(asked, seconds, pipe.model.dtype, ttft, per_token)


def _in_batches(asked: dict[str, Any]) -> dict[str, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, size = folder_of(asked["source"]), asked["batch"]
    dtype = torch.bfloat16 if asked["device"] == "cuda" or has_bf16() else torch.float32
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to(asked["device"]).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token

    def write(chats: list[Any], tokens: int) -> None:
        batch = tokenizer.apply_chat_template(
            [turns for turns, _ in chats],
            add_generation_prompt=True, padding=True, return_dict=True, return_tensors="pt",
        ).to(asked["device"])  # fmt: skip
        with torch.inference_mode():
            made = model.generate(**batch, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        assert made.shape[1] == batch["input_ids"].shape[1] + tokens

    write(asked["chats"][:size], 2)
    began = time.perf_counter()
    for start in range(0, len(asked["chats"]), size):
        chats = asked["chats"][start : start + size]
        write(chats, max(tokens for _, tokens in chats))
    return _found(asked, time.perf_counter() - began, dtype)


def _found(
    asked: dict[str, Any], seconds: float, dtype: Any, ttft: list[float] | None = None,
    per_token: list[float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    tokens = sum(tokens for _, tokens in asked["chats"])
    return {
        "requests": len(asked["chats"]),
        "failed": 0,
        "seconds": seconds,
        "tokens": tokens,
        "tokens_per_s": tokens / seconds,
        "requests_per_s": len(asked["chats"]) / seconds,
        "ttft": ttft or [],
        "per_token": per_token or [],
        "dtype": str(dtype).removeprefix("torch."),
    }


if __name__ == "__main__":
    main()
