"""Next products from settings to the answer: a function's own client, boto3, and a model server over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from local.processes import listen
from model.metrics import Metrics
from model.recommending import Recommending
from model.server import create_app
from model.service import Service
from shopwright import bootstrap
from shopwright.errors import ModelRefused, ModelUnavailable
from shopwright.ports import Arrival, NextList, NextProduct
from tests.model.counted import Counted
from tests.model.engines import ToldEmbeddings, ToldEngine, told_model, told_tokenizer


@dataclass(frozen=True)
class Served:
    """A running server, and the way to give it a recommender."""

    url: str
    recommending: Recommending


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    metrics = Metrics()
    recommending = Recommending(metrics)
    service = Service(
        [told_model("writer", ToldEngine(), told_tokenizer(tmp_path), metrics)],
        "reader",
        ToldEmbeddings([[1.0]]),
        metrics,
        recommending=recommending,
    )
    ready = threading.Event()
    app = create_app(lambda: service, ready=lambda _: ready.set())
    with listen() as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, loop="asyncio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            assert ready.wait(10)
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", recommending)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def recommender(aws: dict[str, str], served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", served.url)
    monkeypatch.setenv("RECOMMENDER_ENDPOINT_NAME", "shopwright-next")
    bootstrap.reset()


def test_a_shop_without_a_recommender_has_none(aws: dict[str, str]) -> None:
    assert bootstrap.next_products() is None


def test_the_function_gets_what_the_server_recommends(recommender: None, served: Served) -> None:
    counts = {"p-1": {"p-2": 3}, "p-2": {"p-3": 1}}
    served.recommending.use(Counted("v1", counts, dimensions=2, embedding_model="reader"))
    rung = bootstrap.next_products()
    assert rung
    arrivals = [Arrival("p-8", [0.5, 0.0], "reader"), Arrival("p-9", [1.0], "another")]
    given = rung.next_products(["p-0", "p-1", "p-2"], limit=2, exclude={"p-7"}, explain=1, arrivals=arrivals)
    assert given == NextList(
        "v1", 2, [NextProduct("p-3", 0.5, {"p-2": 0.5}), NextProduct("p-8", 0.25, {"p-2": 0.25})]
    )
    assert rung.next_products(["p-0"]) == NextList("v1", 0, [])


def test_until_a_recommender_is_published_the_function_is_told(recommender: None, served: Served) -> None:
    rung = bootstrap.next_products()
    assert rung
    with pytest.raises(ModelUnavailable, match="503"):
        rung.next_products(["p-1"])
    served.recommending.use(Counted("v1", {}))
    with pytest.raises(ModelRefused, match="400"):
        rung.next_products([])


def test_a_recommender_that_takes_too_long_is_not_waited_for(
    recommender: None, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_TIMEOUT_SECONDS", "0.2")
    bootstrap.reset()
    opened = threading.Event()

    def wait(history: object) -> None:
        assert opened.wait(10)

    served.recommending.use(Counted("v1", {"p-1": {"p-2": 1}}, before=wait))
    rung = bootstrap.next_products()
    assert rung
    try:
        with pytest.raises(ModelUnavailable):
            rung.next_products(["p-1"])
    finally:
        opened.set()
