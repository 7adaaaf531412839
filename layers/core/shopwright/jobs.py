"""A whole catalogue written: what a job is to do, what it will cost, and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .copy_requests import Wanted
from .products import Id, Short, Strict

JobState = Literal["queued", "running", "done", "cancelled"]


class JobRequest(Strict):
    """Which texts are wanted of which products."""

    texts: Annotated[list[Wanted], Field(min_length=1, max_length=10)] = Field(
        description="Each is written of each product; not recommendation_theme, which is about several."
    )
    category: Short | None = Field(
        default=None, description="Only products of it and of its children: `Coffee & Tea > Grinders`."
    )
    product_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Or only these; else the whole catalogue."
    )
    dry_run: bool = Field(default=False, description="Only say what it would do and cost.")

    @model_validator(mode="after")
    def _is_work(self) -> Self:
        if any(wanted.kind == "recommendation_theme" for wanted in self.texts):
            raise ValueError("a recommendation_theme is about several products")
        if self.category and self.product_ids:
            raise ValueError("send either category or product_ids")
        return self


class Plan(BaseModel):
    """What there is to do."""

    model_config = ConfigDict(frozen=True)

    products: int = Field(description="That it is about.")
    products_to_write: int = Field(description="Of these, with anything to write.")
    pieces: int = Field(description="A piece is one wanted text, with its variants, of one product.")
    written_before: int = Field(description="Pieces that are not written again: same wish, same facts.")
    no_texts_in_language: int = Field(description="Pieces that cannot be written.")
    pieces_to_write: int
    model_calls: int = Field(description="0 of languages that the model is not trusted with: rules write.")
    tokens_in: int = Field(description="Of all calls, estimated.")
    tokens_out_at_most: int
    cost_at_most: float | None = Field(description="By MODEL_PRICE_PER_MILLION_TOKENS; null if that is 0.")


class Progress(BaseModel):
    """How far a job is."""

    model_config = ConfigDict(frozen=True)

    products: int = Field(default=0, description="Whose texts are written.")
    texts: int = Field(default=0, description="Kept as drafts, variants counted.")
    by_model: int = Field(default=0, description="Of these, the model wrote.")
    fell_back: int = Field(default=0, description="Pieces that rules wrote since the model failed.")
    failed: int = Field(default=0, description="Pieces that could not be written.")
    updated_at: datetime | None = None


class Job(BaseModel):
    """A job, its plan and its progress."""

    model_config = ConfigDict(frozen=True)

    job_id: str | None = Field(description="Null of a dry run.")
    state: JobState | None = Field(description="Null of a dry run.")
    request: JobRequest
    started_by: str | None = None
    started_at: datetime | None = None
    cancelled_at: datetime | None = Field(
        default=None, description="What was written until then stays; the same request again goes on with it."
    )
    plan: Plan
    progress: Progress = Progress()
    seconds_left: int | None = Field(default=None, description="At the pace so far.")
