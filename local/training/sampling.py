"""Candidates from a model in this process, with an adapter merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from peft import PeftModel

from model.engines import MIN_P, TOP_K
from model.engines.device import best_device, best_dtype
from model.registry import default_text
from model.weights.folder import folder
from shopwright.ports import Candidate, Message


class Sampler:
    """Draws as the model server does; each prompt with its own seed, so that one is not the other's luck.

    Args:
        source: folder, or owner/name on the hub; empty for the packaged GGUF.
        adapter: PEFT folder, or None.
        seed: with the prompts' order it decides every text.
    """

    def __init__(self, source: str, adapter: Path | None, seed: int) -> None:
        transformers.utils.logging.disable_progress_bar()
        source = source or str(folder(Path(default_text({}).source)))
        device = best_device()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=best_dtype(device))
        if adapter:
            model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
        self._model = model.to(device).eval()
        self._seed = seed

    def candidates(
        self, messages: Sequence[Message], *, n: int, max_tokens: int, temperature: float
    ) -> list[Candidate]:
        """`n` texts for one prompt, which is read once."""
        self._seed += 1
        torch.manual_seed(self._seed)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        prompt = self._tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True, enable_thinking=False
        )["input_ids"].to(self._model.device)  # (1, prompt)
        with torch.inference_mode():
            past = self._model(prompt[:, :-1], use_cache=True, logits_to_keep=1).past_key_values
            past.batch_repeat_interleave(n)
            rows = self._model.generate(
                input_ids=prompt.expand(n, -1),
                attention_mask=torch.ones_like(prompt).expand(n, -1),
                past_key_values=past,
                do_sample=True,
                temperature=temperature,
                top_k=TOP_K,
                min_p=MIN_P,
                max_new_tokens=max_tokens,
                pad_token_id=self._tokenizer.eos_token_id,
            )[:, prompt.shape[1] :].tolist()  # (n, longest)
        return [self._candidate(row) for row in rows]

    def _candidate(self, tokens: list[int]) -> Candidate:
        end = self._tokenizer.eos_token_id
        complete = end in tokens
        written = tokens[: tokens.index(end)] if complete else tokens
        return Candidate(self._tokenizer.decode(written, skip_special_tokens=True), complete)
