"""``python -m model prepare``: what a server would make of its weights at its first start, made before."""

from __future__ import annotations

from typing import Annotated

import typer

from .loading import reported
from .registry import (
    E5,
    EMBEDDING_VARIABLE,
    EVIDENCE,
    NotConfigured,
    adapters,
    default_embedding,
    default_text,
)
from .weights.ready import Device, encoder_files, evidence_files, text_files, this_device


def prepare(
    device: Annotated[
        Device | None, typer.Option("--for", help="What will serve them; else what this machine has.")
    ] = None,
) -> None:
    """Make the weights ready for serving, so that a server starts without; one line says where each is.

    For the models that MODEL_ID, ADAPTERS and EMBEDDING_ID name, into SHOPWRIGHT_CACHE (~/.cache/shopwright).
    What is there already stays. A model of a folder or of the hub is served as it is: nothing is made.
    """
    try:
        text, embedding = default_text(), default_embedding()
        texts = [text, *adapters(text)]
        device = device or this_device()
        with reported(EMBEDDING_VARIABLE, embedding.source):
            typer.echo(f"{embedding.id}: {encoder_files(embedding, device)}")
            if embedding.id == E5:
                typer.echo(f"{EVIDENCE.name}: {evidence_files(embedding, device)[-1]}")
        for model in texts:
            with reported(model.variable, model.adapter or model.source):
                files = text_files(model, device)
            for file in dict.fromkeys((files.weights, files.tokenizer)):
                typer.echo(f"{model.id}: {file}")
    except NotConfigured as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
