"""NextProducts on a SageMaker endpoint: our own server (model/) behind InvokeEndpoint."""

from __future__ import annotations

import base64
import struct
from collections.abc import Collection, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from ..errors import ModelAnswerInvalid
from ..ports import Arrival, NextList, NextProduct
from .sagemaker import Endpoint

_Id = Annotated[str, Field(min_length=1, max_length=128)]


class _Part(BaseModel):
    # A later server may say more.
    model_config = ConfigDict(strict=True, extra="ignore")


class _Because(_Part):
    product_id: _Id
    drop: FiniteFloat


class _Row(_Part):
    index: int
    product_id: _Id
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    because: list[_Because]


class _Answer(_Part):
    model: str = Field(min_length=1)
    known: int = Field(ge=0)
    data: list[_Row]


class EndpointNextProducts:
    """Implements ports.NextProducts.

    Args:
        endpoint: where it is served.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def next_products(
        self,
        history: Sequence[str],
        *,
        limit: int = 50,
        exclude: Collection[str] = (),
        explain: int = 0,
        arrivals: Sequence[Arrival] = (),
    ) -> NextList:
        """See ports.NextProducts."""
        body: dict[str, Any] = {"history": list(history), "limit": limit}
        if exclude:
            body["exclude"] = sorted(exclude)
        if explain:
            body["explain"] = explain
        if arrivals:
            body["arrivals"] = [_arrival(arrival) for arrival in arrivals]
        return self._endpoint.invoke(body, lambda answer: _read(answer, len(history), limit))


def _arrival(arrival: Arrival) -> dict[str, str]:
    packed = struct.pack(f"<{len(arrival.vector)}f", *arrival.vector)
    return {
        "product_id": arrival.product_id,
        "embedding": base64.b64encode(packed).decode(),
        "embedding_model": arrival.model,
    }


def _read(body: dict[str, Any], history: int, limit: int) -> NextList:
    """Raises ModelAnswerInvalid, without the answer's words: it tells of a customer."""
    try:
        answer = _Answer.model_validate(body)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise ModelAnswerInvalid(f"the endpoint's answer is no list of next products: {field}") from None
    rows = sorted(answer.data, key=lambda row: row.index)
    if len(rows) > limit or answer.known > history:
        raise ModelAnswerInvalid("the endpoint's answer has more products than were asked for")
    if len({row.product_id for row in rows}) != len(rows):
        raise ModelAnswerInvalid("the endpoint's answer names a product twice")
    return NextList(
        answer.model,
        answer.known,
        [
            NextProduct(row.product_id, row.score, {each.product_id: each.drop for each in row.because})
            for row in rows
        ],
    )
