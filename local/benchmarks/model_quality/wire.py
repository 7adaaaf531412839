"""The model over HTTP, behind the functions' own adapter: OpenAI's addresses, so any such server will do."""

from __future__ import annotations

import io
import json
from typing import Any, Self

import httpx
from botocore.exceptions import ClientError, EndpointConnectionError

_PATIENCE = 600.0  # a large model on a CPU takes its time; how long is measured elsewhere


class Wire:
    """Stands where EndpointModel expects boto3's sagemaker-runtime client; a context that closes it.

    Args:
        url: of the server.
        model: the text model's id, where the server has several (an adapter); None for its default.
        embedding_model: the same for embeddings.
    """

    def __init__(self, url: str, model: str | None = None, embedding_model: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._models = {"messages": model, "input": embedding_model}
        # No proxy from the environment may stand in between.
        self._http = httpx.Client(timeout=_PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def invoke_endpoint(self, *, Body: bytes, **_: Any) -> dict[str, Any]:
        """As boto3 does it; raises what boto3 raises."""
        return {"Body": io.BytesIO(json.dumps(self.ask(json.loads(Body))).encode())}

    def ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to an OpenAI body, told by its shape.

        Raises:
            ClientError: the server answered with an error; its `OriginalStatusCode` says which.
            EndpointConnectionError: it did not answer.
        """
        shape = "messages" if "messages" in body else "input"
        path = "chat/completions" if shape == "messages" else "embeddings"
        named = {"model": self._models[shape]} if self._models[shape] else {}
        try:
            answer = self._http.post(f"{self._url}/v1/{path}", json={**body, **named})
        except httpx.HTTPError as error:
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        if answer.status_code != 200:
            raise ClientError(
                {
                    "Error": {"Code": "ModelError", "Message": answer.text[:300]},
                    "OriginalStatusCode": answer.status_code,
                },
                "InvokeEndpoint",
            )
        loaded: dict[str, Any] = answer.json()
        return loaded
