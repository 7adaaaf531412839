"""Embedding stored products and articles anew: read, embed in batches, put back where nobody was faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pydantic import ValidationError

from .errors import ModelError, ModelUnavailable
from .ports import Embedded, Embeddings, LanguageModel, Source
from .products import Article, Product, embedding_text, paragraph_texts

_READ = 64  # documents read at once
_TEXTS = 64  # texts embedded in one call; an article has fewer paragraphs
# Seconds that one batch may take: the endpoint's minute, and writing what it gave.
_ONE_BATCH = 75.0
# A busy endpoint is left alone for so many seconds and asked again; after the last the run ends.
_PAUSES = (2.0, 10.0)

Stopped = Literal[
    "time",  # the time was short
    "model_unavailable",  # the endpoint is down or busy
    "model_changed",  # meanwhile the endpoint got yet another embedding model
]


@dataclass(frozen=True)
class _Unit:
    """What is replaced together: a product's vector, or those of all paragraphs of an article."""

    source: Source
    document: str
    texts: list[str]


class _Stop(Exception):
    def __init__(self, reason: Stopped) -> None:
        self.reason = reason


class Reembedding:
    """One run over what is outdated, and the count of what became of it.

    Attributes:
        embedded: how many were replaced.
        overtaken: how many somebody else stored or deleted meanwhile.
        failed: ids of those that could not be read or embedded; they do not stop the others.

    Args:
        embeddings: where the vectors are replaced.
        model: embeds.
        current: the id its vectors have to bear.
        outdated: what to replace, with the model that made its vectors.
        time_left: seconds until the run has to be over.
        pause: waits for that many seconds.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        model: LanguageModel,
        current: str,
        outdated: Mapping[Source, str],
        time_left: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self.embedded = 0
        self.overtaken = 0
        self.failed: list[str] = []
        self._embeddings = embeddings
        self._model = model
        self._current = current
        self._outdated = outdated
        self._time_left = time_left
        self._pause = pause

    @property
    def left(self) -> int:
        """How many still have another model's vectors."""
        return len(self._outdated) - self.embedded - self.overtaken

    def run(self) -> Stopped | None:
        """Replace what can be replaced; returns why it ended early, if it did."""
        try:
            for batch in self._batches():
                self._replace(batch)
        except _Stop as stop:
            return stop.reason
        return None

    def _batches(self) -> Iterator[list[_Unit]]:
        batch: list[_Unit] = []
        for unit in self._units():
            if batch and sum(len(each.texts) for each in [*batch, unit]) > _TEXTS:
                yield batch
                batch = []
            batch.append(unit)
        if batch:
            yield batch

    def _units(self) -> Iterator[_Unit]:
        waiting = iter(self._outdated)
        while sources := list(islice(waiting, _READ)):
            documents = self._embeddings.documents(sources)
            self.overtaken += len(sources) - len(documents)
            for source, document in documents.items():
                try:
                    yield _Unit(source, document, _texts(source, document))
                except ValidationError:
                    # Stored under rules that have changed since.
                    self.failed.append(source.id)

    def _replace(self, batch: Sequence[_Unit]) -> None:
        """Embed a batch and store its vectors; if the endpoint refuses it, each unit by itself."""
        try:
            embedded = self._embed([text for unit in batch for text in unit.texts])
        except ModelError:
            if len(batch) == 1:
                self.failed.append(batch[0].source.id)
            else:
                for unit in batch:
                    self._replace([unit])
            return
        if embedded.model != self._current:
            raise _Stop("model_changed")
        vectors = iter(embedded.vectors)
        for unit in batch:
            replaced = self._embeddings.replace(
                unit.source,
                list(islice(vectors, len(unit.texts))),
                self._current,
                document=unit.document,
                made_by=self._outdated[unit.source],
            )
            self.embedded += replaced
            self.overtaken += not replaced

    def _embed(self, texts: Sequence[str]) -> Embedded:
        """Raises _Stop, or ModelError if these texts are at fault."""
        for pause in (0.0, *_PAUSES):
            if pause:
                self._pause(pause)
            if self._time_left() < _ONE_BATCH:
                raise _Stop("time")
            try:
                return self._model.embed_passages(texts)
            except ModelUnavailable:
                continue
        raise _Stop("model_unavailable")


def _texts(source: Source, document: str) -> list[str]:
    """What of a stored document is embedded. Raises ValidationError."""
    if source.language is None:
        return [embedding_text(Product.model_validate_json(document))]
    return paragraph_texts(Article.model_validate_json(document))
