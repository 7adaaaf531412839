"""From a model of the registry to the engine that runs it, warmed up."""

from __future__ import annotations

import sys
from pathlib import Path

from .engines import EmbeddingEngine, Message, Sampling, TextEngine
from .registry import EMBEDDING_VARIABLE, TEXT_VARIABLE, EmbeddingModel, NotConfigured, TextModel

# What loading raises when the weights or the library are not what they should be.
_LOADING_FAILED = (OSError, ValueError, RuntimeError, ImportError, KeyError)


def load_text(model: TextModel) -> TextEngine:
    """The text engine, after a first token. Raises NotConfigured, naming the variable."""
    try:
        engine = _text_engine(model)
        engine.generate([Message("user", "Hello")], n=1, max_tokens=1, sampling=Sampling(temperature=0))
    except _LOADING_FAILED as error:
        raise _failed(TEXT_VARIABLE, model.source, error) from error
    return engine


def load_embeddings(model: EmbeddingModel) -> EmbeddingEngine:
    """The embedding engine, after a first text. Raises NotConfigured, naming the variable."""
    try:
        engine = _embedding_engine(model)
        engine.embed([model.query_prefix + "hello"])
    except _LOADING_FAILED as error:
        raise _failed(EMBEDDING_VARIABLE, model.source, error) from error
    return engine


def _text_engine(model: TextModel) -> TextEngine:
    if model.engine == "llamacpp":
        from .engines.llamacpp import LlamaCppText

        return LlamaCppText(Path(model.source))
    from .engines.transformers_text import TransformersText

    return TransformersText(model.source)


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
