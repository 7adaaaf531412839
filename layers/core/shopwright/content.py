"""Copy for a product: of what the model writes only what the facts carry, else templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from . import prompts
from .audience import Wishes, ordered_facts, wishes_of
from .briefs import TEMPLATE_CHECKS, Brief
from .candidates import Selection, best
from .claims import ALL_CHECKS, Check
from .consent import Purpose
from .copy_requests import Claim, ContentAnswer, ContentRequest, ContentText, Wanted
from .corrections import corrected
from .errors import InvalidInput, ModelError, ModelUnavailable, NotFound
from .growing import Draft
from .ladder import Degraded, ServedBy
from .metering import Meter
from .ports import Candidate, Catalog, CustomerStore, LanguageModel, Message
from .products import Language, Product, ProductFacts
from .prompts import CONTENT_PROMPT_VERSION, CONTENT_TEMPERATURE
from .themes import NAME_CHECKS, Theme
from .traits import Trait

__all__ = ["CANDIDATES", "ContentAnswer", "ContentRequest", "ContentWriter"]

CANDIDATES = 8
_THEME_TOKENS = 24


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
        """As many texts as variants were asked for, or fewer if the facts do not give so many arguments.

        Raises:
            NotFound: if the catalogue has no such product.
            NotAvailableIn: if the product has no texts in the language.
            InvalidInput: if not even the product's name fits.
            TooManyRequests: if what may be used for the customer is used up.
        """
        if request.product_ids:
            return self._named(request, request.product_ids)
        product = request.product or self._catalog.product(request.product_id or "")
        brief = brief_of(product, request, self._wishes(request, now))
        selection = Selection(brief.said, brief.names, request.language)
        model = self._model
        if self._meter:
            model = self._meter.metered(model, request.customer_id, now)
        candidates, degraded = self._candidates(model, brief.messages, brief.max_tokens, brief.language)
        written = [selection.draft(candidate, brief.kind, brief.room) for candidate in candidates]
        chosen = best([draft for draft in written if draft], request.variants, brief.room)
        ruled: list[Draft] = []
        for draft in brief.by_rule():
            if len(chosen) + len(ruled) == request.variants:
                break
            others = [*chosen, *ruled]
            # One that argues with nothing is better than none, and than nothing else.
            if not others or (draft.argument and not any(draft.argues_as(other) for other in others)):
                ruled.append(draft)
        texts = [_text(draft, brief, "model", ALL_CHECKS) for draft in chosen]
        texts += [_text(draft, brief, "rules", TEMPLATE_CHECKS) for draft in ruled]
        if not texts:
            raise InvalidInput("is too short for the product's name", "max_length")
        return _answer(request, texts, len(candidates), degraded, selection.struck, CONTENT_PROMPT_VERSION)

    def _wishes(self, request: ContentRequest, now: datetime) -> Wishes | None:
        if request.customer_id is None:
            return None
        # The order of the facts is part of what the model reads.
        purposes: list[Purpose] = ["profiling", "personalisation", "model_processing"]
        if request.kind in ("ad_copy", "email"):
            purposes.append("advertising")
        stored = self._customers.read(request.customer_id, events=0, purposes=purposes).profile
        held = [Trait.model_validate(trait) for trait in stored.get("document", {}).get("traits", [])]
        alive = [trait for trait in held if trait.expires_at and trait.expires_at > now]
        return wishes_of(corrected(alive, stored.get("corrections", {})))

    def _named(self, request: ContentRequest, product_ids: Sequence[str]) -> ContentAnswer:
        theme = Theme(every_product(self._catalog, product_ids), request.language, request.room)
        messages = prompts.theme(theme.titles, [*theme.names, *theme.facts], request.language)
        candidates, degraded = self._candidates(self._model, messages, _THEME_TOKENS, request.language)
        chosen = theme.drafts(candidates)[: request.variants]
        ruled = [draft for draft in theme.by_rule() if draft.text not in {each.text for each in chosen}]
        texts = [_name(draft, "model") for draft in chosen] + [_name(draft, "rules") for draft in ruled]
        if not texts:
            raise InvalidInput("is too short for a name of what they share", "max_length")
        texts = texts[: request.variants]
        return _answer(request, texts, len(candidates), degraded, {}, prompts.THEME_PROMPT_VERSION)

    def _candidates(
        self, model: LanguageModel, messages: Sequence[Message], max_tokens: int, language: Language
    ) -> tuple[list[Candidate], Degraded | None]:
        if language not in self._model_languages:
            return [], "model_language"
        try:
            written = model.generate(
                messages, n=CANDIDATES, max_tokens=max_tokens, temperature=CONTENT_TEMPERATURE
            )
        except ModelUnavailable:
            return [], "model_unavailable"
        except ModelError:
            return [], "model_invalid"
        return written, None


def every_product(catalog: Catalog, product_ids: Sequence[str]) -> list[Product]:
    """The products of these ids, in their order.

    Raises:
        NotFound: naming those that the catalogue does not have.
    """
    found = catalog.products(product_ids)
    if missing := [each for each in product_ids if each not in found]:
        raise NotFound(f"there is no product {', '.join(missing)}")
    return [found[each] for each in product_ids]


def brief_of(product: ProductFacts, wanted: Wanted, wishes: Wishes | None = None) -> Brief:
    """What the model is asked for.

    Args:
        wishes: of a customer; None for the segment's, if the text is wanted for one.

    Raises:
        NotAvailableIn: if the product has no texts in the language.
    """
    if wishes is None:
        wishes = wanted.segment.wishes if wanted.segment else {}
    return Brief(
        product,
        ordered_facts(product, wanted.language, wishes),
        kind=wanted.text_kind,
        language=wanted.language,
        tone=wanted.tone,
        room=wanted.room,
        platform=wanted.post_platform,
        layout=wanted.layout,
    )


def _answer(
    request: ContentRequest,
    texts: list[ContentText],
    candidates: int,
    degraded: Degraded | None,
    struck: Mapping[Check, int],
    prompt_version: str,
) -> ContentAnswer:
    by_model = sum(text.served_by == "model" for text in texts)
    if candidates and by_model < request.variants:
        degraded = "no_candidate_passed"
    return ContentAnswer(
        served_by="model" if by_model else "rules",
        degraded=degraded,
        product_id=request.product_id,
        kind=request.kind,
        language=request.language,
        texts=texts,
        candidates=candidates,
        rejected=dict(struck),
        prompt_version=prompt_version,
    )


def _text(draft: Draft, brief: Brief, served_by: ServedBy, checks: frozenset[Check]) -> ContentText:
    fields = brief.fields(draft)
    return ContentText(
        text="\n".join(fields.values()) if fields else draft.text + brief.hashtags,
        fields=fields or None,
        served_by=served_by,
        argument=draft.argument,
        facts=list(draft.facts),
        claims=[
            Claim(claim=claim, fact=fact)
            for claim, fact in brief.claims([*fields.values()] or [draft.text], draft.facts)
        ],
        checks=sorted(checks),
    )


def _name(draft: Draft, served_by: ServedBy) -> ContentText:
    return ContentText(
        text=draft.text,
        served_by=served_by,
        argument=draft.argument,
        facts=list(draft.facts),
        claims=[Claim(claim=fact, fact=fact) for fact in draft.facts],
        checks=sorted(NAME_CHECKS if served_by == "model" else NAME_CHECKS & TEMPLATE_CHECKS),
    )
