"""From a model of the registry to the engine that runs it, warmed up."""

from __future__ import annotations

import gc
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .contract import ChatMessage
from .engines import EmbeddingEngine, EvidenceEngine, RecommenderEngine, Sampling, Step
from .engines.worker import MakeBatch, Outcome, Worker, Writing
from .evidence.pages import Page
from .metrics import Metrics
from .recommender.published import Published
from .recommending import Recommending
from .registry import (
    E5,
    EMBEDDING_VARIABLE,
    RECOMMENDER_VARIABLE,
    EmbeddingModel,
    NotConfigured,
    TextModel,
)
from .storage import Storage, storage
from .tokens import ChatTokenizer
from .watching import Watch
from .weights.ready import TextFiles, encoder_files, evidence_files, text_files, this_device
from .writing import ChatModel

WAITING = 64  # requests in the queue of one model


@contextmanager
def reported(variable: str, source: str) -> Iterator[None]:
    """Turns what is raised where weights or library are not what they should be into NotConfigured."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        said = str(error).strip() or type(error).__name__
        raise NotConfigured(f"{variable}: {source} cannot be loaded: {said.splitlines()[0]}") from error


def load_text(model: TextModel, metrics: Metrics, *, sequences: int, cache_tokens: int) -> ChatModel:
    """The model, after a first token. Raises NotConfigured, naming the variable."""
    with reported(model.variable, model.adapter or model.source):
        files = text_files(model, this_device())
        tokenizer = ChatTokenizer(files.tokenizer)
        engine = Worker(_batch(files, sequences, cache_tokens))
        _warm(engine, tokenizer)
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
    with reported(EMBEDDING_VARIABLE, model.source):
        engine = _embedding_engine(model)
        engine.embed([model.query_prefix + "hello"])
    return engine


def load_evidence(model: EmbeddingModel) -> EvidenceEngine | None:
    """What finds evidence, after a first page; None with another embedding model than the one whose states it
    reads. Raises NotConfigured, naming the variable."""
    if model.id != E5:
        return None
    with reported(EMBEDDING_VARIABLE, model.source):
        engine = _evidence_engine(model)
        engine.read([Page("hello", "hello", ("hello",))])
    return engine


def recommenders(location: str) -> Storage:
    """Where recommenders are published. Raises NotConfigured, naming the variable."""
    try:
        return storage(location)
    except Exception as error:  # boto3 that is not there, a profile that is not, ...
        said = str(error).strip() or type(error).__name__
        raise NotConfigured(f"{RECOMMENDER_VARIABLE}={location}: {said.splitlines()[0]}") from None


def load_recommenders(place: Storage, metrics: Metrics, *, seconds: float) -> tuple[Recommending, Watch]:
    """With the recommender that is published now, if there is one, and a watch for those to come."""
    recommending = Recommending(metrics, retry_after=seconds)
    watch = Watch(Published(place, load_recommender), recommending.use, metrics, seconds=seconds)
    watch.look()
    watch.start()
    return recommending, watch


def load_recommender(folder: Path) -> RecommenderEngine:
    """The recommender of a folder, after a first history. Raises whatever is wrong with it."""
    import torch

    from .recommender.kept import load

    # Its arithmetic is many small steps, between which threads wait for each other longer than they compute.
    torch.set_num_threads(1)
    engine = load(folder)
    engine.best(["hello"], limit=1)
    # All that was loaded stays; looking through it for garbage would cost some request 0.1 s.
    gc.collect()
    gc.freeze()
    return engine


def _batch(files: TextFiles, sequences: int, cache_tokens: int) -> MakeBatch:
    """What makes the batch in its process."""
    if files.weights.lower().endswith(".gguf"):
        from .engines.openvino_text import OpenVINOBatch

        weights = Path(files.weights)
        return partial(OpenVINOBatch, weights, sequences=sequences, cache_tokens=cache_tokens)
    from .engines.transformers_text import TransformersBatch

    return partial(
        TransformersBatch,
        files.weights,
        sequences=sequences,
        cache_tokens=cache_tokens,
        adapter=files.adapter,
    )


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
    device = this_device()
    files = encoder_files(model, device)
    if device == "gpu":
        from .engines.transformers_embeddings import TransformersEmbeddings

        return TransformersEmbeddings(files)
    from .engines.openvino_embeddings import OpenVINOEmbeddings

    return OpenVINOEmbeddings(Path(files))


def _evidence_engine(model: EmbeddingModel) -> EvidenceEngine:
    from .engines.evidence import on_gpu, on_processor

    device = this_device()
    files = evidence_files(model, device)
    return on_gpu(*files) if device == "gpu" else on_processor(*files)
