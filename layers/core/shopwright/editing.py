"""What becomes of copy: kept as drafts, approved or rejected by people, published, and checked again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field

from . import prompts
from .audience import ordered_facts
from .claims import ALL_CHECKS, Check, review
from .copy_requests import ContentAnswer, ContentRequest, ContentText, Wanted
from .errors import Conflict, InvalidInput, NotAvailableIn
from .hashtags import hashtag_findings
from .ports import Catalog, Texts
from .products import Product
from .texts import NEXT, Contradiction, StateChange, Step, StoredText, TextState

_PAGE = 100
_OF_THE_WHOLE: frozenset[Check] = frozenset({"leftovers", "length"})


class StoredTexts(BaseModel):
    """Texts as they are kept."""

    model_config = ConfigDict(frozen=True)

    texts: list[StoredText]
    next: str | None = Field(default=None, description="If there are more: send this as `after`.")


class Editing:
    """Keeps texts and what people decide about them.

    Args:
        texts: where they are kept.
        catalog: knows the products.
    """

    def __init__(self, texts: Texts, catalog: Catalog) -> None:
        self._texts = texts
        self._catalog = catalog

    def kept(self, request: ContentRequest, answer: ContentAnswer, by: str, now: datetime) -> ContentAnswer:
        """The answer, with its texts kept as drafts if the request says so."""
        if not request.keep or request.product_id is None:
            return answer
        product = self._catalog.product(request.product_id)
        return answer.model_copy(update={"texts": self.keep(product, request, answer, by, now)})

    def keep(
        self, product: Product, wanted: Wanted, answer: ContentAnswer, by: str, now: datetime
    ) -> list[ContentText]:
        """Keep an answer's texts as drafts; the texts with their ids. One that is kept already stays."""
        work = work_of(product, wanted)
        place = (wanted.kind, wanted.platform or "", wanted.language)
        stored = [
            StoredText(
                text_id=f"{product.id}.{digest(*place, each.text)}",
                product_id=product.id,
                work=work,
                platform=wanted.platform,
                history=[Step(state="draft", by=by, at=now)],
                prompt_version=answer.prompt_version,
                kind=wanted.kind,
                language=wanted.language,
                **each.model_dump(include={"text", "fields", "served_by", "argument", "facts", "checks"}),
            )
            for each in answer.texts
        ]
        self._texts.add(stored)
        return [
            text.model_copy(update={"text_id": kept.text_id})
            for text, kept in zip(answer.texts, stored, strict=True)
        ]

    def change(self, text_id: str, wanted: StateChange, by: str, now: datetime) -> StoredText:
        """Bring a text into another state.

        Raises:
            NotFound: if there is no such text.
            InvalidInput: if it cannot go there from where it stands, or contradicts the product's facts.
            Conflict: if somebody else changed it meanwhile.
        """
        text = self._texts.text(text_id)
        if wanted.state not in NEXT[text.state]:
            raise InvalidInput(
                f"a text that is {text.state} becomes {' or '.join(NEXT[text.state])}", "state"
            )
        if text.contradictions and wanted.state in ("approved", "published"):
            said = "; ".join(f"{each.excerpt}: {each.why}" for each in text.contradictions)
            raise InvalidInput(f"the product's facts do not carry it any more ({said})", "state")
        step = Step(state=wanted.state, by=by, at=now, note=wanted.note)
        changed = text.model_copy(update={"state": wanted.state, "history": [*text.history, step]})
        self._texts.replace(changed, expected=text)
        return changed

    def of(self, product_id: str, *, shown_only: bool) -> StoredTexts:
        """A product's texts, or those that customers may see, without who decided what about them."""
        found = self._texts.of(product_id)
        if shown_only:
            found = [text.model_copy(update={"history": []}) for text in found if text.shown]
        return StoredTexts(texts=found)

    def find(self, state: TextState | None, contradicted: bool | None, after: str | None) -> StoredTexts:
        """Texts of the whole catalogue, a hundred at a time.

        Args:
            contradicted: only those that the facts carry no more, or only the others.
            after: the last one's id of the page before.
        """
        found: list[StoredText] = []
        passed = after is None
        for text in self._texts.all_texts():
            if not passed:
                passed = text.text_id == after
            elif state in (None, text.state) and contradicted in (None, bool(text.contradictions)):
                if len(found) == _PAGE:
                    return StoredTexts(texts=found, next=found[-1].text_id)
                found.append(text)
        if not passed:
            raise InvalidInput("is none of the texts; take `next` of the page before", "after")
        return StoredTexts(texts=found)

    def check_again(self, products: Iterable[Product]) -> None:
        """Hold the products' texts against their facts as they are now."""
        for product in products:
            for text in self._texts.of(product.id):
                found = _contradictions(text, product)
                if found != text.contradictions:
                    self._flag(text, found)

    def _flag(self, text: StoredText, found: list[Contradiction]) -> None:
        while True:
            try:
                self._texts.replace(text.model_copy(update={"contradictions": found}), expected=text)
            except Conflict:
                # Somebody approved it just now: that stays, and so does what is found.
                text = self._texts.text(text.text_id)
            else:
                return


def work_of(product: Product, wanted: Wanted) -> str:
    """The same for the same wish about the same facts in the same words of the prompt.

    Raises:
        NotAvailableIn: if the product has no texts in the language.
    """
    facts = ordered_facts(product, wanted.language, wanted.segment.wishes if wanted.segment else {})
    lasting = [fact for fact in facts if not fact.startswith(prompts.PASSING[wanted.language])]
    wish = Wanted.model_validate(wanted.model_dump(include=set(Wanted.model_fields)))
    names = prompts.names(product, wanted.language)
    return digest(wish.model_dump_json(), prompts.CONTENT_PROMPT_VERSION, *names, *lasting)


def digest(*parts: str) -> str:
    """16 hexadecimal digits, the same for the same parts (the start of their SHA-256)."""
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _contradictions(text: StoredText, product: Product) -> list[Contradiction]:
    """What of the text, or of the facts that it told, the product's facts do not carry."""
    try:
        facts = prompts.facts(product, text.language)
    except NotAvailableIn:
        why = "the product has no texts in the language any more"
        return [Contradiction(excerpt=text.text[:40], why=why)]
    passed = ALL_CHECKS.intersection(text.checks) - _OF_THE_WHOLE
    plain, hashtags = text.text, ""
    if text.kind == "social_post":
        plain, _, hashtags = text.text.partition(" #")
    parts = [*text.fields.values()] if text.fields else [plain]
    told = [fact for fact in text.facts if fact not in facts]
    names = prompts.names(product, text.language)
    said = [*((part, passed) for part in parts), *((fact, ALL_CHECKS - _OF_THE_WHOLE) for fact in told)]
    findings = [
        finding
        for each, checks in said
        for finding in review(each, facts, language=text.language, names=names, checks=checks).findings
    ]
    if hashtags:
        findings += hashtag_findings(f"#{hashtags}", facts, language=text.language, names=names)
    found = [Contradiction(excerpt=each.excerpt, why=each.message) for each in findings]
    return list({each.excerpt: each for each in found}.values())
