"""Question answering: finds the sentence that answers, says it, and says so when there is none.

What was answered before is answered again until the catalogue changes. Else the rungs are: the model words
the sentence found and is checked against it; the sentence is quoted; without embeddings it is searched by
words alone. What nothing answers is handed over to a person, never guessed; what the customer wants done goes
to the form or the person who does it. Prices, stock and comparisons are always told from the data.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from operator import mul
from weakref import WeakKeyDictionary

from .comparing import compared, sides
from .consent import Purpose
from .conversing import Memory, resumed
from .errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable, StoreUnavailable
from .events import Event
from .evidence import ANSWERABLE, Evidence, best, read, shortlist
from .feedback import ANSWERED, AskedQuestion
from .followups import points_back
from .intents import Intent, Route, intent
from .knowledge import Knowledge, Library
from .ladder import ENDPOINT_FAILED, Degraded
from .metering import Meter
from .passages import Sentence, price_text, product_sentences
from .phrasing import phrased
from .ports import (
    Catalog,
    Conversations,
    CustomerStore,
    Embedded,
    EvidenceModel,
    LanguageModel,
    Questions,
)
from .prices import costs_less
from .products import Language, Product
from .purchases import Done, Purchase, asked_about, depends_on_purchase, latest, order
from .questions import Question, about_own_order, asks, plainly_asks, wants_other, wants_person
from .quoting import HandOverReason, suggested
from .replies import Answer, Citation, Reply, Suggestion
from .retrieval import tokens
from .wellformed import without_personal_data

__all__ = ["Answer", "Answers", "Citation", "Question"]

_TOLD_FROM_DATA = 0.95  # the confidence of a price or stock answer, which no search is needed for
_PURCHASES_AMONG = 500  # of their latest events
_NEAR = 20  # products looked at for one that serves instead
_KEPT_ANSWERS = 1000  # of each language, about 3 MB
_KEPT_VECTORS = 4000  # of sentences, about 6 MB
_BY_ROUTE: dict[Route, HandOverReason] = {
    "facts": "not_known",
    "form": "form_wanted",
    "person": "person_wanted",
}
# What an answer depends on beside the shop's knowledge: the words, the product in view, and whether a model
# may read them.
_Asked = tuple[str, str | None, bool]
_RULES_ONLY = frozenset({"price", "availability"})


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
        evidence_model: tells which sentence answers; without it, or while it fails, similarity and words do.
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
        evidence_model: EvidenceModel | None = None,
    ) -> None:
        self._catalog = catalog
        self._customers = customers
        self._memory = Memory(conversations) if conversations else None
        self._questions = questions
        self._model = model
        self._model_languages = model_languages
        self._meter = meter
        self._evidence_model = evidence_model
        self._library = Library(catalog)
        self._said: WeakKeyDictionary[Knowledge, OrderedDict[_Asked, Answer]] = WeakKeyDictionary()
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
        answer = self._answered(asked, question.question, allows, now)
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

    def _answered(
        self, question: Question, asked: str, allows: Callable[[Purpose], bool], now: datetime
    ) -> Answer:
        product = self._catalog.product(question.product_id) if question.product_id else None
        reply = Reply(question, asked, product, now)
        if wants_person(question.question):
            return reply.hand_over("person_wanted")
        if about_own_order(question.question):
            answer = reply.hand_over("own_order")
            ordered = self._order(question, now)
            return reply.after_purchase(ordered, answer) if ordered else answer
        knowledge = self._library.knowledge(question.spoken)
        asked_of = _own_product(question.question, product, knowledge)
        if asked_of and question.customer_id:
            # From the customer's own events; who lets nothing be kept of them is told by a colleague.
            done, own = asked_of
            purchase = latest(own, self._events(question), done)
            return reply.own(purchase) if purchase else reply.hand_over("own_order")
        answer = self._same_for_all(question, product, knowledge, reply, allows, now)
        if product and depends_on_purchase(question.question):
            bought = latest(product, self._events(question))
            return reply.after_purchase(bought, answer) if bought else answer
        return answer

    def _events(self, question: Question) -> list[Event]:
        """The customer's latest, newest first; none of who does not let them be used for this."""
        if question.customer_id is None:
            return []
        purposes: list[Purpose] = ["profiling", "personalisation"]
        return self._customers.read(question.customer_id, events=_PURCHASES_AMONG, purposes=purposes).events

    def _order(self, question: Question, now: datetime) -> Purchase | None:
        """The customer's order that a question is about, as far as the shop still has what was in it."""
        event = order(question.question, self._events(question), now)
        if event is None:
            return None
        products = self._catalog.products([item.item_id for item in event.items])
        return Purchase(list(products.values()), event) if products else None

    def _same_for_all(
        self,
        question: Question,
        product: Product | None,
        knowledge: Knowledge,
        reply: Reply,
        allows: Callable[[Purpose], bool],
        now: datetime,
    ) -> Answer:
        """What does not depend on who asks, but for what a model may do for them."""
        # Another version of the catalogue is another knowledge, and has said nothing yet.
        said = self._said.setdefault(knowledge, OrderedDict())
        key = (question.question.casefold(), question.product_id, allows("model_processing"))
        if key in said:
            said.move_to_end(key)
            return reply.again(said[key])
        answer = self._found(question, product, knowledge, reply, allows, now)
        if answer.degraded not in ENDPOINT_FAILED:
            said[key] = answer
            if len(said) > _KEPT_ANSWERS:
                said.popitem(last=False)
        return answer

    def _found(
        self,
        question: Question,
        product: Product | None,
        knowledge: Knowledge,
        reply: Reply,
        allows: Callable[[Purpose], bool],
        now: datetime,
    ) -> Answer:
        if pair := _to_compare(question.question, product, knowledge):
            return reply.compare(*compared(*pair, question.question, question.spoken), _TOLD_FROM_DATA)
        if told := _from_data(question, product, knowledge):
            sentence, of = told
            instead = None
            if sentence.kind == "availability" and not of.buyable:
                instead = self._instead_of(of)
            suggestion = _suggestion(instead, question.spoken) if instead else None
            return reply.quote(Evidence(sentence, _TOLD_FROM_DATA), None, suggestion)
        if product and (other := wants_other(question.question)):
            cheaper = other == "cheaper"
            if instead := self._instead_of(product, cheaper=cheaper):
                sentences = product_sentences(instead, question.spoken)
                resting_on = [each for each in sentences if each.kind in _RULES_ONLY]
                suggestion = _suggestion(instead, question.spoken, cheaper=cheaper)
                return reply.suggest(suggestion, resting_on, _TOLD_FROM_DATA)
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
                odds = self._log_odds(asked, sentences)
                return best(asked, sentences, words, similarities, found.spread, odds), None, wanted
        except ModelError:
            found = knowledge.find(asked, self._catalog, None, product)
        return best(asked, found.sentences, words, None, None), "no_embeddings", wanted

    def _instead_of(self, product: Product, *, cheaper: bool = False) -> Product | None:
        """The product most like this one, of its category, that can be had, and costs less if it has to."""
        own = self._catalog.vectors([product.id]).get(product.id)
        if own is None:
            return None
        near = [match.id for match in self._catalog.near(own.vectors[0], own.model, top=_NEAR)]
        others = self._catalog.products(near)
        for product_id in near:
            other = others.get(product_id)
            if other is None or other.id == product.id or not other.buyable:
                continue
            if other.category == product.category and (not cheaper or costs_less(other, product)):
                return other
        return None

    def _allowed(self, question: Question) -> Callable[[Purpose], bool]:
        """What may be done for the question. Who asks without saying who they are is nobody's data."""
        if question.customer_id is None:
            return lambda purpose: True
        return self._customers.read(question.customer_id, events=0).consents.allows

    def _log_odds(self, question: str, sentences: Sequence[Sentence]) -> list[float] | None:
        """Of each sentence that it answers; None where nothing reads the question together with them."""
        if self._evidence_model is None or not sentences:
            return None
        try:
            return read(question, sentences, self._evidence_model)
        except ModelRefused:
            # Another server than ours, which has none: nor will it the next time.
            self._evidence_model = None
            return None
        except ModelError:
            return None

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


def _suggestion(product: Product, language: Language, *, cheaper: bool = False) -> Suggestion:
    title = product.in_either(language).title
    reason = suggested(title, price_text(product, language), language, cheaper=cheaper)
    return Suggestion(product_id=product.id, title=title, reason=reason)


def _from_data(
    question: Question, product: Product | None, knowledge: Knowledge
) -> tuple[Sentence, Product] | None:
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
    return next(sentence for sentence in told if sentence.kind == kind), product


def _own_product(question: str, product: Product | None, knowledge: Knowledge) -> tuple[Done, Product] | None:
    """The product of which the customer asks whether or when they bought it, or gave it back, and which."""
    asked_of = asked_about(question)
    if asked_of is None:
        return None
    done, what = asked_of
    own = product if points_back(what) else knowledge.named(tokens(what))
    return (done, own) if own else None


def _to_compare(
    question: str, product: Product | None, knowledge: Knowledge
) -> tuple[Product, Product] | None:
    """The two products that are to be compared, if the question asks for that and names both.

    "It" and "this one" are the product asked about.
    """
    asked = sides(question)
    if asked is None:
        return None
    first, second = (
        product if not tokens(side) or points_back(side) else knowledge.named(tokens(side)) for side in asked
    )
    if first is None or second is None or first.id == second.id:
        return None
    return first, second
