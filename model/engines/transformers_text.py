"""Any causal language model that transformers loads: a folder, or a name on the Hugging Face hub.

Sequences are written by transformers' own continuous batching: a paged key-value cache, prompts read in
pieces between the others' tokens, and on a GPU flash attention and CUDA graphs where they are to be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import torch
import transformers
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessorList,
)

from . import Sampling, Step
from .device import best_device, best_dtype
from .json_grammar import JSONGrammars
from .token_choice import TokenChoice, Written

# Flash attention reads pages of 256 tokens. Elsewhere small ones cost nothing, and share shorter beginnings.
_PAGE_OF_FLASH, _PAGE = 256, 32
# Tokens read or written in one step: a long prompt is read in pieces, between the others' tokens.
_STEP_TOKENS_OF_GPU, _STEP_TOKENS = 2048, 256


class TransformersBatch:
    """Implements engines.Batch.

    Prompts that begin alike share the pages of the cache that hold the beginning. transformers drives its
    batch from a thread of its own; here each step is a call, so that an error is an exception of `step` and
    a token's log probability is read where it was computed.
    """

    def __init__(self, source: str, *, sequences: int, cache_tokens: int, adapter: str | None = None) -> None:
        """Loads weights and tokenizer. Raises OSError if absent, ValueError if they do not fit together.

        Args:
            source: the model's folder or its name on the hub.
            sequences: that run at once; others wait their turn.
            cache_tokens: what the key-value cache holds, of all sequences together.
            adapter: a PEFT folder, merged into the weights.
        """
        transformers.utils.logging.disable_progress_bar()
        device = best_device()
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=best_dtype(device))
        if adapter is not None:
            import peft

            model = peft.PeftModel.from_pretrained(model, adapter).merge_and_unload()
        self._model = model.to(device).eval()
        self._device = device
        self._ends = _end_tokens(model, tokenizer)
        vocabulary = int(model.config.get_text_config().vocab_size)
        self._grammars = JSONGrammars(tokenizer, vocabulary, self._ends)
        self._choice = TokenChoice(sequences, vocabulary, self._grammars, device)
        self._manager = self._managed(sequences, cache_tokens)
        self._manager.warmup()
        self._batch = self._manager.batch_processor
        self._requests: dict[int, str] = {}  # the caller's key -> transformers' id
        self._added = 0

    def _managed(self, sequences: int, cache_tokens: int) -> Any:
        on_gpu = self._device.type == "cuda"
        page = _PAGE_OF_FLASH if on_gpu else _PAGE
        manager = self._model.init_continuous_batching(
            transformers.GenerationConfig(do_sample=False, eos_token_id=sorted(self._ends)),
            transformers.ContinuousBatchingConfig(
                page_size=page,
                # A sequence's last page is only partly its own: `sequences` of them come on top.
                num_blocks=-(-cache_tokens // page) + sequences,
                max_batch_tokens=max(sequences, _STEP_TOKENS_OF_GPU if on_gpu else _STEP_TOKENS),
                max_requests_per_batch=sequences,
                # Who enters has been counted before: pages need not be kept free.
                safety_margin=0.0,
                # The next step's grammar and draws need this one's tokens.
                use_async_batching=False,
                allow_block_sharing=True,
            ),
        )
        processors = ContinuousBatchingLogitsProcessorList(transformers.LogitsProcessorList([self._choice]))
        processors.tensors_required = 1
        manager.logit_processor = processors
        return manager

    def add(self, key: int, prompt: Sequence[int], max_tokens: int, sampling: Sampling) -> None:
        """See engines.Batch. Raises ValueError if the schema is not one."""
        grammar = None if sampling.schema is None else self._grammars.matching(sampling.schema)
        request = str(self._added)
        self._added += 1
        self._choice.sequences[request] = Written(key, max_tokens, sampling, Random(sampling.seed), grammar)  # noqa: S311
        self._requests[key] = request
        self._manager.add_request(list(prompt), request_id=request, max_new_tokens=max_tokens)

    def cancel(self, key: int) -> None:
        """See engines.Batch."""
        request = self._requests.pop(key, None)
        if request is not None:
            del self._choice.sequences[request]
            self._manager.cancel_request(request)

    def step(self) -> dict[int, Step]:
        """See engines.Batch."""
        if not self._batch.prepare_next_batch():
            self._raise_failures()
            if self._requests:
                raise RuntimeError("nothing could be scheduled, and sequences are waiting")
            return {}
        if self._device.type == "cuda":
            # What the batch was prepared with was copied on another stream than it is computed on.
            torch.cuda.current_stream().synchronize()
        self._batch._generation_step(self._model)
        self._batch.update_batch()
        self._raise_failures()
        return {
            sequence.key: self._step(sequence, token, logprob)
            for sequence, token, logprob in self._choice.chosen()
        }

    def _step(self, sequence: Written, token: int, logprob: float) -> Step:
        sequence.count += 1
        if token in self._ends:
            # A grammar beyond llguidance's limits allows only the end, and the text is not whole.
            whole = sequence.grammar is None or not sequence.grammar.is_error()
            return self._last(sequence, Step([token], [logprob], "stop" if whole else "length"))
        if sequence.count >= sequence.max_tokens:
            return self._last(sequence, Step([token], [logprob], "length"))
        if sequence.grammar is not None:
            sequence.grammar.consume_token(token)
        return Step([token], [logprob])

    def _last(self, sequence: Written, step: Step) -> Step:
        del self._choice.sequences[self._requests.pop(sequence.key)]
        return step

    def _raise_failures(self) -> None:
        """Whole sequences come out here too; only those that failed say something new."""
        while (output := self._manager.get_result(timeout=0)) is not None:
            if output.error is not None:
                raise RuntimeError(output.error)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """What ends a text, by the checkpoint's generation config, or else by its tokenizer."""
    ends = model.generation_config.eos_token_id
    if ends is None:
        ends = tokenizer.eos_token_id
    if ends is None:
        raise ValueError("neither its generation config nor its tokenizer names an end token")
    return frozenset([ends] if isinstance(ends, int) else ends)
