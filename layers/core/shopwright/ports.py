"""What the features need from the world outside, as Protocols: customers, catalogue, models.

`adapters/` implements them on AWS; tests may pass in anything that behaves the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Literal, Protocol

from .consent import Consents, Purpose, Statement
from .events import Event
from .feedback import AskedQuestion, Opinion
from .products import Article, Language, Product
from .texts import StoredText

Kept = Literal["stored", "duplicate", "anonymous", "late"]
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True)
class Candidate:
    """One text the model wrote. `complete` is False when it ran into the token limit."""

    text: str
    complete: bool


@dataclass(frozen=True)
class Embedded:
    """Vectors of one call, in the order of the texts, and the id of the model that made them."""

    model: str
    vectors: list[list[float]]


class LanguageModel(Protocol):
    """The Transformer behind the endpoint. Every method raises ModelError when it gives nothing usable."""

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_tokens: int = 128,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> list[Candidate]:
        """`n` candidates for the next turn."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        """Vectors of what is searched for."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """Vectors of what is to be found."""
        ...


@dataclass(frozen=True)
class Page:
    """Sentences under one title."""

    title: str
    sentences: Sequence[str]


class EvidenceModel(Protocol):
    """What reads a question together with the pages that may answer it."""

    def log_odds(self, question: str, pages: Sequence[Page]) -> list[list[float]]:
        """Of each page, for each sentence, the logarithm of the odds that it answers against none of them.

        Raises:
            ModelRefused: the endpoint has no such model.
            ModelError: it gave nothing usable.
        """
        ...


@dataclass(frozen=True)
class Arrival:
    """A product that the recommender may not know yet, by its text's vector and the model that made that."""

    product_id: str
    vector: Sequence[float]
    model: str


@dataclass(frozen=True)
class NextProduct:
    """A product that a customer may turn to next, its score in [0, 1].

    `because`: of the latest products of the history, what adds most first, how far the score falls without.
    """

    product_id: str
    score: float
    because: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class NextList:
    """Best first. `model` is the recommender's version, `known` how many of the history it knows."""

    model: str
    known: int
    products: list[NextProduct]


class NextProducts(Protocol):
    """The recommender behind the endpoint."""

    def next_products(
        self,
        history: Sequence[str],
        *,
        limit: int = 50,
        exclude: Collection[str] = (),
        explain: int = 0,
        arrivals: Sequence[Arrival] = (),
    ) -> NextList:
        """What comes after a history. Nothing, if none of it is known and no arrival can be compared.

        Args:
            history: 1 to 200 product ids, oldest first.
            limit: 1 to 200.
            exclude: products that must not come back, 1000 at most.
            explain: of how many of the latest of the history to tell what they add, 0 to 20.
            arrivals: 128 at most, each product once. Vectors of another model than the recommender's say
                nothing there.

        Raises:
            ModelError: it gave nothing usable.
        """
        ...


@dataclass(frozen=True)
class Match:
    """A hit of a vector search. `similarity` is the cosine, 1 for the same direction."""

    id: str
    similarity: float
    position: int = 0  # which passage, for articles
    language: Language | None = None  # of the passage, for articles


@dataclass(frozen=True)
class Passage:
    """A paragraph of an article, or a product's facts, as search sees it.

    `source` is `product:<id>` or `article:<id>`; `title` is the article's or product's.
    """

    source: str
    position: int
    language: Language
    title: str
    text: str
    link: str | None = None


@dataclass(frozen=True)
class Neighbours:
    """Products near one product, best first, each with its score in (0, 1].

    `bought`: in the same baskets, above what their popularity explains. `viewed`: by the same customers.
    """

    bought: dict[str, float] = field(default_factory=dict)
    viewed: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Replenishment:
    """That a product is bought again: by which share of its buyers, and after how many days typically."""

    days: float
    share: float


@dataclass(frozen=True)
class Signals:
    """What recommending needs to know beside the products themselves."""

    neighbours: dict[str, Neighbours] = field(default_factory=dict)  # as Catalog.neighbours
    popular: dict[str, float] = field(default_factory=dict)  # as Catalog.popular
    replenishment: dict[str, Replenishment] = field(default_factory=dict)
    merchandising: list[dict[str, Any]] = field(default_factory=list)  # the shop's rules, as stored
    branch: dict[str, float] = field(default_factory=dict)  # as put_branches was given it


class Catalog(Protocol):
    """Products and articles, found by id or by meaning."""

    def put_products(
        self,
        products: Sequence[Product],
        vectors: Sequence[Sequence[float]],
        model: str,
        *,
        now: datetime | None = None,
    ) -> None:
        """Store products, each with its vector; replaces what was there. Each is written whole or not.

        With `now` (aware), those that were not there before are arrivals from then on; an arrival is always
        in the catalogue, but where the store is overloaded not every new product becomes one.
        """
        ...

    def arrivals(self, *, limit: int = 128) -> list[Arrival]:
        """The latest, newest first, `limit` at most; each product once, with the vector it came with."""
        ...

    def forget_arrivals(self, before: datetime) -> None:
        """What came earlier than `before` (to the second) is no arrival any more; the products stay."""
        ...

    def put_article(self, article: Article, vectors: Sequence[Sequence[float]], model: str) -> None:
        """Store an article with one vector a paragraph; replaces what was there in that language."""
        ...

    def product(self, product_id: str) -> Product:
        """Raises NotFound."""
        ...

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Those of the products that exist, by id."""
        ...

    def all_products(self) -> Iterator[Product]:
        """Every product of the catalogue, in no order."""
        ...

    def vectors(self, product_ids: Iterable[str]) -> dict[str, Embedded]:
        """Each product's stored vector and the model that made it; of those that exist, by id."""
        ...

    def near(self, vector: Sequence[float], model: str, *, top: int) -> list[Match]:
        """The products nearest to a vector made by `model`, nearest first."""
        ...

    def near_articles(
        self, vector: Sequence[float], model: str, *, top: int, language: Language | None = None
    ) -> list[Match]:
        """The article paragraphs nearest to a vector made by `model`, nearest first."""
        ...

    def articles(self) -> Iterator[Article]:
        """Every article in every language."""
        ...

    def version(self) -> str:
        """Changes whenever a product or an article does."""
        ...

    def neighbours(self, product_ids: Iterable[str]) -> dict[str, Neighbours]:
        """Neighbours of those products that have any, by id."""
        ...

    def put_neighbours(self, neighbours: dict[str, Neighbours]) -> None:
        """Replace those products' neighbours, by id."""
        ...

    def popular(self) -> dict[str, float]:
        """The most popular products, best first, with their share of the best one's interest, in (0, 1]."""
        ...

    def put_popular(self, scores: dict[str, float]) -> None:
        """Replace the list of popular products."""
        ...

    def signals(self, product_ids: Iterable[str], branch: str | None = None) -> Signals:
        """The neighbours of those products and categories with all lists, in one read.

        Args:
            product_ids: whose neighbours.
            branch: the key of the branch of the category tree that is asked for.
        """
        ...

    def put_replenishment(self, found: dict[str, Replenishment]) -> None:
        """Replace the list of products that are bought again."""
        ...

    def put_branches(self, branches: dict[str, dict[str, float]]) -> None:
        """Replace those branches: products of a category and all its children, best first.

        Each product has its share of the interest in the best one, 0 where nobody showed any.
        """
        ...

    def merchandising(self) -> list[dict[str, Any]]:
        """The shop's rules, as they were put; none if none were."""
        ...

    def put_merchandising(self, rules: list[dict[str, Any]]) -> None:
        """Replace the shop's rules, all at once."""
        ...

    def gaps(self) -> dict[str, Any]:
        """The last list of articles worth writing, as gaps.py made it; empty before the first."""
        ...

    def put_gaps(self, made: dict[str, Any]) -> None:
        """Replace the list of articles worth writing."""
        ...


@dataclass(frozen=True)
class Source:
    """What has vectors: a product (`product:<id>`), or an article (`article:<id>`) in one language."""

    id: str
    language: Language | None = None  # an article's; a product's one vector stands for all its languages


class Embeddings(Protocol):
    """The catalogue's vectors, as the job sees them that replaces those of another model."""

    def models(self) -> Iterator[tuple[Source, str]]:
        """Everything that has vectors, each with the model that made them; in no order."""
        ...

    def documents(self, sources: Iterable[Source]) -> dict[Source, str]:
        """Their products and articles as JSON, as they stand now; those that are gone are left out."""
        ...

    def replace(
        self, source: Source, vectors: Sequence[Sequence[float]], model: str, *, document: str, made_by: str
    ) -> bool:
        """Replace all of a source's vectors, and nothing else.

        Returns False, and changes nothing, if its document is no longer `document` or its vectors are no
        longer `made_by`'s: somebody else has stored it meanwhile, with vectors of their own.
        """
        ...

    def checked(self) -> tuple[str, str] | None:
        """What `put_checked` was last told."""
        ...

    def put_checked(self, model: str, version: str) -> None:
        """Remember that in this version of the catalogue every vector is `model`'s."""
        ...


@dataclass(frozen=True)
class CustomerRecord:
    """What one read brings of a customer: the stored profile, the latest events, newest first, and consents.

    `profile` holds what profiles.py writes there; for somebody new its parts are empty.
    """

    profile: dict[str, Any]
    events: list[Event]
    consents: Consents


@dataclass(frozen=True)
class Forgotten:
    """How many items a store deleted of a customer."""

    profile: int
    events: int
    event_keys: int  # by which an event that is sent again is known
    conversations: int = 0
    questions: int = 0


@dataclass(frozen=True)
class Turn:
    """What was asked last in a conversation: a question that stands for itself, and what it was about."""

    question: str
    product_id: str | None = None


class Conversations(Protocol):
    """What customers asked last, for an hour."""

    def last_turn(self, customer_id: str, conversation_id: str, now: datetime) -> Turn | None:
        """The customer's last question in the conversation, if there is one."""
        ...

    def keep_turn(self, customer_id: str, conversation_id: str, turn: Turn, now: datetime) -> None:
        """Keep it, in place of the one before."""
        ...

    def turns(self, customer_id: str, now: datetime) -> list[Turn]:
        """The last question of each of the customer's conversations."""
        ...


class Questions(Protocol):
    """What was asked, and what customers thought of the answers, for 30 days."""

    def keep(self, asked: AskedQuestion) -> None:
        """Keep a question, with its customer or without; not the opinion, which comes later."""
        ...

    def add_opinion(self, question_id: str, customer_id: str | None, opinion: Opinion, now: datetime) -> None:
        """Keep what the customer thinks of the answer, in place of what they said before.

        Raises:
            NotFound: there is no such question, or it is another customer's.
        """
        ...

    def of(self, customer_id: str, now: datetime) -> list[AskedQuestion]:
        """What is kept of the customer's, oldest first."""
        ...

    def all_asked(self, now: datetime) -> Iterator[AskedQuestion]:
        """Everybody's, in no order."""
        ...


class Texts(Protocol):
    """Copy that is kept, by product."""

    def add(self, texts: Sequence[StoredText]) -> None:
        """Keep them; those that are there already stay as they are."""
        ...

    def text(self, text_id: str) -> StoredText:
        """Raises NotFound."""
        ...

    def of(self, product_id: str) -> list[StoredText]:
        """All of a product's, oldest first."""
        ...

    def all_texts(self) -> Iterator[StoredText]:
        """Every product's, those of one product together."""
        ...

    def replace(self, text: StoredText, *, expected: StoredText) -> None:
        """Replace it, if it is still what is expected. Raises Conflict."""
        ...


@dataclass(frozen=True)
class KeptJob:
    """What is kept of a job: its document, its counters, when they last changed, when it was cancelled."""

    document: str
    counts: dict[str, float]
    updated_at: datetime | None = None
    cancelled_at: datetime | None = None


class Jobs(Protocol):
    """Jobs that write a whole catalogue, their work and their progress."""

    def create(self, job_id: str, document: str) -> bool:
        """Keep a new job; False if there is one of that id, which stays as it is."""
        ...

    def read(self, job_id: str) -> KeptJob:
        """A job as it stands. Raises NotFound."""
        ...

    def set_cancelled(self, job_id: str, cancelled_at: datetime | None) -> None:
        """Note that a job was cancelled, and when; None to take that back. Raises NotFound."""
        ...

    def done(self, job_id: str) -> set[str]:
        """The products whose work is done."""
        ...

    def finish(self, job_id: str, product_id: str, counts: dict[str, float], now: datetime) -> bool:
        """Note that a product's work is done, and count it; False, and nothing counted, if it was noted."""
        ...

    def send(self, job_id: str, product_ids: Sequence[str]) -> None:
        """Queue the products' work."""
        ...


class CustomerStore(Protocol):
    """One customer is one partition."""

    def add_event(self, event: Event, increments: dict[str, float], now: datetime) -> Kept:
        """Store an event and add `increments` to the profile's counters, both or neither.

        Returns:
            `stored`; `duplicate`, if the customer's event of that id is already there; `anonymous`, if they
            do not let the shop profile them: what happened is kept, that it was them is not; `late`, if it
            happened before they were forgotten. Only the first changes anything of theirs.
        """
        ...

    def read(self, customer_id: str, *, events: int, purposes: Collection[Purpose] = ()) -> CustomerRecord:
        """The profile and the latest `events` events, in one read.

        Where the customer does not allow all of the `purposes`, nothing of it but what they refuse.
        """
        ...

    def save_consents(self, customer_id: str, said: Sequence[Statement], *, expected: int) -> None:
        """Replace what the customer said, if that was still `expected` statements long. Raises Conflict."""
        ...

    def forget(
        self,
        customer_id: str,
        *,
        said: Sequence[Statement],
        corrections: dict[str, Any],
        now: datetime,
    ) -> Forgotten:
        """Delete all that is kept of a customer but what they `said` of consent and their `corrections`.

        Events that happened before `now` are `late` from then on. If it fails midway, calling again goes on.
        """
        ...

    def events(self, customer_id: str) -> list[Event]:
        """All events kept of a customer, oldest first."""
        ...

    def all_events(self) -> Iterator[Event]:
        """All events of all customers; each customer's together and oldest first. Anonymous ones are each
        of a customer of their own."""
        ...

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
        """Write the rebuilt part of the profile; it is due again at `due_at`, when its first trait expires.

        Nothing is written if the customer was forgotten since the rebuild read the profile, whose
        `forgotten_until` is brought along. It stays stale if the counter `events` or the corrections' version
        has moved on since then.
        """
        ...

    def save_corrections(
        self, customer_id: str, corrections: dict[str, Any], *, expected: int, now: datetime
    ) -> None:
        """Replace the customer's corrections if their version is still `expected`; the profile is due now.

        Raises Conflict.
        """
        ...

    def due(self, now: datetime, *, limit: int) -> list[str]:
        """Customers whose profile is stale or holds a trait that expired before `now`; longest due first."""
        ...


class Allowances(Protocol):
    """What customers have used of a limit, minute by minute."""

    def spend(self, customer_id: str, amount: int, limit: int, now: datetime) -> bool:
        """Add `amount` to what was used in this minute; False, and nothing added, if that passes `limit`."""
        ...


class RefreshQueue(Protocol):
    """Customers whose profile is to be rebuilt."""

    def send(self, customer_ids: Sequence[str]) -> None:
        """Queue them; at least once."""
        ...

    def forget(self, customer_id: str) -> int:
        """Delete the customer's messages from those that failed for good; returns how many."""
        ...


@dataclass(frozen=True)
class Content:
    """What stands under a key. `tag` is another one whenever the bytes are."""

    data: bytes
    tag: str


class Archive(Protocol):
    """The files that make a recommender: exports, what was trained on them, what is published.

    Keys are paths (`exports/20261125T030000Z/manifest.json`). Every method raises StoreUnavailable.
    """

    def key(self, address: str) -> str | None:
        """The key of what has this address (`s3://...`); None if that is not in this archive."""
        ...

    def has(self, key: str) -> bool:
        """Whether something stands there."""
        ...

    def read(self, key: str, *, most: int) -> Content | None:
        """What stands there, None if nothing does. Raises InvalidInput if it is longer than `most` bytes."""
        ...

    def open(self, key: str) -> IO[bytes]:
        """To be read once, front to back, and closed. Raises NotFound."""
        ...

    def put(self, key: str, data: bytes, *, replacing: Content | None) -> None:
        """Write in place of what was read there, or where nothing stood; whole or not at all.

        Raises Conflict if something else stands there now; nothing was written.
        """
        ...

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """Write the rest of an open file, whatever stood there; whole or not at all."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Copy, whatever stood at the target; whole or not at all. Raises NotFound."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """All that begin so, in the order of the alphabet."""
        ...

    def delete(self, key: str) -> None:
        """Nothing happens where nothing stands."""
        ...


class TrainingJobs(Protocol):
    """What trains recommenders."""

    def start(self, name: str, *, export: str, output: str, checkpoints: str, current: str | None) -> bool:
        """Start training on an export. Returns False if that job was started before.

        Args:
            name: of the job; letters, digits and hyphens, 63 at most.
            export: the prefix in the archive that holds the export.
            output: the prefix below which `<name>/output/model.tar.gz` will be written.
            checkpoints: the prefix where the job may keep what lets it go on after an interruption.
            current: the artifact in use, which the new one has to match; None before the first.

        Raises:
            StoreUnavailable: it cannot be started now.
            Conflict: a job of that name exists and works for another archive.
        """
        ...
