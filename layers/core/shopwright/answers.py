"""Question answering: finds the sentence that answers, says it, and says so when there is none.

The rungs: the model words the sentence found and is checked against it; else the sentence is quoted; without
embeddings it is searched by words alone. What nothing answers is handed over to a person, never guessed; what
the customer wants done goes to the form or the person who does it. Prices and stock are always told from the
data.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from operator import mul

from pydantic import BaseModel, ConfigDict, Field

from . import prompts
from .consent import Purpose
from .conversing import Memory, resumed
from .errors import ModelAnswerInvalid, ModelError, ModelUnavailable, StoreUnavailable
from .evidence import ANSWERABLE, Evidence, best, shortlist
from .feedback import ANSWERED, AskedQuestion
from .intents import Intent, Route, intent
from .knowledge import Knowledge, Library
from .ladder import Degraded, Served, ServedBy
from .metering import Meter
from .passages import Sentence, product_sentences
from .phrasing import phrased
from .ports import Catalog, Conversations, CustomerStore, Embedded, LanguageModel, Questions
from .products import Language, Product
from .questions import Question, about_own_order, asks, plainly_asks, wants_person
from .quoting import HandOverReason, handed_over, quoted
from .retrieval import tokens
from .wellformed import without_personal_data

__all__ = ["Answer", "Answers", "Citation", "Question"]

_TOLD_FROM_DATA = 0.95  # the confidence of a price or stock answer, which no search is needed for
_KEPT_VECTORS = 4000  # of sentences, about 6 MB
_BY_ROUTE: dict[Route, HandOverReason] = {
    "facts": "not_known",
    "form": "form_wanted",
    "person": "person_wanted",
}
_RULES_ONLY = frozenset({"price", "availability"})


class Citation(BaseModel):
    """Where an answer stands: the sentence, and the product or article it is from."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(description="product:ID or article:ID")
    title: str
    quote: str
    link: str | None = None


class Answer(Served):
    """An answer that rests on its citations, or, without any, the offer to hand over to a person."""

    question_id: str = Field(description="To be named in feedback.")
    conversation_id: str
    answer: str
    citations: list[Citation]
    confidence: float = Field(ge=0, le=1, description="How likely it is that the citations answer it.")
    hand_over: bool = Field(description="A person, or for `form_wanted` a form, should take over.")
    hand_over_reason: HandOverReason | None = None
    intent: str | None = Field(
        default=None,
        description="What the customer wants done, where that is clear: one of 27 (`cancel_order`, ...).",
    )
    language: Language
    answered_at: datetime = Field(description="When prices and stock were as stated.")
    prompt_version: str


class Answers:
    """Answers questions.

    Args:
        catalog: products and articles.
        customers: know whose question the model may read.
        model: embeds and words.
        model_languages: the languages it is trusted to write.
        meter: knows how much of it a customer may use; None for as much as they like.
        conversations: remember what customers asked; None if each question stands for itself.
        questions: keep what was asked, for feedback; None to keep nothing.
    """

    def __init__(
        self,
        catalog: Catalog,
        customers: CustomerStore,
        model: LanguageModel,
        model_languages: frozenset[str],
        meter: Meter | None = None,
        conversations: Conversations | None = None,
        questions: Questions | None = None,
    ) -> None:
        self._catalog = catalog
        self._customers = customers
        self._memory = Memory(conversations) if conversations else None
        self._questions = questions
        self._model = model
        self._model_languages = model_languages
        self._meter = meter
        self._library = Library(catalog)
        self._vectors: dict[str, array[float]] = {}
        self._vectors_of = ""

    def answer(self, question: Question, now: datetime) -> Answer:
        """The answer, in the question's language.

        Raises:
            NotFound: if `product_id` is none of the catalogue's.
            StoreUnavailable: if the catalogue cannot be read.
            TooManyRequests: if the customer has used up what they may of the model.
        """
        allows = self._allowed(question)
        memory = self._memory if allows("personalisation") else None
        last = memory.last(question, now) if memory else None
        asked = question
        if last:
            asked = resumed(question, last, self._library.knowledge(question.spoken))
        answer = self._answered(asked, allows, now)
        if memory:
            about = answer.citations[0].source if answer.citations else None
            taken = question.model_copy(update={"product_id": asked.product_id})
            memory.remember(taken, last, answer.conversation_id, about, now)
        if self._questions:
            self._keep(self._questions, asked, answer, named=allows("personalisation"))
        return answer

    def _keep(self, questions: Questions, question: Question, answer: Answer, *, named: bool) -> None:
        """Keep what was asked; that it cannot be kept is no reason not to answer."""
        text = question.question
        with suppress(StoreUnavailable):
            questions.keep(
                AskedQuestion(
                    question_id=answer.question_id,
                    customer_id=question.customer_id if named else None,
                    question=text if named and question.customer_id else without_personal_data(text),
                    language=answer.language,
                    product_id=question.product_id,
                    asked_at=answer.answered_at,
                    outcome=answer.hand_over_reason or ANSWERED,
                    source=answer.citations[0].source if answer.citations else None,
                )
            )

    def _answered(self, question: Question, allows: Callable[[Purpose], bool], now: datetime) -> Answer:
        product = self._catalog.product(question.product_id) if question.product_id else None
        reply = _Reply(question, now)
        if wants_person(question.question):
            return reply.hand_over("person_wanted")
        if about_own_order(question.question):
            return reply.hand_over("own_order")
        knowledge = self._library.knowledge(question.spoken)
        if told := _from_data(question, product, knowledge):
            return reply.quote(Evidence(told, _TOLD_FROM_DATA), None)
        model = self._model
        if self._meter:
            model = self._meter.metered(model, question.customer_id, now)
        evidence, degraded, wanted = self._evidence(question, product, knowledge, model, allows)
        reply.intent = wanted.name if wanted else None
        if wanted and wanted.route != "facts" and not asks(question.question):
            return reply.hand_over(_BY_ROUTE[wanted.route], evidence, degraded)
        if evidence is None or evidence.confidence < ANSWERABLE:
            return reply.hand_over(_BY_ROUTE[wanted.route] if wanted else "not_known", evidence, degraded)
        if degraded or evidence.beside or evidence.sentence.kind in _RULES_ONLY:
            return reply.quote(evidence, degraded)
        text, fell = self._worded(question, evidence.sentence, knowledge, model)
        return reply.say(text, evidence) if text else reply.quote(evidence, fell)

    def _evidence(
        self,
        question: Question,
        product: Product | None,
        knowledge: Knowledge,
        model: LanguageModel,
        allows: Callable[[Purpose], bool],
    ) -> tuple[Evidence | None, Degraded | None, Intent | None]:
        words, asked, wanted = knowledge.words, question.question, None
        if not allows("model_processing"):
            found = knowledge.find(asked, self._catalog, None, product)
            return best(asked, found.sentences, words, None, None), "no_consent", None
        try:
            vector = model.embed_queries([asked])
            wanted = intent(vector.vectors[0], vector.model)
            found = knowledge.find(asked, self._catalog, vector, product)
            if found.by_meaning:
                sentences = shortlist(asked, found.sentences, words)
                similarities = self._similarities(vector, sentences)
                return best(asked, sentences, words, similarities, found.spread), None, wanted
        except ModelError:
            found = knowledge.find(asked, self._catalog, None, product)
        return best(asked, found.sentences, words, None, None), "no_embeddings", wanted

    def _allowed(self, question: Question) -> Callable[[Purpose], bool]:
        """What may be done for the question. Who asks without saying who they are is nobody's data."""
        if question.customer_id is None:
            return lambda purpose: True
        return self._customers.read(question.customer_id, events=0).consents.allows

    def _similarities(self, question: Embedded, sentences: Sequence[Sentence]) -> list[float]:
        """Cosine similarities of sentences, in their context, to the question.

        Sentences come back from question to question and embedding one takes ten milliseconds, so that their
        vectors are kept.
        """
        if question.model != self._vectors_of or len(self._vectors) > _KEPT_VECTORS:
            self._vectors, self._vectors_of = {}, question.model
        texts = [sentence.in_context for sentence in sentences]
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            embedded = self._model.embed_passages(missing)
            if embedded.model != question.model:
                raise ModelAnswerInvalid("the embedding model changed between two calls")
            for text, vector in zip(missing, embedded.vectors, strict=True):
                self._vectors[text] = array("f", vector)
        return [sum(map(mul, question.vectors[0], self._vectors[text])) for text in texts]

    def _worded(
        self, question: Question, evidence: Sentence, knowledge: Knowledge, model: LanguageModel
    ) -> tuple[str | None, Degraded | None]:
        language = question.spoken
        if language not in self._model_languages or evidence.language != language:
            return None, "model_language"
        try:
            text = phrased(question.question, evidence, language, knowledge.words, model)
        except ModelUnavailable:
            return None, "model_unavailable"
        except ModelError:
            return None, "model_invalid"
        return text, None if text else "no_candidate_passed"


def _from_data(question: Question, product: Product | None, knowledge: Knowledge) -> Sentence | None:
    """The price or the availability, if the question asks for nothing else and it is clear of what."""
    asked = plainly_asks(question.question)
    if asked is None:
        return None
    kind, rest = asked
    about = tokens(rest)
    if product is None:
        product = knowledge.named(about)
    elif not knowledge.may_mean(about, product):
        return None
    if product is None:
        return None
    told = product_sentences(product, question.spoken)
    return next(sentence for sentence in told if sentence.kind == kind)


class _Reply:
    """Answers to one question: what all of them have in common is said once."""

    def __init__(self, question: Question, now: datetime) -> None:
        self._language: Language = question.spoken
        self._id = uuid.uuid4().hex
        self._conversation = question.conversation_id or uuid.uuid4().hex
        self._now = now
        self.intent: str | None = None

    def say(self, text: str, evidence: Evidence) -> Answer:
        return self._answer(text, "model", None, evidence)

    def quote(self, evidence: Evidence, degraded: Degraded | None) -> Answer:
        return self._answer(quoted(evidence.sentences, self._language), "rules", degraded, evidence)

    def hand_over(
        self, reason: HandOverReason, evidence: Evidence | None = None, degraded: Degraded | None = None
    ) -> Answer:
        return Answer(
            served_by="rules",
            degraded=degraded,
            question_id=self._id,
            conversation_id=self._conversation,
            answer=handed_over(reason, self._language),
            citations=[],
            confidence=round(evidence.confidence, 2) if evidence else 0.0,
            hand_over=True,
            hand_over_reason=reason,
            intent=self.intent,
            language=self._language,
            answered_at=self._now,
            prompt_version=prompts.ANSWER_PROMPT_VERSION,
        )

    def _answer(
        self, text: str, served_by: ServedBy, degraded: Degraded | None, evidence: Evidence
    ) -> Answer:
        return Answer(
            served_by=served_by,
            degraded=degraded,
            question_id=self._id,
            conversation_id=self._conversation,
            answer=text,
            citations=[
                Citation(
                    source=sentence.source, title=sentence.title, quote=sentence.text, link=sentence.link
                )
                for sentence in evidence.sentences
            ],
            confidence=round(evidence.confidence, 2),
            hand_over=False,
            intent=self.intent,
            language=self._language,
            answered_at=self._now,
            prompt_version=prompts.ANSWER_PROMPT_VERSION,
        )
