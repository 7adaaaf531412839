"""What may be asked of those who write copy, and what they answer."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .audience import Segment
from .claims import Check
from .ladder import Served, ServedBy
from .layouts import Layout, ad_layout, body_of, email_layout
from .platforms import AdPlatform, Platform, Room, room_on
from .products import Id, Language, ProductFacts, Strict
from .prompts import TextKind, Tone

ContentKind = Literal["product_description", "ad_copy", "social_post", "email", "recommendation_theme"]
DEFAULT_LENGTH: dict[ContentKind, int] = {
    "product_description": 400,
    "ad_copy": 120,
    "social_post": 240,
    "email": 600,
    "recommendation_theme": 40,
}
_PLATFORMS: dict[ContentKind, tuple[str, ...]] = {
    "social_post": ("x", "weibo", "instagram", "xiaohongshu"),
    "ad_copy": ("google", "meta"),
}


class Wanted(Strict):
    """A text that is wanted, whatever it is about."""

    kind: ContentKind
    language: Language = "en"
    tone: Tone = "neutral"
    max_length: int | None = Field(
        default=None,
        ge=20,
        le=2000,
        description="In characters, or as the platform counts. Default: product_description 400, "
        "ad_copy 120, social_post 240 (280 on x), an email's body 600, recommendation_theme 40.",
    )
    platform: Platform | AdPlatform | None = Field(
        default=None,
        description="Where it will stand. Of a social_post: no longer than it takes, counted as it counts (x "
        "280, weibo 2000, instagram 2200, xiaohongshu 1000), with hashtags as they are written there. Of an "
        "ad_copy: its parts with their lengths, google (headline 30, long_headline 90, description 90) or "
        "meta (primary_text 125, headline 40, description 30).",
    )
    variants: int = Field(default=1, ge=1, le=5, description="Each argues with another fact.")
    segment: Segment | None = Field(default=None, description="Whose tastes decide which facts come first.")

    @model_validator(mode="after")
    def _has_its_place(self) -> Self:
        if self.platform and self.platform not in _PLATFORMS.get(self.kind, ()):
            takes = _PLATFORMS.get(self.kind)
            raise ValueError(f"{self.kind} takes {', '.join(takes) if takes else 'no platform'}")
        if self.max_length and self.platform in ("google", "meta"):
            raise ValueError("the platform says how long its parts are: leave max_length out")
        return self

    @property
    def text_kind(self) -> TextKind:
        """What the model is asked for."""
        if self.kind == "email" or self.kind == "recommendation_theme":
            return "product_description"
        return self.kind

    @property
    def post_platform(self) -> Platform | None:
        """Where a social post will stand."""
        return None if self.platform == "google" or self.platform == "meta" else self.platform

    @property
    def layout(self) -> Layout | None:
        """The parts of the text; None if it is one."""
        if self.kind == "email":
            return email_layout(Room(self.max_length or DEFAULT_LENGTH["email"]))
        return ad_layout(self.platform) if self.platform == "google" or self.platform == "meta" else None

    @property
    def room(self) -> Room:
        """For the text, or its body; hashtags included."""
        if self.layout:
            return body_of(self.layout).room
        usual = 280 if self.platform == "x" else DEFAULT_LENGTH[self.kind]
        return room_on(self.post_platform, self.max_length or usual)


class ContentRequest(Wanted):
    """What to write, about which product, for whom."""

    product_id: Id | None = Field(default=None, description="A product of the catalogue.")
    product: ProductFacts | None = Field(default=None, description="Or the facts of one that is not in it.")
    product_ids: Annotated[list[Id], Field(min_length=2, max_length=50)] | None = Field(
        default=None, description="The list that a recommendation_theme is to name."
    )
    customer_id: Id | None = Field(
        default=None, description="Whose tastes decide which facts come first; nothing of theirs is said."
    )
    keep: bool = Field(default=False, description="Keep the texts of a product_id as drafts to be approved.")

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.kind == "recommendation_theme":
            if self.product_ids is None or self.product_id or self.product:
                raise ValueError("a recommendation_theme names a list: send product_ids")
            if self.customer_id or self.segment:
                raise ValueError("a recommendation_theme is nobody's in particular")
        elif self.product_ids or (self.product_id is None) == (self.product is None):
            raise ValueError("send either product_id or product")
        if self.customer_id and self.segment:
            raise ValueError("send either customer_id or segment")
        if self.keep and (self.product_id is None or self.customer_id):
            raise ValueError("kept are texts of a product_id that are nobody's in particular")
        return self


class Claim(BaseModel):
    """What a text says, in its words, and the fact that carries it."""

    model_config = ConfigDict(frozen=True)

    claim: str
    fact: str


class ContentText(BaseModel):
    """A text, who wrote it, what it states and the checks it passed."""

    model_config = ConfigDict(frozen=True)

    text_id: str | None = Field(default=None, description="Under which it is kept, if it is.")
    text: str = Field(description="All of it; parts stand in lines of their own.")
    fields: dict[str, str] | None = Field(default=None, description="Its parts, if it has any.")
    served_by: ServedBy
    argument: str | None = Field(description="The fact that it leads with; each variant has another.")
    facts: list[str]
    claims: list[Claim] = Field(description="Each claim with the fact that carries it.")
    checks: list[Check]


class ContentAnswer(Served):
    """The texts asked for. `served_by` is `model` if the model wrote at least one of them."""

    product_id: Id | None
    kind: ContentKind
    language: Language
    texts: list[ContentText]
    candidates: int = Field(description="How many texts the model wrote.")
    rejected: dict[Check, int] = Field(
        description="How many of their sentences were struck out, by the check they failed."
    )
    prompt_version: str
