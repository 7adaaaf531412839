"""GGUF weights on a processor in OpenVINO: continuous batching with a paged, prefix-sharing cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import MIN_P, TOP_K, FinishReason, Sampling, Step
from .openvino_device import has_bfloat16

_BLOCK = 32  # tokens in a block of the key-value cache: OpenVINO's own, on a processor
_STEP_TOKENS = 256  # read or written in one step: a long prompt is read in pieces, between the others' tokens


class OpenVINOBatch:
    """Implements engines.Batch.

    Prompts that begin alike share the blocks of the cache that hold the beginning.
    """

    def __init__(self, weights: Path, *, sequences: int, cache_tokens: int) -> None:
        """Loads the file. Raises RuntimeError if OpenVINO cannot.

        Args:
            weights: a .gguf file of a llama or Qwen model, in F16 or Q8_0.
            sequences: that run at once. The caller sees to it: where prompts are read in pieces, OpenVINO
                does not keep to this.
            cache_tokens: what the key-value cache holds, of all sequences together.
        """
        import openvino
        import openvino_genai

        self._openvino = openvino
        self._genai = openvino_genai
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.max_num_seqs = sequences
        scheduler.num_kv_blocks = -(-cache_tokens // _BLOCK)
        scheduler.max_num_batched_tokens = _STEP_TOKENS
        scheduler.dynamic_split_fuse = True
        scheduler.enable_prefix_caching = True
        # In bfloat16 the cache is exact and, here, faster than the default eight bits.
        properties = {"KV_CACHE_PRECISION": "bf16"} if has_bfloat16() else {}
        self._pipeline = openvino_genai.ContinuousBatchingPipeline(str(weights), scheduler, "CPU", properties)
        self._handles: dict[int, Any] = {}
        self._added = 0

    def add(self, key: int, prompt: Sequence[int], max_tokens: int, sampling: Sampling) -> None:
        """See engines.Batch."""
        tokens = self._openvino.Tensor(np.array([prompt], dtype=np.int64))  # (1, prompt)
        self._handles[key] = self._pipeline.add_request(
            self._added, tokens, self._config(max_tokens, sampling)
        )
        self._added += 1

    def cancel(self, key: int) -> None:
        """See engines.Batch."""
        handle = self._handles.pop(key, None)
        if handle is not None:
            handle.cancel()

    def step(self) -> dict[int, Step]:
        """See engines.Batch."""
        self._pipeline.step()
        steps = {}
        for key, handle in list(self._handles.items()):
            tokens: list[int] = []
            logprobs: list[float] = []
            finished: FinishReason | None = None
            while handle.can_read():
                (output,) = handle.read().values()
                tokens += output.generated_ids
                logprobs += output.generated_log_probs
                finished = self._finish(output.finish_reason)
            if finished is None and handle.get_status() == self._genai.GenerationStatus.IGNORED:
                raise MemoryError("the key-value cache does not hold the sequence")
            if finished:
                del self._handles[key]
            if tokens or finished:
                steps[key] = Step(tokens, logprobs, finished)
        return steps

    def _finish(self, reason: Any) -> FinishReason | None:
        reasons = self._genai.GenerationFinishReason
        if reason == reasons.STOP:
            return "stop"
        return "length" if reason == reasons.LENGTH else None

    def _config(self, max_tokens: int, sampling: Sampling) -> Any:
        config = self._genai.GenerationConfig(max_new_tokens=max_tokens, logprobs=int(sampling.logprobs))
        config.set_eos_token_id(self._pipeline.get_config().eos_token_id)
        config.stop_token_ids = self._pipeline.get_config().stop_token_ids
        if sampling.temperature > 0:
            config.do_sample = True
            config.temperature = sampling.temperature
            config.top_p = sampling.top_p
            config.top_k = TOP_K
            config.min_p = MIN_P
        if sampling.seed is not None:
            config.rng_seed = sampling.seed
        if sampling.schema is not None:
            config.structured_output_config = self._genai.StructuredOutputConfig(json_schema=sampling.schema)
        return config
