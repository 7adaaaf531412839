"""Evidence: a question, pages that may answer it, and of each sentence how likely it does."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from .base import Answer, Refused, Request
from .embeddings import EmbeddingsUsage

_MOST_SENTENCES = 256

Text = Annotated[str, Field(min_length=1, max_length=4000)]


class EvidencePage(BaseModel):
    """Sentences under one title, of a product or an article."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: Text
    sentences: list[Text] = Field(min_length=1, max_length=_MOST_SENTENCES)


class EvidenceRequest(Request):
    """POST with `pages`: which of their sentences answer the question?"""

    mark: ClassVar[str] = "pages"
    question: Text
    pages: list[EvidencePage] = Field(min_length=1, max_length=32)

    def check_together(self) -> None:
        """See Request."""
        count = sum(len(page.sentences) for page in self.pages)
        if count > _MOST_SENTENCES:
            raise Refused(f"pages: {count} sentences in all; {_MOST_SENTENCES} are taken", "pages")


class EvidenceOdds(Answer):
    """Of one page, by its place: for each sentence the natural logarithm of the odds that it answers the
    question, against that no sentence of the page does."""

    index: int
    log_odds: list[FiniteFloat]


class EvidenceResponse(Answer):
    """Answer to EvidenceRequest, in its order."""

    object: Literal["list"] = "list"
    data: list[EvidenceOdds]
    model: str
    usage: EmbeddingsUsage
