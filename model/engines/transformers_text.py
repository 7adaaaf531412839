"""Any causal language model that transformers loads: a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import Any

from . import (
    MIN_P,
    TOP_K,
    Candidate,
    Completion,
    Message,
    RequestRefused,
    Sampling,
    context_exceeded,
    control_tokens_refused,
    greedy_once,
)


class TransformersText:
    """Implements engines.TextEngine. The candidates of one request are one batch; requests take turns."""

    concurrency = 1

    def __init__(self, source: str) -> None:
        """Loads weights and tokenizer. Raises OSError if absent, ValueError without a chat template."""
        import transformers

        from .device import best_device, best_dtype

        transformers.utils.logging.disable_progress_bar()
        self._device = best_device()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        if not self._tokenizer.chat_template:
            raise ValueError("its tokenizer has no chat template")
        model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=best_dtype(self._device))
        self._model = model.to(self._device).eval()
        self._model.generation_config = self._generation_config(transformers)
        self.context = int(model.config.get_text_config().max_position_embeddings)
        self._controls = frozenset(self._tokenizer.all_special_ids)
        # generate() draws from PyTorch's one global random state.
        self._alone = threading.Lock()

    def _generation_config(self, transformers: Any) -> Any:
        """Only what says where a text ends: a checkpoint's own sampling habits are not the request's."""
        own = self._model.generation_config
        ends = own.eos_token_id if own.eos_token_id is not None else self._tokenizer.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [ends])
        pad = self._tokenizer.pad_token_id
        return transformers.GenerationConfig(
            bos_token_id=own.bos_token_id,
            eos_token_id=ends,
            pad_token_id=pad if pad is not None else min(self._ends),
        )

    def generate(
        self, messages: Sequence[Message], *, n: int, max_tokens: int, sampling: Sampling
    ) -> Completion:
        """See engines.TextEngine."""
        import torch

        prompt = self._prompt(messages)
        if len(prompt) + max_tokens > self.context:
            raise context_exceeded(len(prompt), max_tokens, self.context)
        made = greedy_once(n, sampling)
        options: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            options = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": TOP_K,
                "min_p": MIN_P,
            }
        if sampling.stop:
            options |= {"stop_strings": list(sampling.stop), "tokenizer": self._tokenizer}
        inputs = torch.tensor([prompt], device=self._device)  # (1, prompt)
        with self._alone, torch.inference_mode():
            torch.manual_seed(sampling.seed if sampling.seed is not None else random.getrandbits(63))
            rows = self._model.generate(
                input_ids=inputs,
                attention_mask=torch.ones_like(inputs),
                max_new_tokens=max_tokens,
                num_return_sequences=made,
                **options,
            )  # (made, prompt + longest)
        candidates = [self._candidate(row, max_tokens, sampling) for row in rows[:, len(prompt) :].tolist()]
        return Completion(len(prompt), candidates if made == n else candidates * n)

    def _candidate(self, tokens: list[int], max_tokens: int, sampling: Sampling) -> Candidate:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        written = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(written, skip_special_tokens=True)
        cuts = [place for stop in sampling.stop if (place := text.find(stop)) >= 0]
        if cuts:
            text = text[: min(cuts)]
        finished = end is not None or bool(cuts)
        count = len(written) + (end is not None)
        return Candidate(text, "stop" if finished else "length", count)

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        for position, message in enumerate(messages):
            tokens = self._tokenizer(message.content, add_special_tokens=False)["input_ids"]
            if not self._controls.isdisjoint(tokens):
                raise control_tokens_refused(position)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            encoded = self._tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, return_dict=True, enable_thinking=False
            )
        except Exception as error:  # the template is code of the model's own: whatever it raises, it said no
            raise RequestRefused(
                f"the model's chat template takes no such messages ({type(error).__name__})", "messages"
            ) from None
        prompt: list[int] = encoded["input_ids"]
        return prompt
