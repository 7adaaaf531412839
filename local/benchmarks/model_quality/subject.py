"""The model that is measured: a server of our own, started here, or one that runs already."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local.processes import Child, ShopError, free_port
from local.shop import MODEL_SERVER, local_parameters
from shopwright.adapters.endpoint import EndpointModel
from shopwright.adapters.sagemaker import Endpoint

from .wire import Wire

_LOADING = 900.0  # seconds; weights from a hub take their time


@dataclass(frozen=True)
class Subject:
    """What answers.

    Attributes:
        wire: the server.
        model: the functions' adapter over it.
        text_id: the text model's id, as the server's answers say it.
        embedding_id: the embedding model's.
        dimensions: of its vectors.
    """

    wire: Wire
    model: EndpointModel
    text_id: str
    embedding_id: str
    dimensions: int


@contextmanager
def serving() -> Iterator[str]:
    """Starts the model server as MODEL_ID, EMBEDDING_ID and the rest of the environment say; its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="model-quality-") as folder:
        child = Child(
            "the model server", [*MODEL_SERVER, "--port", str(port)], os.environ, Path(folder) / "log"
        )
        try:
            child.wait_until_answers(f"http://127.0.0.1:{port}/ping", _LOADING)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.stop()


@contextmanager
def subject(url: str, model: str | None, embedding_model: str | None) -> Iterator[Subject]:
    """The server at `url`, asked once for a token and a vector.

    Args:
        model: the text model's or the adapter's id; None for the server's default.
        embedding_model: the same for embeddings.

    Raises:
        ShopError: if it does not answer, or not as an OpenAI-compatible server does.
    """
    with Wire(url, model, embedding_model) as wire:
        try:
            said = wire.ask({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1})
            embedded = wire.ask({"input": ["hello"]})
            text_id, embedding_id = str(said["model"]), str(embedded["model"])
            dimensions = len(embedded["data"][0]["embedding"])
        except (ClientError, BotoCoreError, ValueError, KeyError) as error:
            raise ShopError(f"the model server cannot be measured: {error}") from error
        prefixes = local_parameters()
        endpoint = Endpoint(wire, "measured")
        adapter = EndpointModel(
            endpoint,
            endpoint,
            endpoint,
            query_prefix=prefixes["EmbeddingQueryPrefix"],
            passage_prefix=prefixes["EmbeddingPassagePrefix"],
        )
        yield Subject(wire, adapter, text_id, embedding_id, dimensions)
