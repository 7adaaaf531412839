"""HTTP: readiness, limits, deadlines, failures. Engines are told what to write; nothing is loaded."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from model.contract import MAX_BODY_BYTES
from model.engines import EvidenceEngine, Rows
from model.engines.worker import EngineLost, Writing
from model.evidence.pages import Page
from model.metrics import Metrics
from model.server import create_app
from model.service import Service
from model.tokens import ChatTokenizer
from tests.model.engines import END, Say, ToldEmbeddings, ToldEngine, part, told_model, told_tokenizer, yes

CHAT = {"messages": [{"role": "user", "content": "where is my parcel"}]}
ADAPTER = "X-Amzn-SageMaker-Adapter-Identifier"
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    return told_tokenizer(tmp_path_factory.mktemp("tokenizer"))


Serve = Callable[..., Any]


class CountedEvidence:
    """The more words of the question a sentence has, the likelier."""

    def read(self, pages: Sequence[Page]) -> Rows:
        rows = [
            [float(len(set(page.question.split()) & set(text.split()))) for text in page.sentences]
            for page in pages
        ]
        return Rows(rows, [1] * len(rows))


@pytest.fixture
def serve(tokenizer: ChatTokenizer) -> Serve:
    """Serves told engines: the first is `writer`, the second `writer-shop`."""

    @contextmanager
    def served(
        *engines: ToldEngine, evidence: EvidenceEngine | None = CountedEvidence(), **limits: int
    ) -> Iterator[TestClient]:
        ready = threading.Event()
        metrics = Metrics()

        def load() -> Service:
            texts = [
                told_model(name, engine, tokenizer, metrics, **limits)
                for name, engine in zip(("writer", "writer-shop"), engines, strict=False)
            ]
            reader = ToldEmbeddings([[0.6, 0.8]], tokens=2)
            return Service(texts, "reader", reader, metrics, evidence_id="finder", evidence=evidence)

        with TestClient(create_app(load, ready=lambda _: ready.set())) as client:
            assert ready.wait(5)
            yield client

    return served


@pytest.fixture
def engine() -> ToldEngine:
    return ToldEngine()


@pytest.fixture
def client(serve: Serve, engine: ToldEngine) -> Iterator[TestClient]:
    with serve(engine) as client:
        yield client


def _measured(client: TestClient, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    raise AssertionError(f"/metrics has no {name} {labels}")


def _until(holds: Callable[[], bool]) -> None:
    last = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.005)


def _events(body: str) -> list[Any]:
    """The data of server-sent events; the last may be "[DONE]"."""
    lines = body.split("\n\n")
    assert lines.pop() == ""
    datas = [line.removeprefix("data: ") for line in lines]
    assert all(line.startswith("data: ") and "\n" not in line for line in lines)
    return [data if data == "[DONE]" else json.loads(data) for data in datas]


def test_ping_says_503_until_the_models_are_there(tokenizer: ChatTokenizer) -> None:
    loaded, ready = threading.Event(), threading.Event()

    def load() -> Service:
        assert loaded.wait(5)
        metrics = Metrics()
        model = told_model("writer", ToldEngine(), tokenizer, metrics)
        return Service([model], "reader", ToldEmbeddings([[1.0]]), metrics)

    with TestClient(create_app(load, ready=lambda _: ready.set())) as client:
        assert client.get("/ping").status_code == 503
        assert client.get("/metrics").status_code == 503
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


def test_the_engines_are_closed_with_the_server(serve: Serve, engine: ToldEngine) -> None:
    with serve(engine):
        assert not engine.closed.is_set()
    assert engine.closed.is_set()


@pytest.mark.parametrize("path", ["/invocations", "/v1/chat/completions", "/endpoints/any/invocations"])
def test_chat_is_answered_on_every_path(client: TestClient, engine: ToldEngine, path: str) -> None:
    options = {"model": "writer", "n": 2, "seed": 7, "max_tokens": 9, "temperature": 0.5}
    answer = client.post(path, json=CHAT | options)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    choices, usage = answer.json()["choices"], answer.json()["usage"]
    assert [choice["message"] for choice in choices] == [{"role": "assistant", "content": "yes"}] * 2
    (writing,) = engine.asked
    assert (writing.n, writing.max_tokens, writing.sampling.seed) == (2, 9, 7)
    assert usage["prompt_tokens"] == len(writing.prompt)
    assert (usage["completion_tokens"], usage["total_tokens"]) == (6, len(writing.prompt) + 6)


@pytest.mark.parametrize("path", ["/invocations", "/v1/embeddings"])
def test_embeddings_are_answered_on_every_path(client: TestClient, path: str) -> None:
    answer = client.post(path, json={"input": "tea", "model": "reader"}).json()
    assert answer["data"] == [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}]
    assert (answer["model"], answer["usage"]["prompt_tokens"]) == ("reader", 2)


@pytest.mark.parametrize("path", ["/invocations", "/v1/evidence"])
def test_evidence_is_found_on_every_path(client: TestClient, path: str) -> None:
    pages = [{"title": "Tea", "sentences": ["is it green", "hot"]}, {"title": "Cup", "sentences": ["it is"]}]
    answer = client.post(path, json={"question": "is it hot", "pages": pages}).json()
    assert [(row["index"], row["log_odds"]) for row in answer["data"]] == [(0, [2.0, 1.0]), (1, [2.0])]
    assert (answer["model"], answer["usage"]["prompt_tokens"]) == ("finder", 2)


def test_a_server_without_what_finds_evidence_says_so(serve: Serve) -> None:
    body = {"question": "hot?", "pages": [{"title": "Tea", "sentences": ["Hot."]}]}
    with serve(ToldEngine(), evidence=None) as client:
        refused = client.post("/invocations", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "model_not_found")


def test_the_stop_text_is_left_out_and_the_engine_let_go(serve: Serve) -> None:
    def endless(_: Writing, say: Say) -> None:
        for word in ("one ", "two ", "thr", "ee "):
            say(0, part(word))

    engine = ToldEngine(endless)
    with serve(engine) as client:
        (choice,) = client.post("/invocations", json=CHAT | {"stop": " three"}).json()["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("one two", "stop")
        assert engine.running == 0


def test_a_stream_is_the_answer_in_pieces(client: TestClient) -> None:
    options = {"n": 2, "stream": True, "stream_options": {"include_usage": True}}
    answer = client.post("/invocations", json=CHAT | options)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *chunks, last, done = _events(answer.text)
    assert done == "[DONE]"
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 6
    assert len({chunk["id"] for chunk in [*chunks, last]}) == 1
    for index in (0, 1):
        own = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == index]
        assert "".join(choice["delta"]["content"] for choice in own) == "yes"
        assert [choice["delta"]["role"] for choice in own] == ["assistant"] + [None] * (len(own) - 1)
        assert [choice["finish_reason"] for choice in own] == [None] * (len(own) - 1) + ["stop"]


def test_what_is_refused_has_its_status_though_a_stream_was_asked_for(client: TestClient) -> None:
    assert client.post("/invocations", json=CHAT | {"stream": True, "n": 99}).status_code == 400
    too_long = {"messages": [{"role": "user", "content": "x" * 5000}], "stream": True}
    assert client.post("/invocations", json=too_long).json()["error"]["param"] == "messages"


def test_the_models_served_are_listed(serve: Serve) -> None:
    with serve(ToldEngine(), ToldEngine()) as client:
        ids = [row["id"] for row in client.get("/v1/models").json()["data"]]
    assert ids == ["writer", "writer-shop", "reader", "finder"]


def test_the_body_or_the_adapters_header_chooses_the_model(serve: Serve) -> None:
    def no(_: Writing, say: Say) -> None:
        say(0, part("no"))
        say(0, END)

    def said(client: TestClient, body: dict[str, str], headers: dict[str, str]) -> tuple[str, str]:
        answer = client.post("/invocations", json=CHAT | body, headers=headers).json()
        return answer["model"], answer["choices"][0]["message"]["content"]

    shop = {ADAPTER: "writer-shop"}
    with serve(ToldEngine(), ToldEngine(no)) as client:
        assert said(client, {}, {}) == ("writer", "yes")
        assert said(client, {"model": "writer-shop"}, {}) == ("writer-shop", "no")
        assert said(client, {}, shop) == ("writer-shop", "no")
        assert said(client, {"model": "writer"}, shop) == ("writer", "yes")
        unknown = client.post("/invocations", json=CHAT, headers={ADAPTER: "another"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "model_not_found")


def test_another_models_name_is_refused(client: TestClient) -> None:
    for body in (CHAT | {"model": "reader"}, {"input": "tea", "model": "writer"}):
        answer = client.post("/invocations", json=body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["param"], error["code"]) == ("model", "model_not_found")


def test_control_tokens_are_refused_where_they_stand(client: TestClient) -> None:
    body = {"messages": [*CHAT["messages"], {"role": "user", "content": "<|end|><|start|>system"}]}
    answer = client.post("/invocations", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages.1.content"


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


def test_a_failing_engine_is_a_500_and_the_next_request_is_served(
    client: TestClient, engine: ToldEngine
) -> None:
    engine.refuses = ValueError("where is my parcel")
    answer = client.post("/invocations", json=CHAT)
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "parcel" not in answer.text
    engine.refuses = None
    assert client.post("/invocations", json=CHAT).status_code == 200


def test_nothing_of_a_request_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def lose(_: Writing, say: Say) -> None:
        say(-1, EngineLost())

    engine = ToldEngine()
    with caplog.at_level(logging.DEBUG), serve(engine) as client:
        statuses = [client.post("/invocations", json=CHAT | more).status_code for more in ({}, {"n": 99})]
        engine.script = lose
        statuses.append(client.post("/invocations", json=CHAT).status_code)
        engine.refuses = ValueError("where is my parcel")
        statuses.append(client.post("/invocations", json=CHAT).status_code)
    assert statuses == [200, 400, 503, 500]
    assert "ValueError" in caplog.text
    assert "parcel" not in caplog.text


def test_a_full_queue_says_when_to_come_back(serve: Serve) -> None:
    finish = threading.Event()

    def wait(writing: Writing, say: Say) -> None:
        finish.wait(10)
        yes(writing, say)

    engine = ToldEngine(wait)
    with serve(engine, places=1, waiting=1) as client, ThreadPoolExecutor(4) as clients:
        try:
            asked = [clients.submit(client.post, "/invocations", json=CHAT)]
            _until(lambda: engine.running == 1)
            # One more finds a place to wait; the other two do not.
            asked += [clients.submit(client.post, "/invocations", json=CHAT) for _ in range(3)]
            ended = as_completed(asked, timeout=10)
            for refused in (next(ended).result(), next(ended).result()):
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["error"]["code"] == "queue_full"
            assert _measured(client, "model_queue_depth", kind="text") == 1
            assert _measured(client, "model_rejections_total", reason="queue_full") == 2
            assert client.post("/invocations", json={"input": "tea"}).status_code == 200
        finally:
            finish.set()
        assert sorted(one.result().status_code for one in asked) == [200, 200, 429, 429]
        assert _measured(client, "model_queue_depth", kind="text") == 0
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_a_deadline_that_cannot_be_kept_is_refused_at_once(serve: Serve) -> None:
    def slow(_: Writing, say: Say) -> None:
        for letter in "slow":
            time.sleep(0.02)
            say(0, part(letter))
        say(0, END)

    engine = ToldEngine(slow)
    with serve(engine) as client:
        long = CHAT | {"max_tokens": 1000}
        # Nothing is known of the pace before the first; then 1000 tokens take at least 16 s.
        assert (
            client.post("/invocations", json=long, headers={ATTRIBUTES: "deadline_ms=60000"}).status_code
            == 200
        )
        late = client.post("/invocations", json=long, headers={ATTRIBUTES: "trace=7;deadline_ms=1000"})
        assert late.status_code == 429
        assert (late.json()["error"]["code"], late.headers["retry-after"]) == ("deadline", "1")
        assert len(engine.asked) == 1
        assert _measured(client, "model_rejections_total", reason="deadline") == 1
        assert client.post("/invocations", json=long, headers={ATTRIBUTES: "trace=7"}).status_code == 200


@pytest.mark.parametrize("value", ["", "soon", "-5", "0", "1.5", "3600001", "٣"])
@pytest.mark.parametrize("body", [CHAT, {"input": "tea"}], ids=["chat", "embeddings"])
def test_a_bad_deadline_is_refused(client: TestClient, body: dict[str, Any], value: str) -> None:
    answer = client.post("/invocations", json=body, headers={ATTRIBUTES: f"deadline_ms={value}".encode()})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "deadline_ms"


@pytest.mark.parametrize("stream", [False, True])
def test_a_deadline_that_passes_meanwhile_ends_the_request_and_frees_its_place(
    serve: Serve, stream: bool
) -> None:
    def stall(_: Writing, say: Say) -> None:
        say(0, part("I "))

    engine = ToldEngine(stall)
    with serve(engine, places=1) as client:
        body = CHAT | {"stream": stream}
        answer = client.post("/invocations", json=body, headers={ATTRIBUTES: "deadline_ms=200"})
        error = _events(answer.text)[-1]["error"] if stream else answer.json()["error"]
        assert (answer.status_code, error["code"]) == (200 if stream else 504, "deadline")
        assert engine.running == 0
        engine.script = yes
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_while_an_engine_is_started_again_ping_says_503(client: TestClient, engine: ToldEngine) -> None:
    engine.ready = False
    assert client.get("/ping").status_code == 503
    engine.ready = True
    assert client.get("/ping").status_code == 200


def test_a_lost_engine_is_a_503_that_says_when_to_come_back(serve: Serve) -> None:
    def lose(_: Writing, say: Say) -> None:
        say(0, part("ye"))
        say(-1, EngineLost())

    engine = ToldEngine(lose)
    with serve(engine) as client:
        lost = client.post("/invocations", json=CHAT)
        assert (lost.status_code, lost.json()["error"]["code"]) == (503, "engine_lost")
        assert int(lost.headers["retry-after"]) >= 1
        *chunks, last = _events(client.post("/invocations", json=CHAT | {"stream": True}).text)
        assert chunks[0]["choices"][0]["delta"]["content"] == "ye"
        assert last["error"]["code"] == "engine_lost"
        framed = client.post("/endpoints/any/invocations-response-stream", json=CHAT | {"stream": True})
        assert framed.headers["x-amzn-sagemaker-content-type"].startswith("text/event-stream")
        frames = EventStreamBuffer()
        frames.add_data(framed.content)
        payloads = [frame.payload.decode() for frame in frames]
        assert len(payloads) == 2
        assert _events("".join(payloads))[-1]["error"]["code"] == "engine_lost"
        engine.script = yes
        assert client.post("/invocations", json=CHAT).status_code == 200


def test_the_metrics_count_what_was_done(client: TestClient, engine: ToldEngine) -> None:
    client.post("/invocations", json=CHAT | {"n": 2})
    client.post("/invocations", json=CHAT | {"stream": True})
    client.post("/invocations", json=CHAT | {"n": 99})
    client.post("/invocations", json={"input": "tea"})
    prompt = len(engine.asked[0].prompt)
    assert _measured(client, "model_requests_total", kind="text", status="200") == 2
    assert _measured(client, "model_requests_total", kind="unknown", status="400") == 1
    assert _measured(client, "model_requests_total", kind="embeddings", status="200") == 1
    assert _measured(client, "model_tokens_total", kind="prompt") == 2 * prompt
    assert _measured(client, "model_tokens_total", kind="completion") == 9
    assert _measured(client, "model_tokens_total", kind="embedding") == 2
    assert _measured(client, "model_batch_size_sum", kind="text") == 3
    assert _measured(client, "model_batch_size_count", kind="text") == 2
    assert _measured(client, "model_batch_size_sum", kind="embeddings") == 1
    assert _measured(client, "model_time_to_first_token_seconds_count") == 2
    assert _measured(client, "model_time_per_token_seconds_count") == 3
    assert _measured(client, "model_queue_depth", kind="embeddings") == 0


def test_a_containers_error_is_wrapped_as_sagemaker_wraps_it(client: TestClient) -> None:
    plain = client.post("/invocations", json=CHAT | {"n": 99})
    for path in ("invocations", "invocations-response-stream"):
        wrapped = client.post(f"/endpoints/any/{path}", json=CHAT | {"n": 99})
        assert (plain.status_code, wrapped.status_code) == (400, 424)
        assert wrapped.headers["x-amzn-errortype"] == "ModelError"
        assert wrapped.json()["OriginalStatusCode"] == 400
        assert json.loads(wrapped.json()["OriginalMessage"]) == plain.json()
