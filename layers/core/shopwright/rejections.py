"""Why one row of a batch was not taken."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Rejection(BaseModel):
    """One fault of one row. It names the field and the rule, never the value: that may be personal."""

    model_config = ConfigDict(frozen=True)

    index: int = Field(description="The row's place in the batch, from 0.")
    field: str = Field(description="The field in dotted form; empty if the row as a whole is meant.")
    why: str


def rejections(index: int, error: ValidationError) -> Iterator[Rejection]:
    """The faults pydantic found in row `index`."""
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        yield Rejection(index=index, field=".".join(map(str, fault["loc"])), why=fault["msg"])
