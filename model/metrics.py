"""What /metrics tells Prometheus. SageMaker scrapes it where detailed observability is switched on."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_TOKEN_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counters of one server. `kind` is text, embeddings, evidence or recommendations."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "model_requests", "Requests answered, by HTTP status.", ["kind", "status"], registry=registry
        )
        self._rejections = Counter(
            "model_rejections", "Requests refused without being started.", ["reason"], registry=registry
        )
        self._queue = Gauge("model_queue_depth", "What waits for its engine.", ["kind"], registry=registry)
        self._batch = Histogram(
            "model_batch_size",
            "Sequences, or texts to embed, that are computed together.",
            ["kind"],
            buckets=_BATCHES,
            registry=registry,
        )
        self._first = Histogram(
            "model_time_to_first_token_seconds",
            "From a place in the batch to the first token.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._token = Histogram(
            "model_time_per_token_seconds",
            "Between the tokens of one sequence, its mean.",
            buckets=_TOKEN_SECONDS,
            registry=registry,
        )
        self._tokens = Counter("model_tokens", "Tokens read and written.", ["kind"], registry=registry)
        self._recommendation = Histogram(
            "model_recommendation_seconds",
            "How long the recommender computed for one history.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._recommender = Gauge(
            "model_recommender_info", "1 for the version that recommends.", ["version"], registry=registry
        )
        self._loads = Counter(
            "model_recommender_loads",
            "Published recommenders: loaded, broken (kept out for good), unreachable (looked for again).",
            ["outcome"],
            registry=registry,
        )

    def answered(self, kind: str, status: int) -> None:
        """One more request has its answer."""
        self._requests.labels(kind, str(status)).inc()

    def rejected(self, reason: str) -> None:
        """One more was refused: queue_full, deadline."""
        self._rejections.labels(reason).inc()

    def watch_queue(self, kind: str, waiting: Callable[[], float]) -> None:
        """Ask for the queue's length whenever somebody reads the metrics."""
        self._queue.labels(kind).set_function(waiting)

    def running(self, kind: str, size: int) -> None:
        """So many are computed together now."""
        self._batch.labels(kind).observe(size)

    def first_token(self, seconds: float) -> None:
        """A request's first token came."""
        self._first.observe(seconds)

    def token(self, seconds: float) -> None:
        """A sequence took this long a token."""
        self._token.observe(seconds)

    def tokens(self, kind: str, count: int) -> None:
        """`kind`: prompt, completion, embedding."""
        self._tokens.labels(kind).inc(count)

    def recommendation(self, seconds: float) -> None:
        """The recommender took this long for a history."""
        self._recommendation.observe(seconds)

    def recommender(self, version: str) -> None:
        """This one recommends from now on."""
        self._recommender.clear()
        self._recommender.labels(version).set(1)

    def recommender_load(self, outcome: str) -> None:
        """`outcome`: loaded, broken, unreachable."""
        self._loads.labels(outcome).inc()

    def text(self) -> bytes:
        """In Prometheus' exposition format."""
        return generate_latest(self._registry)
