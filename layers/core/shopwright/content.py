"""Copy for a product: of what the model writes only what the facts carry, else templates."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .audience import ordered_facts
from .briefs import TEMPLATE_CHECKS, Brief
from .candidates import Selection, best
from .claims import ALL_CHECKS, Check
from .consent import Purpose
from .corrections import corrected
from .errors import InvalidInput, ModelError, ModelUnavailable
from .ladder import Degraded, Served, ServedBy
from .metering import Meter
from .platforms import Platform, Room, room_on
from .ports import Candidate, Catalog, CustomerStore, LanguageModel
from .products import Id, Language, ProductFacts, Strict
from .prompts import CONTENT_PROMPT_VERSION, CONTENT_TEMPERATURE, ContentKind, Tone
from .templates import Draft
from .traits import Trait

CANDIDATES = 8
DEFAULT_LENGTH: dict[ContentKind, int] = {"product_description": 400, "ad_copy": 120, "social_post": 240}


class ContentRequest(Strict):
    """What to write, about which product, for whom."""

    kind: ContentKind
    product_id: Id | None = Field(default=None, description="A product of the catalogue.")
    product: ProductFacts | None = Field(default=None, description="Or the facts of one that is not in it.")
    language: Language = "en"
    tone: Tone = "neutral"
    max_length: int | None = Field(
        default=None,
        ge=20,
        le=2000,
        description="In characters, or as the platform counts. Default: product_description 400, "
        "ad_copy 120, social_post 240 (280 on x).",
    )
    platform: Platform | None = Field(
        default=None,
        description="Where a social post will stand: no longer than it takes, counted as it counts (x 280, "
        "weibo 2000, instagram 2200, xiaohongshu 1000), with hashtags as they are written there.",
    )
    variants: int = Field(default=1, ge=1, le=5)
    customer_id: Id | None = Field(
        default=None, description="Whose tastes decide which facts come first; nothing of theirs is said."
    )

    @model_validator(mode="after")
    def _one_product(self) -> ContentRequest:
        if (self.product_id is None) == (self.product is None):
            raise ValueError("send either product_id or product")
        if self.platform and self.kind != "social_post":
            raise ValueError("only a social_post has a platform")
        return self

    @property
    def room(self) -> Room:
        """For a text of this kind, hashtags included."""
        usual = 280 if self.platform == "x" else DEFAULT_LENGTH[self.kind]
        return room_on(self.platform, self.max_length or usual)


class ContentText(BaseModel):
    """A text, who wrote it, the facts it states, and the checks it passed."""

    model_config = ConfigDict(frozen=True)

    text: str
    served_by: ServedBy
    facts: list[str]
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


class ContentWriter:
    """Writes copy.

    Args:
        catalog: knows the products.
        customers: knows whom to write for.
        model: writes.
        model_languages: the languages it is trusted to write.
        meter: knows how much of it may be used for one customer; None for as much as is asked.
    """

    def __init__(
        self,
        catalog: Catalog,
        customers: CustomerStore,
        model: LanguageModel,
        model_languages: frozenset[str],
        meter: Meter | None = None,
    ) -> None:
        self._catalog = catalog
        self._customers = customers
        self._model = model
        self._model_languages = model_languages
        self._meter = meter

    def write(self, request: ContentRequest, now: datetime) -> ContentAnswer:
        """As many texts as variants were asked for, or fewer if the facts do not give so many.

        Raises:
            NotFound: if the catalogue has no such product.
            NotAvailableIn: if the product has no texts in the language.
            InvalidInput: if not even the product's name fits into `max_length`.
            TooManyRequests: if what may be used for the customer is used up.
        """
        product = request.product or self._catalog.product(request.product_id or "")
        brief = Brief(
            product,
            ordered_facts(product, request.language, self._traits(request, now)),
            kind=request.kind,
            language=request.language,
            tone=request.tone,
            room=request.room,
            platform=request.platform,
        )
        selection = Selection(brief.said, brief.names, request.language)
        model = self._model
        if self._meter:
            model = self._meter.metered(model, request.customer_id, now)
        candidates, degraded = self._candidates(brief, model)
        written = [selection.draft(candidate, request.kind, brief.room) for candidate in candidates]
        chosen = best([draft for draft in written if draft], request.variants, brief.room)
        texts = [_text(draft, brief, "model", ALL_CHECKS) for draft in chosen]
        for draft in brief.by_rule():
            if len(texts) < request.variants:
                texts.append(_text(draft, brief, "rules", TEMPLATE_CHECKS))
        if not texts:
            raise InvalidInput("is too short for the product's name", "max_length")
        if candidates and len(chosen) < request.variants:
            degraded = "no_candidate_passed"
        return ContentAnswer(
            served_by="model" if chosen else "rules",
            degraded=degraded,
            product_id=request.product_id,
            kind=request.kind,
            language=request.language,
            texts=texts,
            candidates=len(candidates),
            rejected=dict(selection.struck),
            prompt_version=CONTENT_PROMPT_VERSION,
        )

    def _traits(self, request: ContentRequest, now: datetime) -> list[Trait]:
        if request.customer_id is None:
            return []
        # The order of the facts is part of what the model reads.
        purposes: list[Purpose] = ["profiling", "personalisation", "model_processing"]
        if request.kind == "ad_copy":
            purposes.append("advertising")
        stored = self._customers.read(request.customer_id, events=0, purposes=purposes).profile
        held = [Trait.model_validate(trait) for trait in stored.get("document", {}).get("traits", [])]
        alive = [trait for trait in held if trait.expires_at and trait.expires_at > now]
        return corrected(alive, stored.get("corrections", {}))

    def _candidates(self, brief: Brief, model: LanguageModel) -> tuple[list[Candidate], Degraded | None]:
        if brief.language not in self._model_languages:
            return [], "model_language"
        try:
            written = model.generate(
                brief.messages, n=CANDIDATES, max_tokens=brief.max_tokens, temperature=CONTENT_TEMPERATURE
            )
        except ModelUnavailable:
            return [], "model_unavailable"
        except ModelError:
            return [], "model_invalid"
        return written, None


def _text(draft: Draft, brief: Brief, served_by: ServedBy, checks: frozenset[Check]) -> ContentText:
    return ContentText(
        text=draft.text + brief.hashtags, served_by=served_by, facts=list(draft.facts), checks=sorted(checks)
    )
