"""What customers asked and what they thought of the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from .products import Id, Language, Strict

Why = Literal["wrong", "incomplete", "off_topic", "unclear", "other"]
ANSWERED = "answered"


class Opinion(Strict):
    """Whether an answer helped, and why."""

    helpful: bool
    why: Why | None = Field(default=None, description="What was wrong with it.")
    comment: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] | None = None


class Feedback(Opinion):
    """A customer's opinion of an answer. Who gives another replaces it."""

    customer_id: Id | None = None


class AskedQuestion(BaseModel):
    """A question that was asked, and what came of it."""

    model_config = ConfigDict(frozen=True)

    question_id: str
    customer_id: str | None = Field(default=None, description="Null if it was kept without its customer.")
    question: str = Field(description="As it stands for itself.")
    language: Language
    product_id: str | None = None
    asked_at: AwareDatetime
    outcome: str = Field(description="answered, or the reason why it was handed over.")
    source: str | None = Field(default=None, description="What the answer rested on.")
    opinion: Opinion | None = None
    opinion_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether the shop's articles and products failed the customer."""
        if self.outcome == ANSWERED:
            return self.opinion is not None and not self.opinion.helpful
        return self.outcome == "not_known"
