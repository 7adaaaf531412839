"""Texts that are kept: for which product, in which state, who changed it and when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from .products import Language, Strict

TextState = Literal["draft", "approved", "rejected", "published"]
# From where a text may go where: nothing is published that nobody approved.
NEXT: dict[TextState, tuple[TextState, ...]] = {
    "draft": ("approved", "rejected"),
    "approved": ("published", "rejected", "draft"),
    "published": ("approved", "rejected"),
    "rejected": ("draft",),
}
Note = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]


class StateChange(Strict):
    """Where a text shall go."""

    state: TextState
    note: Note | None = None


class Step(BaseModel):
    """A change of state, who made it and when."""

    model_config = ConfigDict(frozen=True)

    state: TextState
    by: str
    at: AwareDatetime
    note: str | None = None


class Contradiction(BaseModel):
    """What of a text the product's facts do not carry any more."""

    model_config = ConfigDict(frozen=True)

    excerpt: str
    why: str


class StoredText(BaseModel):
    """A text as it is kept."""

    model_config = ConfigDict(frozen=True)

    text_id: str
    product_id: str
    work: str = Field(description="The same for what was asked for in the same words of the same facts.")
    kind: str
    platform: str | None = None
    language: Language
    text: str
    fields: dict[str, str] | None = None
    served_by: str
    argument: str | None = None
    facts: list[str]
    checks: list[str] = Field(description="Those it passed, and has to pass again when the product changes.")
    prompt_version: str
    state: TextState = "draft"
    history: list[Step] = Field(description="Oldest first; empty for customers.")
    contradictions: list[Contradiction] = Field(
        default=[], description="Since the product changed. A text with any is not shown to customers."
    )

    @property
    def shown(self) -> bool:
        """Whether customers get to see it."""
        return self.state == "published" and not self.contradictions
