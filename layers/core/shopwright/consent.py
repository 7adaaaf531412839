"""What a customer lets the shop do with what it knows of them. Pure.

Four purposes. `profiling`: what they do is kept under their name. `personalisation`: lists and texts follow
it. `advertising`: so does advertising. `model_processing`: it may be sent to the language model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict

from .products import Short

Purpose = Literal["profiling", "personalisation", "advertising", "model_processing"]
State = Literal["granted", "denied", "withdrawn"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_KEPT = 100  # statements


class Statement(BaseModel):
    """What the customer said of one purpose, when, and where they said it."""

    model_config = ConfigDict(frozen=True)

    purpose: Purpose
    state: State
    time: AwareDatetime
    source: Short


@dataclass(frozen=True)
class Consents:
    """All that a customer said, oldest first, and what holds for purposes of which they said nothing."""

    by_default: frozenset[Purpose]
    said: Sequence[Statement] = ()

    def latest(self, purpose: Purpose) -> Statement | None:
        """Their last word."""
        return next((each for each in reversed(self.said) if each.purpose == purpose), None)

    def allows(self, *purposes: Purpose) -> bool:
        """Whether every one of the purposes may be served."""
        return all(
            last.state == "granted" if (last := self.latest(purpose)) else purpose in self.by_default
            for purpose in purposes
        )

    def with_(self, statements: Collection[Statement]) -> Consents:
        """With newer ones. The oldest go once there are many, but never a purpose's last word."""
        said = [*self.said, *statements]
        last = {id(Consents(self.by_default, said).latest(purpose)) for purpose in PURPOSES}
        spare = [each for each in said if id(each) not in last][: max(0, len(said) - _KEPT)]
        return Consents(self.by_default, [each for each in said if each not in spare])

    @property
    def refusals(self) -> list[Statement]:
        """The last words that say no: they outlive everything else that is known of a customer."""
        last = (self.latest(purpose) for purpose in PURPOSES)
        return [each for each in last if each and each.state != "granted"]
