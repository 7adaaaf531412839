"""Next products: what a customer turned to, and what they will probably turn to next."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat
from pydantic_core import PydanticCustomError

from .base import Answer, Refused, Request

_LARGEST = 3.4e38  # of a 32-bit float

ProductId = Annotated[str, Field(min_length=1, max_length=128)]


def _numbers(value: Any) -> Any:
    """A vector out of base64: little-endian 32-bit floats, as `in_base64` writes them."""
    if not isinstance(value, str):
        return value
    try:
        coded = base64.b64decode(value, validate=True)
        return [number for (number,) in struct.iter_unpack("<f", coded)]
    except (binascii.Error, ValueError, struct.error):
        raise PydanticCustomError(
            "vector", "must be numbers, or little-endian 32-bit floats in base64"
        ) from None


class Arrival(BaseModel):
    """A product that came after the recommender was trained, by the vector of its text.

    `embedding_model` is the id of the model that made the vector, where the caller knows it: an arrival whose
    vector is another model's than the recommender's is left out, since vectors of two models never mix.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    product_id: ProductId
    embedding: Annotated[
        list[Annotated[FiniteFloat, Field(ge=-_LARGEST, le=_LARGEST)]], BeforeValidator(_numbers)
    ] = Field(min_length=1, max_length=4096)
    embedding_model: str | None = Field(None, min_length=1)


class RecommendationsRequest(Request):
    """POST with `history`: the products a customer turned to, oldest first.

    `exclude` are products that must not come back; of the `explain` latest of the history the answer tells
    what each adds to a score.
    """

    mark: ClassVar[str] = "history"
    history: list[ProductId] = Field(min_length=1, max_length=200)
    limit: int = Field(50, ge=1, le=200)
    exclude: list[ProductId] = Field(default_factory=list, max_length=1000)
    explain: int = Field(0, ge=0, le=20)
    arrivals: list[Arrival] = Field(default_factory=list, max_length=128)

    def check_together(self) -> None:
        """See Request."""
        seen: set[str] = set()
        for at, arrival in enumerate(self.arrivals):
            if arrival.product_id in seen:
                field = f"arrivals.{at}.product_id"
                raise Refused(f"{field}: the same product twice", field)
            seen.add(arrival.product_id)
            if not any(arrival.embedding):
                field = f"arrivals.{at}.embedding"
                raise Refused(f"{field}: a vector of zeros points nowhere", field)


class Because(Answer):
    """A product of the history, and how much the score drops without it."""

    product_id: str
    drop: FiniteFloat


class Recommendation(Answer):
    """A product; its score is in [0, 1]. `because`: what adds most to the score first."""

    index: int
    product_id: str
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    because: list[Because]


class RecommendationsResponse(Answer):
    """Answer to RecommendationsRequest, best first. `known`: products of the history that the model knows.

    `model` is the recommender's version. Nothing is recommended to a history of which nothing is known.
    """

    object: Literal["list"] = "list"
    model: str
    known: int
    data: list[Recommendation]
