"""An OpenAI-compatible server that streams as it is told, for tests of what measures such servers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Told:
    """How to answer, and what was asked.

    `first` and `between` are seconds before the first token and each later one; `refuse` answers 429.
    `bodies` and `times` (perf_counter) say what came when; `at_once` the most requests that ran together.
    """

    first: float = 0.0
    between: float = 0.0
    refuse: bool = False
    break_off: bool = False
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    at_once: int = 0
    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def told_server(**how: Any) -> Iterator[Told]:
    """The server, running."""
    told = Told(**how)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with told.lock:
                told.bodies.append(body)
                told.times.append(time.perf_counter())
                told.running += 1
                told.at_once = max(told.at_once, told.running)
            self.last: bytes | None = None
            try:
                self._answer(body)
            finally:
                # Before its last bytes: who has them may ask again at once.
                with told.lock:
                    told.running -= 1
                if self.last is not None:
                    self.wfile.write(self.last)

        def _answer(self, body: dict[str, Any]) -> None:
            if told.refuse:
                self._whole(429, {"error": {"message": "the queue is full"}})
            elif "input" in body:
                time.sleep(told.first)
                rows = [{"index": i, "embedding": [1.0]} for i, _ in enumerate(body["input"])]
                self._whole(200, {"data": rows, "usage": {"prompt_tokens": 3 * len(rows)}})
            else:
                self._stream(body)

        def _whole(self, status: int, answer: dict[str, Any]) -> None:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.last = text

        def _stream(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]})
            for number in range(body["max_tokens"]):
                time.sleep(told.between if number else told.first)
                delta = {"content": f" w{number}"}
                self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if not told.break_off:
                self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]})
                usage = {"prompt_tokens": 7, "completion_tokens": body["max_tokens"]}
                self._event({"choices": [], "usage": usage})
                self._chunk(b"data: [DONE]\n\n")
            self.last = b"0\r\n\r\n"

        def _event(self, data: dict[str, Any]) -> None:
            self._chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
