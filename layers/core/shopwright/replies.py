"""What the shop answers, as it is sent: what all answers to a question have in common is said once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from . import prompts
from .comparing import Comparison
from .evidence import Evidence
from .ladder import Degraded, Served, ServedBy
from .passages import Sentence
from .products import Language, Product
from .purchases import Purchase
from .questions import Question
from .quoting import HandOverReason, handed_over, quoted


class Citation(BaseModel):
    """Where an answer stands: the sentence, and the product or article it is from."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(description="product:ID, article:ID or, of the customer's own doing, event:ID")
    title: str
    quote: str
    link: str | None = None


class Suggestion(BaseModel):
    """A product that serves instead of the one asked about, and why."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    title: str
    reason: str


class HandOver(BaseModel):
    """What the colleague who takes over should know, so that the customer need not say it again."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(description="As it stands for itself.")
    asked: str = Field(description="As it was written.")
    product_id: str | None = None
    product_title: str | None = None
    intent: str | None = None
    language: Language
    purchase: Citation | None = Field(default=None, description="Of the customer's, that it is about.")
    closest: Citation | None = Field(
        default=None, description="The nearest that the shop's facts say; it was not sure enough to be told."
    )


class Answer(Served):
    """An answer that rests on its citations, or the offer to hand over, to which a purchase may be cited."""

    question_id: str = Field(description="To be named in feedback.")
    conversation_id: str
    answer: str
    citations: list[Citation]
    confidence: float = Field(ge=0, le=1, description="How likely it is that the citations answer it.")
    comparison: Comparison | None = Field(default=None, description="Of two products, where that was asked.")
    suggestion: Suggestion | None = Field(
        default=None, description="Where the product asked about cannot be had, or another was asked for."
    )
    hand_over: bool = Field(description="A person, or for `form_wanted` a form, should take over.")
    hand_over_reason: HandOverReason | None = None
    hand_over_summary: HandOver | None = None
    intent: str | None = Field(
        default=None,
        description="What the customer wants done, where that is clear: one of 27 (`cancel_order`, ...).",
    )
    language: Language
    answered_at: datetime = Field(description="When prices and stock were as stated.")
    prompt_version: str


class Reply:
    """Makes the answer to one question.

    Args:
        question: as it stands for itself.
        asked: as it was written.
        product: the one asked about, if that is known.
    """

    def __init__(self, question: Question, asked: str, product: Product | None, now: datetime) -> None:
        self._question = question
        self._asked = asked
        self._product = product
        self._language: Language = question.spoken
        self._conversation = question.conversation_id or uuid.uuid4().hex
        self._now = now
        self.intent: str | None = None

    def say(self, text: str, evidence: Evidence) -> Answer:
        """What the model worded."""
        return self._answer(text, "model", None, evidence.sentences, evidence.confidence)

    def quote(
        self, evidence: Evidence, degraded: Degraded | None, suggestion: Suggestion | None = None
    ) -> Answer:
        """The shop's own sentences."""
        text = quoted(evidence.sentences, self._language)
        if suggestion:
            text = f"{text}{'' if self._language == 'zh' else ' '}{suggestion.reason}"
        answer = self._answer(text, "rules", degraded, evidence.sentences, evidence.confidence)
        return answer.model_copy(update={"suggestion": suggestion})

    def suggest(self, suggestion: Suggestion, sentences: Sequence[Sentence], confidence: float) -> Answer:
        """Another product than the one asked about, where that was asked for."""
        answer = self._answer(suggestion.reason, "rules", None, sentences, confidence)
        return answer.model_copy(update={"suggestion": suggestion})

    def compare(self, comparison: Comparison, sentences: Sequence[Sentence], confidence: float) -> Answer:
        """Two products beside each other."""
        answer = self._answer(comparison.told(self._language), "rules", None, sentences, confidence)
        return answer.model_copy(update={"comparison": comparison})

    def again(self, answer: Answer) -> Answer:
        """What was answered before to the same question, as an answer of now."""
        summary = answer.hand_over_summary
        return answer.model_copy(
            update={
                "served_by": "cache",
                "question_id": uuid.uuid4().hex,
                "conversation_id": self._conversation,
                "answered_at": self._now,
                "hand_over_summary": summary.model_copy(update={"asked": self._asked}) if summary else None,
            }
        )

    def own(self, purchase: Purchase) -> Answer:
        """What the customer bought or gave back, as their own events say."""
        answer = self._answer(purchase.told(self._language), "rules", None, [], 1.0)
        return answer.model_copy(update={"citations": [self._of_event(purchase)]})

    def after_purchase(self, purchase: Purchase, answer: Answer) -> Answer:
        """An answer, and before it what the customer bought; who takes over is told, too."""
        cited, summary = self._of_event(purchase), answer.hand_over_summary
        space = "" if self._language == "zh" else " "
        return answer.model_copy(
            update={
                "answer": f"{purchase.told(self._language)}{space}{answer.answer}",
                "citations": [*answer.citations, cited],
                "hand_over_summary": summary.model_copy(update={"purchase": cited}) if summary else None,
            }
        )

    def _of_event(self, purchase: Purchase) -> Citation:
        event = purchase.event
        return Citation(
            source=f"event:{event.event_id}",
            title=purchase.title(self._language),
            quote=f"{event.event_name} {event.event_time.date().isoformat()}",
        )

    def hand_over(
        self, reason: HandOverReason, evidence: Evidence | None = None, degraded: Degraded | None = None
    ) -> Answer:
        """Nothing but the offer to hand over, with what the colleague should know."""
        wording = self._product.in_either(self._language) if self._product else None
        summary = HandOver(
            question=self._question.question,
            asked=self._asked,
            product_id=self._product.id if self._product else None,
            product_title=wording.title if wording else None,
            intent=self.intent,
            language=self._language,
            closest=_citation(evidence.sentence) if evidence else None,
        )
        text = handed_over(reason, self._language)
        answer = self._answer(text, "rules", degraded, [], evidence.confidence if evidence else 0.0)
        return answer.model_copy(
            update={"hand_over": True, "hand_over_reason": reason, "hand_over_summary": summary}
        )

    def _answer(
        self,
        text: str,
        served_by: ServedBy,
        degraded: Degraded | None,
        sentences: Sequence[Sentence],
        confidence: float,
    ) -> Answer:
        return Answer(
            served_by=served_by,
            degraded=degraded,
            question_id=uuid.uuid4().hex,
            conversation_id=self._conversation,
            answer=text,
            citations=[_citation(sentence) for sentence in sentences],
            confidence=round(confidence, 2),
            hand_over=False,
            intent=self.intent,
            language=self._language,
            answered_at=self._now,
            prompt_version=prompts.ANSWER_PROMPT_VERSION,
        )


def _citation(sentence: Sentence) -> Citation:
    return Citation(source=sentence.source, title=sentence.title, quote=sentence.text, link=sentence.link)
