"""The ladder every answer stands on: which rung made it, and why it is not a higher one."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ServedBy = Literal["model", "cache", "rules"]

Degraded = Literal[
    "model_unavailable",  # the endpoint is down, waking, overloaded or too slow
    "model_invalid",  # it refused the request or answered something that is not the wire contract
    "model_language",  # the configured model is not trusted with this language
    "no_candidate_passed",  # it wrote, but nothing that the facts carry
    "no_embeddings",  # there were no vectors to compare: search went by words, similarity by visits
    "no_consent",  # the customer does not let the model read what is theirs
    "no_neighbours",  # nothing is known yet of what is bought or looked at together
]

# Those that tell of the endpoint, not of the shop's data or the customer's wishes.
ENDPOINT_FAILED: frozenset[Degraded] = frozenset({"model_unavailable", "model_invalid", "no_embeddings"})


class Served(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True)

    served_by: ServedBy = Field(description="Which rung of the ladder made the answer.")
    degraded: Degraded | None = Field(
        default=None, description="Why a higher rung did not make it; null if nothing is amiss."
    )
