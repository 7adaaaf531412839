"""The endpoint as the adapters' tests see it, and the golden bodies that both sides are held to."""

import io
import json
from pathlib import Path
from typing import Any

_GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> dict[str, Any]:
    """A body of the wire contract."""
    loaded: dict[str, Any] = json.loads((_GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


class Wire:
    """A sagemaker-runtime client that keeps what it was sent and answers what it was told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.sent: dict[str, Any] = {}

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.sent = request
        if isinstance(self.answer, Exception):
            raise self.answer
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return {"Body": io.BytesIO(text.encode())}
