"""The ports in memory. They behave as the adapters do, conditions and versions included."""

from __future__ import annotations

import hashlib
import io
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from shopwright.consent import PURPOSES, Consents, Purpose, Statement
from shopwright.errors import Conflict, InvalidInput, ModelError, ModelUnavailable, NotFound
from shopwright.events import CLOCK_SKEW, Event, anonymous
from shopwright.feedback import AskedQuestion, Opinion
from shopwright.ports import (
    Arrival,
    Candidate,
    Content,
    CustomerRecord,
    Embedded,
    Forgotten,
    Kept,
    KeptJob,
    Match,
    Message,
    Neighbours,
    Replenishment,
    Signals,
    Source,
    Turn,
)
from shopwright.products import Article, Language, Product
from shopwright.texts import StoredText

DIMENSIONS = 384


class InMemoryConversations:
    """ports.Conversations, without the hour."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Turn] = {}

    def last_turn(self, customer_id: str, conversation_id: str, now: datetime) -> Turn | None:
        return self.kept.get((customer_id, conversation_id))

    def keep_turn(self, customer_id: str, conversation_id: str, turn: Turn, now: datetime) -> None:
        self.kept[customer_id, conversation_id] = turn

    def turns(self, customer_id: str, now: datetime) -> list[Turn]:
        return [turn for (owner, _), turn in self.kept.items() if owner == customer_id]


class InMemoryQuestions:
    """ports.Questions, without the thirty days."""

    def __init__(self, *asked: AskedQuestion) -> None:
        self.kept = {each.question_id: each for each in asked}

    def keep(self, asked: AskedQuestion) -> None:
        self.kept[asked.question_id] = asked

    def add_opinion(self, question_id: str, customer_id: str | None, opinion: Opinion, now: datetime) -> None:
        found = self.kept.get(question_id)
        if found is None or found.customer_id not in (None, customer_id):
            raise NotFound("there is no such question, or it is too long ago")
        self.kept[question_id] = found.model_copy(update={"opinion": opinion, "opinion_at": now})

    def of(self, customer_id: str, now: datetime) -> list[AskedQuestion]:
        return [asked for asked in self.kept.values() if asked.customer_id == customer_id]

    def all_asked(self, now: datetime) -> Iterator[AskedQuestion]:
        yield from self.kept.values()


class InMemoryTexts:
    """ports.Texts."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredText] = {}

    def add(self, texts: Sequence[StoredText]) -> None:
        for text in texts:
            self.kept.setdefault(text.text_id, text)

    def text(self, text_id: str) -> StoredText:
        if text_id not in self.kept:
            raise NotFound("there is no text of that id")
        return self.kept[text_id]

    def of(self, product_id: str) -> list[StoredText]:
        return [text for text in self.kept.values() if text.product_id == product_id]

    def all_texts(self) -> Iterator[StoredText]:
        yield from list(self.kept.values())

    def replace(self, text: StoredText, *, expected: StoredText) -> None:
        if self.kept[text.text_id] != expected:
            raise Conflict("the text was changed by somebody else meanwhile; try again")
        self.kept[text.text_id] = text


class InMemoryContentJobs:
    """ports.Jobs. `sent` keeps what was queued."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self.counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.changed: dict[str, datetime] = {}
        self.cancelled: dict[str, datetime | None] = {}
        self.finished: defaultdict[str, set[str]] = defaultdict(set)
        self.sent: list[tuple[str, str]] = []

    def create(self, job_id: str, document: str) -> bool:
        return self.documents.setdefault(job_id, document) is document

    def read(self, job_id: str) -> KeptJob:
        if job_id not in self.documents:
            raise NotFound("there is no job of that id")
        return KeptJob(
            self.documents[job_id],
            dict(self.counts[job_id]),
            self.changed.get(job_id),
            self.cancelled.get(job_id),
        )

    def set_cancelled(self, job_id: str, cancelled_at: datetime | None) -> None:
        self.read(job_id)
        self.cancelled[job_id] = cancelled_at

    def done(self, job_id: str) -> set[str]:
        return set(self.finished[job_id])

    def finish(self, job_id: str, product_id: str, counts: dict[str, float], now: datetime) -> bool:
        if product_id in self.finished[job_id]:
            return False
        self.finished[job_id].add(product_id)
        for name, count in counts.items():
            self.counts[job_id][name] += count
        self.changed[job_id] = now
        return True

    def send(self, job_id: str, product_ids: Sequence[str]) -> None:
        self.sent += [(job_id, product_id) for product_id in product_ids]


class InMemoryCustomers:
    """ports.CustomerStore. Counters are added up as decimals, like DynamoDB's numbers."""

    def __init__(self, by_default: frozenset[Purpose] = frozenset(PURPOSES)) -> None:
        self._by_default = by_default
        self._said: dict[str, list[Statement]] = {}
        self._forgotten: dict[str, datetime] = {}
        self._events: defaultdict[str, dict[str, Event]] = defaultdict(dict)
        self._counters: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        self._documents: dict[str, dict[str, Any]] = {}
        self._corrections: dict[str, tuple[dict[str, Any], int]] = {}
        self._stale: dict[str, datetime] = {}
        self._due: dict[str, datetime] = {}

    def add_event(self, event: Event, increments: dict[str, float], now: datetime) -> Kept:
        if event.event_id in self._events[event.customer_id]:
            return "duplicate"
        if event.event_time <= self._forgotten.get(event.customer_id, event.event_time - CLOCK_SKEW):
            return "late"
        if not self._consents(event.customer_id).allows("profiling"):
            if event.items:
                nameless = anonymous(event)
                self._events[nameless.customer_id][nameless.event_id] = nameless
            return "anonymous"
        self._events[event.customer_id][event.event_id] = event
        for name, value in increments.items():
            self._counters[event.customer_id][name] += Decimal(str(value))
        self._went_stale(event.customer_id, now)
        return "stored"

    def _consents(self, customer_id: str) -> Consents:
        return Consents(self._by_default, tuple(self._said.get(customer_id, ())))

    def save_consents(self, customer_id: str, said: Sequence[Statement], *, expected: int) -> None:
        if len(self._said.get(customer_id, ())) != expected:
            raise Conflict("somebody else changed the consents meanwhile; try again")
        self._said[customer_id] = list(said)

    def forget(
        self,
        customer_id: str,
        *,
        said: Sequence[Statement],
        corrections: dict[str, Any],
        now: datetime,
    ) -> Forgotten:
        held = self.read(customer_id, events=0).profile
        events = len(self._events.pop(customer_id, {}))
        for kept in (self._counters, self._documents, self._corrections, self._stale, self._due, self._said):
            kept.pop(customer_id, None)
        if corrections:
            self._corrections[customer_id] = (corrections, 1)
        if said:
            self._said[customer_id] = list(said)
        self._forgotten[customer_id] = now + CLOCK_SKEW
        known = bool(held["counters"] or held["document"] or held["corrections"])
        return Forgotten(int(known), events, events)

    def read(self, customer_id: str, *, events: int, purposes: Collection[Purpose] = ()) -> CustomerRecord:
        consents = self._consents(customer_id)
        record = self._read(customer_id, events, consents)
        if consents.allows(*purposes):
            return record
        refused = {
            key: own for key, own in record.profile["corrections"].items() if key.startswith("product:")
        }
        empty = self._read("nobody at all", 0, consents).profile
        return CustomerRecord({**empty, "corrections": refused}, [], consents)

    def _read(self, customer_id: str, events: int, consents: Consents) -> CustomerRecord:
        corrections, version = self._corrections.get(customer_id, ({}, 0))
        stale = self._stale.get(customer_id)
        profile = {
            "counters": {name: float(value) for name, value in self._counters.get(customer_id, {}).items()},
            "document": deepcopy(self._documents.get(customer_id, {})),
            "corrections": deepcopy(corrections),
            "corrections_version": version,
            "stale_since": stale.isoformat() if stale else None,
            "forgotten_until": str(self._forgotten[customer_id]) if customer_id in self._forgotten else None,
        }
        return CustomerRecord(profile, self.events(customer_id)[::-1][:events], consents)

    def events(self, customer_id: str) -> list[Event]:
        kept = self._events.get(customer_id, {}).values()
        return sorted(kept, key=lambda event: (event.event_time, event.event_id))

    def all_events(self) -> Iterator[Event]:
        for customer_id in list(self._events):
            yield from self.events(customer_id)

    def save_traits(
        self,
        customer_id: str,
        document: dict[str, Any],
        *,
        events_counted: int,
        corrections_version: int,
        forgotten_until: str | None,
        due_at: datetime | None,
    ) -> None:
        if self.read(customer_id, events=0).profile["forgotten_until"] != forgotten_until:
            return
        self._documents[customer_id] = deepcopy(document)
        current = self.read(customer_id, events=0).profile
        unmoved = current["counters"].get("events", 0) == events_counted
        if unmoved and current["corrections_version"] == corrections_version:
            self._stale.pop(customer_id, None)
            self._due.pop(customer_id, None)
            if due_at:
                self._due[customer_id] = due_at

    def save_corrections(
        self, customer_id: str, corrections: dict[str, Any], *, expected: int, now: datetime
    ) -> None:
        _, version = self._corrections.get(customer_id, ({}, 0))
        if version != expected:
            raise Conflict("the profile was corrected by somebody else meanwhile; try again")
        self._corrections[customer_id] = (deepcopy(corrections), version + 1)
        self._went_stale(customer_id, now)

    def due(self, now: datetime, *, limit: int) -> list[str]:
        found = sorted((at, customer_id) for customer_id, at in self._due.items() if at <= now)
        return [customer_id for _, customer_id in found[:limit]]

    def _went_stale(self, customer_id: str, now: datetime) -> None:
        self._due[customer_id] = self._stale.setdefault(customer_id, now)


class InMemoryCatalog:
    """ports.Catalog. Vectors of another model are never found."""

    def __init__(self, products: Iterable[Product] = (), articles: Iterable[Article] = ()) -> None:
        self._products: dict[str, tuple[Product, list[float], str]] = {}
        self._articles: dict[tuple[str, Language], tuple[Article, list[list[float]], str]] = {}
        self._neighbours: dict[str, Neighbours] = {}
        self._popular: dict[str, float] = {}
        self._replenishment: dict[str, Replenishment] = {}
        self._branches: dict[str, dict[str, float]] = {}
        self._merchandising: list[dict[str, Any]] = []
        self._gaps: dict[str, Any] = {}
        self._arrivals: list[tuple[datetime, Arrival]] = []
        self._changes = 0
        products, articles = list(products), list(articles)
        if products:
            texts = [product.title for product in products]
            self.put_products(products, [toy_vector(text) for text in texts], ScriptedModel.EMBEDDING)
        for article in articles:
            vectors = [toy_vector(paragraph) for paragraph in article.paragraphs]
            self.put_article(article, vectors, ScriptedModel.EMBEDDING)

    def put_products(
        self,
        products: Sequence[Product],
        vectors: Sequence[Sequence[float]],
        model: str,
        *,
        now: datetime | None = None,
    ) -> None:
        for product, vector in zip(products, vectors, strict=True):
            if now and product.id not in self._products and any(vector):
                self._arrivals.append((now.replace(microsecond=0), Arrival(product.id, list(vector), model)))
            self._products[product.id] = (product, list(vector), model)
        self._changes += 1

    def arrivals(self, *, limit: int = 128) -> list[Arrival]:
        latest = sorted(self._arrivals, key=lambda each: (each[0], each[1].product_id), reverse=True)
        return [arrival for _, arrival in latest][:limit]

    def forget_arrivals(self, before: datetime) -> None:
        before = before.replace(microsecond=0)
        self._arrivals = [each for each in self._arrivals if each[0] >= before]

    def put_article(self, article: Article, vectors: Sequence[Sequence[float]], model: str) -> None:
        self._articles[article.id, article.language] = (article, [list(each) for each in vectors], model)
        self._changes += 1

    def product(self, product_id: str) -> Product:
        if product_id not in self._products:
            raise NotFound("there is no product of that id")
        return self._products[product_id][0]

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        return {key: self._products[key][0] for key in product_ids if key in self._products}

    def all_products(self) -> Iterator[Product]:
        yield from [product for product, _, _ in self._products.values()]

    def vectors(self, product_ids: Iterable[str]) -> dict[str, Embedded]:
        found = {key: self._products[key] for key in product_ids if key in self._products}
        return {key: Embedded(model, [vector]) for key, (_, vector, model) in found.items()}

    def near(self, vector: Sequence[float], model: str, *, top: int) -> list[Match]:
        matches = [
            Match(key, cosine(vector, own))
            for key, (_, own, made_by) in self._products.items()
            if made_by == model
        ]
        return sorted(matches, key=lambda match: (-match.similarity, match.id))[:top]

    def near_articles(
        self, vector: Sequence[float], model: str, *, top: int, language: Language | None = None
    ) -> list[Match]:
        matches = [
            Match(key, cosine(vector, own), position, spoken)
            for (key, spoken), (_, vectors, made_by) in self._articles.items()
            if made_by == model and language in (None, spoken)
            for position, own in enumerate(vectors)
        ]
        return sorted(matches, key=lambda match: (-match.similarity, match.id, match.position))[:top]

    def articles(self) -> Iterator[Article]:
        yield from [article for article, _, _ in self._articles.values()]

    def version(self) -> str:
        return str(self._changes)

    def neighbours(self, product_ids: Iterable[str]) -> dict[str, Neighbours]:
        return {key: self._neighbours[key] for key in product_ids if key in self._neighbours}

    def put_neighbours(self, neighbours: dict[str, Neighbours]) -> None:
        self._neighbours |= neighbours

    def popular(self) -> dict[str, float]:
        return dict(self._popular)

    def put_popular(self, scores: dict[str, float]) -> None:
        self._popular = dict(scores)

    def signals(self, product_ids: Iterable[str], branch: str | None = None) -> Signals:
        return Signals(
            neighbours=self.neighbours(product_ids),
            popular=self.popular(),
            replenishment=dict(self._replenishment),
            merchandising=self.merchandising(),
            branch=dict(self._branches.get(branch, {})) if branch else {},
        )

    def put_replenishment(self, found: dict[str, Replenishment]) -> None:
        self._replenishment = dict(found)

    def put_branches(self, branches: dict[str, dict[str, float]]) -> None:
        self._branches |= deepcopy(branches)

    def merchandising(self) -> list[dict[str, Any]]:
        return deepcopy(self._merchandising)

    def put_merchandising(self, rules: list[dict[str, Any]]) -> None:
        self._merchandising = deepcopy(rules)

    def gaps(self) -> dict[str, Any]:
        return deepcopy(self._gaps)

    def put_gaps(self, made: dict[str, Any]) -> None:
        self._gaps = deepcopy(made)


Scripted = str | Sequence[str] | ModelError


class ScriptedModel:
    """ports.LanguageModel that says what it was told to, call after call; the last turn is said for ever.

    A turn is one text (all candidates are the same), several (one a candidate, over again), or an error to
    raise. Without turns the model is unavailable. `calls` keeps the messages of each call.
    """

    EMBEDDING = "toy"

    def __init__(self, *turns: Scripted, answer: Callable[[Sequence[Message]], str] | None = None) -> None:
        self._turns = list(turns)
        self._answer = answer
        self.embeddings_down = False
        self.calls: list[list[Message]] = []

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_tokens: int = 128,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> list[Candidate]:
        self.calls.append(list(messages))
        if self._answer:
            return [Candidate(self._answer(messages), complete=True)] * n
        if not self._turns:
            raise ModelUnavailable("the endpoint is down")
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        if isinstance(turn, ModelError):
            raise turn
        texts = [turn] if isinstance(turn, str) else list(turn)
        return [Candidate(texts[index % len(texts)], complete=True) for index in range(n)]

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        if self.embeddings_down:
            raise ModelUnavailable("the endpoint is down")
        return Embedded(self.EMBEDDING, [toy_vector(text) for text in texts])


class InMemoryQueue:
    """ports.RefreshQueue."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failed: list[str] = []

    def send(self, customer_ids: Sequence[str]) -> None:
        self.sent += customer_ids

    def forget(self, customer_id: str) -> int:
        before = len(self.failed)
        self.failed = [each for each in self.failed if each != customer_id]
        return before - len(self.failed)


def toy_vector(text: str) -> list[float]:
    """Words (and single Chinese characters) hashed to places: texts that share words are near."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"[一-鿿]|[^\W_]+", text.casefold()) or [""]:
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """Of vectors of length 1."""
    return sum(a * b for a, b in zip(left, right, strict=True))


class InMemoryArchive:
    """ports.Archive. `written` keeps the keys in the order of their writing."""

    NAME = "archive"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.written: list[str] = []

    def key(self, address: str) -> str | None:
        start = f"s3://{self.NAME}/"
        return address.removeprefix(start) if address.startswith(start) else None

    def has(self, key: str) -> bool:
        return key in self.files

    def read(self, key: str, *, most: int) -> Content | None:
        if key not in self.files:
            return None
        if len(self.files[key]) > most:
            raise InvalidInput(f"{key} is longer than {most} bytes", field=key)
        return Content(self.files[key], self._tag(key))

    def open(self, key: str) -> IO[bytes]:
        if key not in self.files:
            raise NotFound(f"there is no {key}")
        return io.BytesIO(self.files[key])

    def put(self, key: str, data: bytes, *, replacing: Content | None) -> None:
        if (self._tag(key) if key in self.files else None) != (replacing.tag if replacing else None):
            raise Conflict(f"{key} was written by somebody else meanwhile; try again")
        self._write(key, data)

    def put_file(self, key: str, file: IO[bytes]) -> None:
        self._write(key, file.read())

    def copy(self, source: str, target: str) -> None:
        with self.open(source) as file:
            self._write(target, file.read())

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.files if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.files.pop(key, None)

    def _tag(self, key: str) -> str:
        return hashlib.sha256(self.files[key]).hexdigest()

    def _write(self, key: str, data: bytes) -> None:
        self.files[key] = data
        self.written.append(key)


class ListedModels:
    """What ports.Embeddings tells of the vectors that are stored."""

    def __init__(self, made_by: dict[Source, str]) -> None:
        self._made_by = made_by

    def models(self) -> Iterator[tuple[Source, str]]:
        yield from self._made_by.items()


class InMemoryJobs:
    """ports.TrainingJobs. `started` keeps what each job was told, by name."""

    def __init__(self) -> None:
        self.started: dict[str, dict[str, str | None]] = {}

    def start(self, name: str, *, export: str, output: str, checkpoints: str, current: str | None) -> bool:
        if name in self.started:
            return False
        self.started[name] = {
            "export": export,
            "output": output,
            "checkpoints": checkpoints,
            "current": current,
        }
        return True
