"""From a model of the registry to the engine that runs it, warmed up."""

from __future__ import annotations

import queue
import sys
from functools import partial
from pathlib import Path

from .contract import ChatMessage
from .engines import EmbeddingEngine, Sampling, Step
from .engines.worker import MakeBatch, Outcome, Worker, Writing
from .metrics import Metrics
from .registry import EMBEDDING_VARIABLE, EmbeddingModel, NotConfigured, TextModel
from .tokens import ChatTokenizer
from .writing import ChatModel

WAITING = 64  # requests in the queue of one model

# What loading raises when the weights or the library are not what they should be.
_LOADING_FAILED = (OSError, ValueError, RuntimeError, ImportError, KeyError)


def load_text(model: TextModel, metrics: Metrics, *, sequences: int, cache_tokens: int) -> ChatModel:
    """The model, after a first token. Raises NotConfigured, naming the variable."""
    try:
        make, tokenizer = _batch(model, sequences, cache_tokens)
        engine = Worker(make)
        _warm(engine, tokenizer)
    except _LOADING_FAILED as error:
        raise _failed(model.variable, model.adapter or model.source, error) from error
    return ChatModel(
        model.id,
        engine,
        tokenizer,
        metrics,
        context=cache_tokens,
        places=sequences,
        waiting=WAITING,
    )


def load_embeddings(model: EmbeddingModel) -> EmbeddingEngine:
    """The embedding engine, after a first text. Raises NotConfigured, naming the variable."""
    try:
        engine = _embedding_engine(model)
        engine.embed([model.query_prefix + "hello"])
    except _LOADING_FAILED as error:
        raise _failed(EMBEDDING_VARIABLE, model.source, error) from error
    return engine


def _batch(model: TextModel, sequences: int, cache_tokens: int) -> tuple[MakeBatch, ChatTokenizer]:
    """What makes the batch in its process, and the tokenizer on this side."""
    if not model.source.endswith(".gguf") or _gpu_here():
        from .engines.transformers_text import TransformersBatch

        source = model.source
        if source.endswith(".gguf"):
            from .weights.folder import folder

            source = str(folder(Path(source)))
        on_torch = partial(
            TransformersBatch, source, sequences=sequences, cache_tokens=cache_tokens, adapter=model.adapter
        )
        return on_torch, ChatTokenizer(source)
    from .engines.openvino_text import OpenVINOBatch
    from .weights.gguf import requantised
    from .weights.gguf_tokenizer import tokenizer

    adapter = None if model.adapter is None else Path(model.adapter)
    weights = requantised(Path(model.source), adapter)
    on_openvino = partial(OpenVINOBatch, weights, sequences=sequences, cache_tokens=cache_tokens)
    return on_openvino, ChatTokenizer(str(tokenizer(Path(model.source))))


def _warm(engine: Worker, tokenizer: ChatTokenizer) -> None:
    """Two tokens: what is compiled or allocated at first use is there before the first caller."""
    last: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    prompt = tokenizer.prompt([ChatMessage(role="user", content="Hello")])
    key = engine.start(Writing(prompt, 1, 2, Sampling(temperature=0)), lambda _, outcome: last.put(outcome))
    while True:
        outcome = last.get()
        if not isinstance(outcome, Step):
            raise RuntimeError("its first token did not come")
        if outcome.finish_reason:
            engine.cancel(key)
            return


def _embedding_engine(model: EmbeddingModel) -> EmbeddingEngine:
    source = model.source
    if source.endswith(".bin"):
        from .weights import e5

        source = str(e5.folder(Path(source)))
    if _gpu_here():
        from .engines.transformers_embeddings import TransformersEmbeddings

        return TransformersEmbeddings(source)
    from .engines.openvino_embeddings import OpenVINOEmbeddings
    from .weights.openvino_encoder import converted

    return OpenVINOEmbeddings(converted(source))


def _gpu_here() -> bool:
    """Whether PyTorch finds a GPU. Asked only where there may be one: loading it takes seconds."""
    drivers = (Path("/dev/nvidiactl"), Path("/dev/kfd"))
    if sys.platform == "linux" and not any(driver.exists() for driver in drivers):
        return False
    from .engines.device import best_device

    return best_device().type != "cpu"


def _failed(variable: str, source: str, error: Exception) -> NotConfigured:
    first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return NotConfigured(f"{variable}: {source} cannot be loaded: {first_line}")
