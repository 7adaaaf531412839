"""Clients that ask for a stream and never read it, on real sockets."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from model.engines.worker import Writing
from model.listening import listening
from model.metrics import Metrics
from model.server import create_app
from model.service import Service
from tests.model.engines import END, Say, ToldEmbeddings, ToldEngine, part, told_model, told_tokenizer, yes

CHAT = {"messages": [{"role": "user", "content": "tea"}]}
SMALL = 4096  # bytes of a socket's buffers
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere buffers grow, and nothing is dropped"
)


def _long(_: Writing, say: Say) -> None:
    """More than all buffers between the server and a client hold."""
    for _number in range(2000):
        say(0, part("and "))
    say(0, END)


def _until(holds: Callable[[], bool]) -> None:
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.01)


@contextmanager
def _served(folder: Path, engine: ToldEngine, unread_seconds: int) -> Iterator[tuple[uvicorn.Server, int]]:
    """With one place in the batch."""
    metrics = Metrics()
    model = told_model("writer", engine, told_tokenizer(folder), metrics, places=1)
    service = Service([model], "reader", ToldEmbeddings([[1.0]]), metrics)
    sock = listening("127.0.0.1", 0, unread_seconds=unread_seconds)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    ready = threading.Event()
    app = create_app(lambda: service, ready=lambda _: ready.set())
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    running = threading.Thread(target=server.run, args=([sock],))
    running.start()
    try:
        assert ready.wait(20)
        yield server, sock.getsockname()[1]
    finally:
        server.should_exit = True
        running.join()


@contextmanager
def _never_reads(port: int) -> Iterator[None]:
    body = json.dumps(CHAT | {"stream": True}).encode()
    head = f"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.connect(("127.0.0.1", port))
        client.sendall(head.encode() + body)
        yield


def test_its_place_is_free_once_the_text_is_written(tmp_path: Path) -> None:
    engine = ToldEngine()
    engine.script = lambda writing, say: (_long if len(engine.asked) == 1 else yes)(writing, say)
    with _served(tmp_path, engine, 30) as (server, port), _never_reads(port):
        _until(lambda: len(engine.asked) == 1)
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json=CHAT, timeout=20)
        assert answer.json()["choices"][0]["message"]["content"] == "yes"
        # One still waits for the client that does not read.
        _until(lambda: len(server.server_state.tasks) == 1)


def test_it_is_dropped_after_a_while(tmp_path: Path) -> None:
    engine = ToldEngine(_long)
    with _served(tmp_path, engine, 1) as (server, port), _never_reads(port):
        _until(lambda: len(server.server_state.tasks) == 1)
        _until(lambda: not server.server_state.tasks and not server.server_state.connections)
