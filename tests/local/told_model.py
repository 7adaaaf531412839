"""A server that speaks OpenAI's bodies and says what a function tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.unit.fakes import toy_vector

Say = Callable[[dict[str, Any]], str]


class Refuse(Exception):
    """Said instead of a text: the server answers 400."""


@contextmanager
def told_model(say: Say) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its address, and the chat bodies it was sent. `say` gets a body and gives all its candidates' text."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                self._send(200, embeddings(body) if self.path == "/v1/embeddings" else chat(body))
            except Refuse as refusal:
                self._send(400, {"error": {"message": str(refusal)}})

        def _send(self, status, answer):
            sent = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_):
            pass

    def chat(body):
        asked.append(body)
        choice = {"message": {"role": "assistant", "content": say(body)}, "finish_reason": "stop"}
        choices = [{"index": index, **choice} for index in range(body.get("n", 1))]
        return {"model": body.get("model", "told"), "choices": choices}

    def embeddings(body):
        rows = [{"index": at, "embedding": toy_vector(text)} for at, text in enumerate(body["input"])]
        return {"model": "toy", "data": rows}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
