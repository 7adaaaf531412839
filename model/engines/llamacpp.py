"""GGUF weights in llama.cpp (package xllamacpp): continuous batching in one process, no PyTorch."""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from .capacity import Capacity
from .threads import provide_openmp

_CONTEXT = 8192  # tokens in the key-value cache, shared by all sequences of the batch
_SEQUENCES = 16  # as many as one request may ask for
_PROMPT_CACHE_MIB = 256
_SEEDS = 2**31  # llama.cpp adds each candidate's index to the seed and reads 2**32-1 as "random"


class LlamaCppText:
    """Implements engines.TextEngine.

    The candidates of one request share their prompt, which is computed once; requests join and leave the
    running batch. A request with a seed does not reuse what the cache holds of earlier prompts, since
    that changes the arithmetic and with it the text: repeatable, but the prompt is read again each time.
    """

    concurrency = _SEQUENCES

    def __init__(self, weights: Path, *, context: int = _CONTEXT) -> None:
        """Loads the file. Raises RuntimeError if llama.cpp cannot."""
        provide_openmp()
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = context
        params.n_parallel = _SEQUENCES
        params.kv_unified = True  # one cache for all: the shared prompt is stored once
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.enable_reasoning = 0  # a shop's copy has no tokens to spare for thinking aloud
        params.verbosity = 0
        params.warmup = False
        # llama.cpp opens a loopback port whether asked to or not; only we know the key.
        self._key = secrets.token_urlsafe(24)
        params.api_keys = [self._key]
        self._server = xllamacpp.Server(params)
        self._address = str(urlsplit(self._server.listening_address).netloc)
        self.context = min(int(slot["n_ctx"]) for slot in self._ask("GET", "/slots"))
        self._capacity = Capacity(_SEQUENCES, context)

    def generate(
        self, messages: Sequence[Message], *, n: int, max_tokens: int, sampling: Sampling
    ) -> Completion:
        """See engines.TextEngine."""
        prompt = self._prompt(messages)
        made = greedy_once(n, sampling)
        cells = len(prompt) + made * max_tokens
        if cells > self.context:
            raise context_exceeded(len(prompt), made * max_tokens, self.context)
        request: dict[str, Any] = {
            "prompt": prompt,
            "n": made,
            "max_tokens": max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": TOP_K,
            "min_p": MIN_P,
            "stop": list(sampling.stop),
            "cache_prompt": sampling.seed is None,
            # Streamed, because only then each candidate comes with its own count of tokens.
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if sampling.seed is not None:
            request["seed"] = sampling.seed % _SEEDS
        with self._capacity.held(made, cells):
            candidates = self._run(request, made)
        return Completion(len(prompt), candidates if made == n else candidates * n)

    def _run(self, request: dict[str, Any], n: int) -> list[Candidate]:
        texts: list[list[str]] = [[] for _ in range(n)]
        ends: dict[int, tuple[str, int]] = {}
        failures: list[str] = []

        def take(chunk: dict[str, Any]) -> None:
            if "error" in chunk:
                failures.append(str(chunk["error"].get("message")))
                return
            for choice in chunk["choices"]:
                texts[choice["index"]].append(choice["text"])
                if choice["finish_reason"]:
                    ends[choice["index"]] = choice["finish_reason"], chunk["usage"]["completion_tokens"]

        self._server.handle_completions(request, take)
        if failures or len(ends) < n:
            raise RuntimeError(f"llama.cpp gave {len(ends)} of {n} candidates: {failures}")
        return [
            Candidate(
                "".join(texts[index]), "length" if ends[index][0] == "length" else "stop", ends[index][1]
            )
            for index in range(n)
        ]

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        for position, message in enumerate(messages):
            if self._tokens(message.content, special=True) != self._tokens(message.content, special=False):
                raise control_tokens_refused(position)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            text = self._ask("POST", "/apply-template", {"messages": turns})["prompt"]
        except ValueError as error:
            raise RequestRefused(
                f"the model's chat template takes no such messages: {error}", "messages"
            ) from None
        return self._tokens(text, special=True)

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        tokens: list[int] = self._ask("POST", "/tokenize", body)["tokens"]
        return tokens

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """llama.cpp's own routes for what xllamacpp has no method for. Raises ValueError if it says no."""
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            )
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(str(answer.get("error", {}).get("message")))
        return answer
