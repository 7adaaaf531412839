"""What finds evidence, in this process, for who measures or fits with it."""

from __future__ import annotations

from collections.abc import Sequence

from shopwright.ports import Page


def evidence_here() -> LocalEvidence | None:
    """It, or None with another embedding model than the default: the shop then does without."""
    from model.registry import E5, default_embedding

    return LocalEvidence() if default_embedding().id == E5 else None


class LocalEvidence:
    """Implements ports.EvidenceModel. Raises NotConfigured where the default embedding model is absent."""

    def __init__(self) -> None:
        from model.loading import load_evidence
        from model.registry import E5, EMBEDDING_VARIABLE, NotConfigured, default_embedding

        engine = load_evidence(default_embedding())
        if engine is None:
            raise NotConfigured(f"{EMBEDDING_VARIABLE}: evidence is found with {E5} only")
        self._engine = engine

    def log_odds(self, question: str, pages: Sequence[Page]) -> list[list[float]]:
        """See ports.EvidenceModel."""
        from model.evidence.pages import Page as Read

        told = [Read(question, page.title, tuple(page.sentences)) for page in pages]
        return self._engine.read(told).rows
