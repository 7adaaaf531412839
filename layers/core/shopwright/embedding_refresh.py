"""The job that follows a change of the embedding model: every vector of another model is made anew.

Until a product or article has its new vector, searches by meaning do not see it (the index keeps the models
apart) and searches by words do.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from .errors import ModelError
from .ports import Catalog, Embeddings, LanguageModel
from .reembedding import Reembedding, Stopped

_PROBE = "a"  # any text: what counts is who embeds it
_NAMED = 10  # failures told by id


class Refreshed(BaseModel):
    """What a run did. What `stopped` it, and what `failed`, is taken up again by the next."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    model: str | None = Field(description="The endpoint's embedding model; None if it did not answer.")
    checked: int = Field(default=0, description="Products and articles looked at; 0 if nothing has changed.")
    embedded: int = Field(default=0, description="Of these, embedded anew.")
    overtaken: int = Field(default=0, description="Stored by somebody else, or deleted, while this ran.")
    left: int | None = Field(description="Still with another model's vectors; None if not looked at.")
    failed: int = Field(default=0, description="Of these, could not be read or embedded.")
    failed_ids: list[str] = Field(default=[], description="The first of them.")
    stopped: Stopped | None = Field(default=None, description="Why the run ended early.")


class EmbeddingRefresh:
    """Finds what the endpoint's current embedding model has not made, and replaces it.

    A run needs no memory of the one before: what was replaced is not found again. Two at once do no harm
    beyond the double work.

    Args:
        catalog: tells whether anything was stored since the last run.
        embeddings: the vectors.
        model: embeds; takes 64 texts a call.
        pause: waits for that many seconds.
    """

    def __init__(
        self,
        catalog: Catalog,
        embeddings: Embeddings,
        model: LanguageModel,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._catalog = catalog
        self._embeddings = embeddings
        self._model = model
        self._pause = pause

    def run(self, time_left: Callable[[], float]) -> Refreshed:
        """Work until nothing is left, the time is short or the endpoint fails; what was done stays.

        Args:
            time_left: seconds until the run has to be over.

        Raises:
            StoreUnavailable: if the catalogue cannot be read or written; what was done stays.
        """
        # Read first: whatever is stored from now on makes the next run look again.
        version = self._catalog.version()
        try:
            current = self._model.embed_passages([_PROBE]).model
        except ModelError:
            return Refreshed(model=None, left=None, stopped="model_unavailable")
        if self._embeddings.checked() == (current, version):
            return Refreshed(model=current, left=0)
        found = list(self._embeddings.models())
        outdated = {source: made_by for source, made_by in found if made_by != current}
        work = Reembedding(self._embeddings, self._model, current, outdated, time_left, self._pause)
        stopped = work.run()
        if work.left == 0 and not work.overtaken:
            self._embeddings.put_checked(current, version)
        return Refreshed(
            model=current,
            checked=len({source for source, _ in found}),
            embedded=work.embedded,
            overtaken=work.overtaken,
            left=work.left,
            failed=len(work.failed),
            failed_ids=work.failed[:_NAMED],
            stopped=stopped,
        )
