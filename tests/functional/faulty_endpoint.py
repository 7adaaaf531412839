"""A model endpoint over HTTP that answers well, or fails in the way it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.unit.fakes import toy_vector

DIMENSIONS = 384
Fault = Literal["throttled", "unavailable", "waking", "hanging", "reset", "rubbish", "off contract", "half"]
FAULTS: list[Fault] = [
    "throttled", "unavailable", "waking", "hanging", "reset", "rubbish", "off contract", "half"
]  # fmt: skip
# How SageMaker says that a component scaled to zero has no copy yet.
_WAKING = (
    "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress"
)


@dataclass
class Faulty:
    """A running endpoint: `fault` is how it fails (None: not at all), `asked` what it was sent."""

    url: str = ""
    fault: Fault | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def faulty_endpoint() -> Iterator[Faulty]:
    """The endpoint, well at first."""
    told = Faulty()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            told.asked.append(body)
            good = json.dumps(answer(body)).encode()
            match told.fault:
                case None:
                    self._send(200, good)
                case "throttled":
                    self._send(429, b'{"error": {"message": "the queue is full"}}')
                case "unavailable":
                    self._send(503, b'{"error": {"message": "starting"}}')
                case "waking":
                    self.error = "ValidationError"
                    self._send(400, json.dumps({"message": _WAKING}).encode())
                case "hanging":
                    told.over.wait(20)
                    self.close_connection = True
                case "reset":
                    self.close_connection = True
                case "rubbish":
                    self._send(200, b"<html>It works!</html>")
                case "off contract":
                    self._send(200, b'{"ok": true}')
                case "half":
                    self._send(200, good[: len(good) // 2], len(good))
                    self.close_connection = True

        error = ""

        def _send(self, status: int, body: bytes, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("content-length", str(length or len(body)))
            if self.error:
                self.send_header("x-amzn-errortype", self.error)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(body: dict[str, Any]) -> dict[str, Any]:
    if "input" in body:
        vectors = [[*toy_vector(text), *[0.0] * DIMENSIONS][:DIMENSIONS] for text in body["input"]]
        rows = [{"index": at, "embedding": vector} for at, vector in enumerate(vectors)]
        return {"model": "toy", "data": rows}
    if "pages" in body:
        data = [
            {"index": at, "log_odds": [0.0] * len(page["sentences"])} for at, page in enumerate(body["pages"])
        ]
        return {"model": "toy", "data": data}
    if "history" in body:
        known = [{"index": 0, "product_id": "p-0402", "score": 0.5, "because": []}]
        return {"model": "v1", "known": len(body["history"]), "data": known}
    message = {"role": "assistant", "content": "Nothing that the facts carry, 98765 times."}
    return {
        "model": "toy",
        "choices": [
            {"index": at, "message": message, "finish_reason": "stop"} for at in range(body.get("n", 1))
        ],
    }
