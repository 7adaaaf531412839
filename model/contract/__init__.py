"""The bodies on the wire: OpenAI's chat completions and embeddings, what we keep of
them, evidence, and next products.

Strict: a field it does not know, of another type or out of range is refused and named.
"""

from .base import Answer, ErrorBody, ErrorResponse, Refused, Request, in_base64
from .chat import (
    AnswerMessage,
    ChatChunk,
    ChatMessage,
    ChatRequest,
    ChatResponse,
    ChatUsage,
    Choice,
    ChunkChoice,
    Delta,
    Logprobs,
    TokenLogprob,
)
from .embeddings import Embedding, EmbeddingsRequest, EmbeddingsResponse, EmbeddingsUsage
from .evidence import EvidenceOdds, EvidencePage, EvidenceRequest, EvidenceResponse
from .reading import MAX_BODY_BYTES, read
from .recommendations import (
    Arrival,
    Because,
    Recommendation,
    RecommendationsRequest,
    RecommendationsResponse,
)

__all__ = [
    "MAX_BODY_BYTES",
    "Answer",
    "AnswerMessage",
    "Arrival",
    "Because",
    "ChatChunk",
    "ChatMessage",
    "ChatRequest",
    "ChatResponse",
    "ChatUsage",
    "Choice",
    "ChunkChoice",
    "Delta",
    "Embedding",
    "EmbeddingsRequest",
    "EmbeddingsResponse",
    "EmbeddingsUsage",
    "ErrorBody",
    "ErrorResponse",
    "EvidenceOdds",
    "EvidencePage",
    "EvidenceRequest",
    "EvidenceResponse",
    "Logprobs",
    "Recommendation",
    "RecommendationsRequest",
    "RecommendationsResponse",
    "Refused",
    "Request",
    "TokenLogprob",
    "in_base64",
    "read",
]
