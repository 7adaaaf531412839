"""LanguageModel on a SageMaker endpoint: OpenAI bodies on InvokeEndpoint.

Anything that speaks them can stand behind the endpoint: our own server (model/), vLLM's container, a local
server through AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from ..errors import ModelAnswerInvalid
from ..ports import Candidate, Embedded, Message, Page
from .sagemaker import Endpoint


class EndpointModel:
    """Implements ports.LanguageModel and ports.EvidenceModel.

    Args:
        writing: the endpoint as it is asked for texts.
        embedding: the same as it is asked for vectors, which come sooner.
        reading: the same as it is asked for evidence, which only our own server finds.
        query_prefix: what the embedding model wants before a text that searches ("query: " for E5).
        passage_prefix: the same for a text that is searched.
        batch: texts embedded in one call: few enough that a busy endpoint still answers in time.
    """

    def __init__(
        self,
        writing: Endpoint,
        embedding: Endpoint,
        reading: Endpoint,
        *,
        query_prefix: str = "",
        passage_prefix: str = "",
        batch: int = 16,
    ) -> None:
        self._writing, self._embedding, self._reading = writing, embedding, reading
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._batch = batch

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_tokens: int = 128,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> list[Candidate]:
        """See ports.LanguageModel."""
        body: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "n": n,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": 0.9,
        }
        if seed is not None:
            body["seed"] = seed
        return self._writing.invoke(body, _candidates)

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel."""
        return self._embed([self._query_prefix + text for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel."""
        return self._embed([self._passage_prefix + text for text in texts])

    def log_odds(self, question: str, pages: Sequence[Page]) -> list[list[float]]:
        """See ports.EvidenceModel."""
        told = [{"title": page.title, "sentences": list(page.sentences)} for page in pages]
        body = {"question": question, "pages": told}
        return self._reading.invoke(body, lambda answer: _log_odds(answer, pages))

    def _embed(self, texts: list[str]) -> Embedded:
        batches = [texts[start : start + self._batch] for start in range(0, len(texts), self._batch)]
        parts = [self._embed_batch(batch) for batch in batches]
        if len({part.model for part in parts}) > 1:
            raise ModelAnswerInvalid("the endpoint changed its embedding model meanwhile")
        return Embedded(parts[0].model, [vector for part in parts for vector in part.vectors])

    def _embed_batch(self, texts: list[str]) -> Embedded:
        return self._embedding.invoke({"input": texts}, lambda answer: _embedded(answer, len(texts)))


def _candidates(answer: dict[str, Any]) -> list[Candidate]:
    try:
        return [
            Candidate(str(choice["message"]["content"]), choice["finish_reason"] == "stop")
            for choice in sorted(answer["choices"], key=lambda choice: choice["index"])
        ]
    except (KeyError, TypeError) as error:
        raise ModelAnswerInvalid("the endpoint's answer is no chat completion") from error


def _log_odds(answer: dict[str, Any], pages: Sequence[Page]) -> list[list[float]]:
    try:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        found = [[float(value) for value in row["log_odds"]] for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelAnswerInvalid("the endpoint's answer holds no log odds") from error
    if [len(row) for row in found] != [len(page.sentences) for page in pages]:
        raise ModelAnswerInvalid("the endpoint's answer is not of the sentences that were sent")
    if not all(isfinite(value) for row in found for value in row):
        raise ModelAnswerInvalid("the odds hold what is no number")
    return found


def _embedded(answer: dict[str, Any], texts: int) -> Embedded:
    try:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = [[float(value) for value in row["embedding"]] for row in rows]
        model = str(answer["model"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelAnswerInvalid("the endpoint's answer is no list of embeddings") from error
    if len(vectors) != texts or not all(vectors):
        raise ModelAnswerInvalid(f"{texts} texts were sent, {len(vectors)} vectors came back")
    if not all(isfinite(value) for vector in vectors for value in vector):
        raise ModelAnswerInvalid("a vector holds what is no number")
    return Embedded(model, vectors)
