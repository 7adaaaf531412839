"""HTTP: readiness, limits, failures. Engines are told what to answer; nothing is loaded."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from starlette.testclient import TestClient

from model.contract import MAX_BODY_BYTES
from model.engines import RequestRefused
from model.server import create_app
from model.service import Service
from tests.model.engines import ToldEmbeddings, ToldText

CHAT = {"messages": [{"role": "user", "content": "where is my parcel"}]}


def _raise(error: Exception) -> Callable[[], None]:
    def instead() -> None:
        raise error

    return instead


def _serve(text: ToldText, waiting: int = 4) -> Iterator[TestClient]:
    ready = threading.Event()
    embeddings = ToldEmbeddings([[0.6, 0.8]], tokens=2)
    app = create_app(
        lambda: Service("writer", text, "reader", embeddings, waiting=waiting), ready=lambda _: ready.set()
    )
    with TestClient(app) as client:
        assert ready.wait(5)
        yield client


@pytest.fixture
def text() -> ToldText:
    return ToldText()


@pytest.fixture
def client(text: ToldText) -> Iterator[TestClient]:
    yield from _serve(text)


def test_ping_says_503_until_the_models_are_there() -> None:
    loaded, ready = threading.Event(), threading.Event()

    def load() -> Service:
        assert loaded.wait(5)
        return Service("writer", ToldText(), "reader", ToldEmbeddings([[1.0]]))

    with TestClient(create_app(load, ready=lambda _: ready.set())) as client:
        assert client.get("/ping").status_code == 503
        early = client.post("/invocations", json=CHAT)
        assert early.status_code == 503
        assert early.headers["retry-after"]
        assert client.get("/v1/models").json()["data"] == []
        loaded.set()
        assert ready.wait(5)
        assert client.get("/ping").status_code == 200
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_a_failed_load_is_reported_and_never_ready() -> None:
    failed: list[BaseException] = []
    told = threading.Event()

    def fail(error: BaseException) -> None:
        failed.append(error)
        told.set()

    def load() -> Service:
        raise RuntimeError("no weights")

    with TestClient(create_app(load, failed=fail)) as client:
        assert told.wait(5)
        assert client.get("/ping").status_code == 503
    assert str(failed[0]) == "no weights"


@pytest.mark.parametrize("path", ["/invocations", "/v1/chat/completions", "/endpoints/any/invocations"])
def test_chat_is_answered_on_every_path(client: TestClient, text: ToldText, path: str) -> None:
    answer = client.post(path, json=CHAT | {"model": "writer", "stop": "."})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["choices"][0]["message"] == {"role": "assistant", "content": "yes"}
    assert answer.json()["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert text.asked[0][3].stop == (".",)


@pytest.mark.parametrize("path", ["/invocations", "/v1/embeddings"])
def test_embeddings_are_answered_on_every_path(client: TestClient, path: str) -> None:
    answer = client.post(path, json={"input": "tea", "model": "reader"}).json()
    assert answer["data"] == [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}]
    assert (answer["model"], answer["usage"]["prompt_tokens"]) == ("reader", 2)


def test_the_models_served_are_listed(client: TestClient) -> None:
    assert [row["id"] for row in client.get("/v1/models").json()["data"]] == ["writer", "reader"]


def test_another_models_name_is_refused(client: TestClient) -> None:
    answer = client.post("/invocations", json=CHAT | {"model": "reader"})
    assert answer.status_code == 400
    assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == ("model", "model_not_found")


def test_what_the_engine_refuses_names_the_field() -> None:
    refusal = RequestRefused("too long", "messages")
    for client in _serve(ToldText(instead=_raise(refusal))):
        answer = client.post("/invocations", json=CHAT)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "messages"


def test_a_body_over_the_limit_is_refused_whole_or_in_pieces(client: TestClient) -> None:
    assert client.post("/invocations", content=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    pieces = iter([b"x" * 1000] * (MAX_BODY_BYTES // 1000 + 2))
    answer = client.post("/invocations", content=pieces)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/invocations", 405)]
)
def test_other_addresses_answer_in_the_same_shape(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_failing_engine_is_a_500_and_the_next_request_is_served(caplog: pytest.LogCaptureFixture) -> None:
    failures = [ValueError("where is my parcel")]

    def fail_once() -> None:
        if failures:
            raise failures.pop()

    for client in _serve(ToldText(instead=fail_once)):
        with caplog.at_level(logging.DEBUG):
            answer = client.post("/invocations", json=CHAT)
        assert answer.status_code == 500
        assert answer.json()["error"]["type"] == "server_error"
        assert "ValueError" in caplog.text
        assert "parcel" not in caplog.text + answer.text
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_a_full_queue_says_when_to_come_back() -> None:
    started, finish = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        assert finish.wait(10)

    for client in _serve(ToldText(instead=wait), waiting=1):
        with ThreadPoolExecutor(4) as clients:
            try:
                asked = [clients.submit(client.post, "/invocations", json=CHAT)]
                assert started.wait(5)
                # One more finds a place to wait; the other two do not.
                asked += [clients.submit(client.post, "/invocations", json=CHAT) for _ in range(3)]
                ended = as_completed(asked, timeout=10)
                for refused in (next(ended).result(), next(ended).result()):
                    assert refused.status_code == 429
                    assert refused.headers["retry-after"] == "1"
                    assert refused.json()["error"]["code"] == "queue_full"
                assert client.post("/invocations", json={"input": "tea"}).status_code == 200
            finally:
                finish.set()
            assert sorted(one.result().status_code for one in asked) == [200, 200, 429, 429]
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_a_containers_error_is_wrapped_as_sagemaker_wraps_it(client: TestClient) -> None:
    plain = client.post("/invocations", json=CHAT | {"n": 99})
    wrapped = client.post("/endpoints/any/invocations", json=CHAT | {"n": 99})
    assert (plain.status_code, wrapped.status_code) == (400, 424)
    assert wrapped.headers["x-amzn-errortype"] == "ModelError"
    assert wrapped.json()["OriginalStatusCode"] == 400
    assert json.loads(wrapped.json()["OriginalMessage"]) == plain.json()
