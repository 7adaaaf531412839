"""Recommendations over HTTP: answers, refusals, deadlines, and recommenders that change meanwhile."""

from __future__ import annotations

import base64
import logging
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from model.metrics import Metrics
from model.recommender.published import Published
from model.recommending import Recommending
from model.server import create_app
from model.service import Service
from model.storage import storage
from model.tokens import ChatTokenizer
from model.watching import Watch
from tests.model.counted import Counted, point, publish
from tests.model.engines import ToldEmbeddings, ToldEngine, told_model, told_tokenizer

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
COUNTS = {"p-1": {"p-2": 3, "p-3": 1}, "p-2": {"p-3": 2, "p-4": 1}}
ASKED = {"history": ["p-1"]}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    return told_tokenizer(tmp_path_factory.mktemp("tokenizer"))


Serve = Callable[..., Any]


@pytest.fixture
def serve(tokenizer: ChatTokenizer) -> Serve:
    """Serves a recommender beside a told text model, or those of a folder."""

    @contextmanager
    def served(
        engine: Counted | None = None, *, folder: Path | None = None, none: bool = False, **limits: Any
    ) -> Iterator[TestClient]:
        ready = threading.Event()
        metrics = Metrics()

        def load() -> Service:
            recommending = None if none else Recommending(metrics, **limits)
            watch = None
            if recommending and engine:
                recommending.use(engine)
            if recommending and folder:
                published = Published(storage(str(folder)), Counted.load)
                watch = Watch(published, recommending.use, metrics, seconds=0.02)
                watch.look()
                watch.start()
            return Service(
                [told_model("writer", ToldEngine(), tokenizer, metrics)],
                "reader",
                ToldEmbeddings([[0.6, 0.8]]),
                metrics,
                recommending=recommending,
                watch=watch,
            )

        with TestClient(create_app(load, ready=lambda _: ready.set())) as client:
            assert ready.wait(5)
            yield client

    return served


@pytest.fixture
def engine() -> Counted:
    return Counted("v1", COUNTS, dimensions=2, embedding_model="reader")


@pytest.fixture
def client(serve: Serve, engine: Counted) -> Iterator[TestClient]:
    with serve(engine) as client:
        yield client


def _measured(client: TestClient, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def _until(holds: Callable[[], bool]) -> None:
    last = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.005)


def _products(answer: Any) -> list[str]:
    return [row["product_id"] for row in answer.json()["data"]]


@pytest.mark.parametrize("path", ["/invocations", "/v1/recommendations", "/endpoints/any/invocations"])
def test_recommendations_are_answered_on_every_path(client: TestClient, engine: Counted, path: str) -> None:
    body = {"history": ["p-9", "p-1", "p-2"], "limit": 5, "exclude": ["p-8"], "explain": 2, "model": "v1"}
    answer = client.post(path, json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "object": "list",
        "model": "v1",
        "known": 2,
        "data": [
            {
                "index": 0,
                "product_id": "p-3",
                "score": 0.75,
                "because": [
                    {"product_id": "p-2", "drop": 0.25},
                    {"product_id": "p-1", "drop": pytest.approx(0.75 - 2 / 3)},
                ],
            },
            {
                "index": 1,
                "product_id": "p-4",
                "score": 0.5,
                "because": [{"product_id": "p-2", "drop": 0.5}, {"product_id": "p-1", "drop": 0.0}],
            },
        ],
    }
    assert engine.asked == [
        {
            "history": body["history"],
            "limit": 5,
            "exclude": {"p-8"},
            "explain": 2,
            "arrivals": {},
        }
    ]


def test_what_is_left_out_has_its_default(client: TestClient, engine: Counted) -> None:
    answer = client.post("/invocations", json=ASKED)
    assert _products(answer) == ["p-2", "p-3"]
    assert [row["because"] for row in answer.json()["data"]] == [[], []]
    (asked,) = engine.asked
    assert (asked["limit"], asked["exclude"], asked["explain"]) == (50, set(), 0)


def test_arrivals_come_with_the_vectors_of_their_texts(client: TestClient, engine: Counted) -> None:
    coded = base64.b64encode(struct.pack("<2f", 0.5, -0.25)).decode()
    arrivals = [
        {"product_id": "p-8", "embedding": [1.0, 0.0], "embedding_model": "reader"},
        {"product_id": "p-9", "embedding": coded},
        # Of another model: it says nothing here, and its length is nobody's mistake.
        {"product_id": "p-7", "embedding": [1.0, 0.0, 0.0], "embedding_model": "another"},
    ]
    answer = client.post("/invocations", json=ASKED | {"arrivals": arrivals})
    assert _products(answer) == ["p-2", "p-3", "p-8", "p-9"]
    assert engine.asked[0]["arrivals"] == {"p-8": [1.0, 0.0], "p-9": [0.5, -0.25]}
    unknown = client.post("/invocations", json={"history": ["p-0"], "arrivals": arrivals})
    assert (unknown.json()["known"], _products(unknown)) == (0, ["p-8", "p-9"])


def test_an_arrivals_vector_of_another_length_is_named(client: TestClient, engine: Counted) -> None:
    arrivals = [
        {"product_id": "p-8", "embedding": [1.0, 0.0]},
        {"product_id": "p-9", "embedding": [1.0, 0.0, 0.0]},
    ]
    answer = client.post("/invocations", json=ASKED | {"arrivals": arrivals})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "arrivals.1.embedding")
    assert engine.asked == []


def test_a_recommender_without_text_leaves_arrivals_out(serve: Serve) -> None:
    engine = Counted("v1", COUNTS)
    with serve(engine) as client:
        body = ASKED | {"arrivals": [{"product_id": "p-8", "embedding": [1.0]}]}
        assert _products(client.post("/invocations", json=body)) == ["p-2", "p-3"]
        assert engine.asked[0]["arrivals"] == {}


def test_nothing_known_is_an_empty_answer(client: TestClient) -> None:
    answer = client.post("/invocations", json={"history": ["p-0"]})
    assert answer.status_code == 200
    assert answer.json() == {"object": "list", "model": "v1", "known": 0, "data": []}


def test_a_list_that_is_the_same_for_everybody_is_not_given(serve: Serve) -> None:
    class Popular(Counted):
        def best(self, history: Sequence[str], **options: Any) -> Any:
            given = super().best(["p-1"], **options)
            return type(given)(given.products, 0)

    with serve(Popular("v1", COUNTS)) as client:
        assert _products(client.post("/invocations", json={"history": ["p-0"]})) == []


def test_without_a_recommender_the_model_is_not_found(serve: Serve) -> None:
    with serve(none=True) as client:
        answer = client.post("/invocations", json=ASKED)
        assert answer.status_code == 400
        assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == (
            "model",
            "model_not_found",
        )
        assert _measured(client, "model_queue_depth", kind="recommendations") is None


def test_another_models_name_is_refused(client: TestClient) -> None:
    answer = client.post("/invocations", json=ASKED | {"model": "writer"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "model_not_found")


def test_until_one_can_be_loaded_the_server_says_when_to_come_back(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "current.json").write_text('{"version": "v1", "artifact": "v1.tar.gz"}', "utf-8")
    with serve(folder=tmp_path, retry_after=7) as client:
        answer = client.post("/invocations", json=ASKED)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert answer.json()["error"]["code"] == "model_not_ready"


def test_until_one_is_published_nobody_knows_anything(serve: Serve, tmp_path: Path) -> None:
    with serve(folder=tmp_path / "later") as client:
        assert client.get("/ping").status_code == 200
        _until(lambda: client.post("/invocations", json=ASKED).status_code == 200)
        answer = client.post("/invocations", json=ASKED).json()
        assert answer == {"object": "list", "model": "none", "known": 0, "data": []}
        assert client.post("/invocations", json={"input": "tea"}).status_code == 200
        publish(tmp_path / "later", "v1", COUNTS)
        _until(lambda: client.post("/invocations", json=ASKED).json()["data"])
        assert [row["id"] for row in client.get("/v1/models").json()["data"]] == ["writer", "reader", "v1"]


def test_a_new_version_takes_over_and_a_broken_one_does_not(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "v1", COUNTS)
    with serve(folder=tmp_path) as client:
        assert client.post("/invocations", json=ASKED).json()["model"] == "v1"
        publish(tmp_path, "v2", {"p-1": {"p-5": 1}})
        _until(lambda: client.post("/invocations", json=ASKED).json()["model"] == "v2")
        assert _products(client.post("/invocations", json=ASKED)) == ["p-5"]
        assert _measured(client, "model_recommender_info", version="v2") == 1
        assert _measured(client, "model_recommender_info", version="v1") is None
        (tmp_path / "v3.tar.gz").write_bytes(b"broken")
        point(tmp_path, "v3", "v3.tar.gz")
        _until(lambda: _measured(client, "model_recommender_loads_total", outcome="broken") == 1)
        assert client.post("/invocations", json=ASKED).json()["model"] == "v2"
        assert "recommender v3 cannot be loaded" in caplog.text
        publish(tmp_path, "v4", COUNTS)
        _until(lambda: client.post("/invocations", json=ASKED).json()["model"] == "v4")
        assert _measured(client, "model_recommender_loads_total", outcome="loaded") == 3
        assert _measured(client, "model_recommender_loads_total", outcome="broken") == 1


class Held:
    """Keeps answers back until it is opened."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self, history: Sequence[str]) -> None:
        self.begun.release()
        assert self.opened.wait(10)


def test_a_request_in_flight_ends_on_the_recommender_it_began_with(tokenizer: ChatTokenizer) -> None:
    held, metrics = Held(), Metrics()
    recommending = Recommending(metrics)
    recommending.use(Counted("v1", COUNTS, before=held))
    service = Service(
        [told_model("writer", ToldEngine(), tokenizer, metrics)],
        "reader",
        ToldEmbeddings([[1.0]]),
        metrics,
        recommending=recommending,
    )
    ready = threading.Event()
    app = create_app(lambda: service, ready=lambda _: ready.set())
    with TestClient(app) as client, ThreadPoolExecutor(1) as clients:
        assert ready.wait(5)
        begun = clients.submit(client.post, "/invocations", json=ASKED)
        assert held.begun.acquire(timeout=5)
        recommending.use(Counted("v2", {"p-1": {"p-5": 1}}))
        assert client.post("/invocations", json=ASKED).json()["model"] == "v2"
        held.opened.set()
        assert begun.result().json()["model"] == "v1"
        assert _products(begun.result()) == ["p-2", "p-3"]


def test_a_full_queue_says_when_to_come_back(serve: Serve, engine: Counted) -> None:
    engine.before = held = Held()
    with serve(engine, threads=1, waiting=1) as client, ThreadPoolExecutor(2) as clients:
        try:
            asked = [clients.submit(client.post, "/invocations", json=ASKED)]
            assert held.begun.acquire(timeout=5)
            asked.append(clients.submit(client.post, "/invocations", json=ASKED))
            _until(lambda: _measured(client, "model_queue_depth", kind="recommendations") == 1)
            refused = client.post("/invocations", json=ASKED)
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
            assert int(refused.headers["retry-after"]) >= 1
            # Others are not held up.
            assert client.post("/invocations", json={"input": "tea"}).status_code == 200
        finally:
            held.opened.set()
        assert [one.result().status_code for one in asked] == [200, 200]
        assert _measured(client, "model_queue_depth", kind="recommendations") == 0


def test_a_deadline_that_passes_in_the_queue_is_too_late_and_never_computed(
    serve: Serve, engine: Counted
) -> None:
    engine.before = held = Held()
    with serve(engine, threads=1) as client, ThreadPoolExecutor(1) as clients:
        try:
            first = clients.submit(client.post, "/invocations", json=ASKED)
            assert held.begun.acquire(timeout=5)
            late = client.post("/invocations", json=ASKED, headers={ATTRIBUTES: "deadline_ms=100"})
            assert (late.status_code, late.json()["error"]["code"]) == (429, "deadline")
            assert _measured(client, "model_rejections_total", reason="deadline") == 1
        finally:
            held.opened.set()
        assert first.result().status_code == 200
        assert len(engine.asked) == 1


def test_a_deadline_that_passes_while_it_is_computed_ends_the_request(serve: Serve, engine: Counted) -> None:
    engine.before = held = Held()
    with serve(engine) as client:
        try:
            late = client.post("/invocations", json=ASKED, headers={ATTRIBUTES: "deadline_ms=100"})
            assert (late.status_code, late.json()["error"]["code"]) == (504, "deadline")
        finally:
            held.opened.set()
        assert client.post("/invocations", json=ASKED).status_code == 200


def test_a_deadline_that_cannot_be_kept_is_refused_at_once_but_not_for_ever(
    serve: Serve, engine: Counted
) -> None:
    engine.before = lambda history: time.sleep(0.3)
    soon = {ATTRIBUTES: "deadline_ms=200"}
    with serve(engine, threads=1) as client, ThreadPoolExecutor(1) as clients:
        assert client.post("/invocations", json=ASKED).status_code == 200
        running = clients.submit(client.post, "/invocations", json=ASKED)
        _until(lambda: len(engine.asked) == 2)
        start = time.monotonic()
        assert client.post("/invocations", json=ASKED, headers=soon).status_code == 429
        assert time.monotonic() - start < 0.2
        assert running.result().status_code == 200
        # It has become fast; with nothing else to do the server finds out.
        engine.before = lambda history: None
        assert client.post("/invocations", json=ASKED, headers=soon).status_code == 200


@pytest.mark.parametrize("value", ["", "soon", "0"])
def test_a_bad_deadline_is_refused(client: TestClient, value: str) -> None:
    answer = client.post("/invocations", json=ASKED, headers={ATTRIBUTES: f"deadline_ms={value}"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "deadline_ms")


def test_what_the_recommender_does_wrong_is_a_500_that_says_nothing_of_the_customer(
    client: TestClient, engine: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(history: Sequence[str]) -> None:
        raise ValueError(f"no row for {history[0]}")

    engine.before = fail
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/invocations", json={"history": ["p-secret"]})
    assert answer.status_code == 500
    assert "ValueError" in caplog.text
    assert "p-secret" not in caplog.text + answer.text
    engine.before = lambda history: None
    engine.counts = {"p-1": {"p-2": -3}}  # a score of 1.5
    assert client.post("/invocations", json=ASKED).status_code == 500


def test_the_metrics_count_what_was_done(client: TestClient) -> None:
    client.post("/invocations", json=ASKED)
    client.post("/v1/recommendations", json=ASKED)
    client.post("/v1/recommendations", json=ASKED | {"limit": 0})
    assert _measured(client, "model_requests_total", kind="recommendations", status="200") == 2
    assert _measured(client, "model_requests_total", kind="unknown", status="400") == 1
    assert _measured(client, "model_recommendation_seconds_count") == 2
    assert _measured(client, "model_recommender_info", version="v1") == 1
