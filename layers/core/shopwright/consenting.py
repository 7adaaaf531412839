"""Keeping what customers say about what may be done with their data."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from .consent import PURPOSES, Consents, Purpose, State, Statement
from .errors import Conflict
from .ports import CustomerStore
from .products import Short, Strict


class ConsentChange(Strict):
    """What the customer says now, of one or more purposes, and where they said it (`web banner`)."""

    profiling: State | None = Field(default=None, description="What they do is kept under their name.")
    personalisation: State | None = Field(default=None, description="Lists and texts follow it.")
    advertising: State | None = Field(default=None, description="So does advertising.")
    model_processing: State | None = Field(
        default=None, description="It may be sent to the language model and the recommender."
    )
    source: Short

    @model_validator(mode="after")
    def _says_something(self) -> ConsentChange:
        if not self.states:
            raise ValueError(f"name at least one of {', '.join(PURPOSES)}")
        return self

    @property
    def states(self) -> dict[Purpose, State]:
        """By purpose, those that are named."""
        return {purpose: state for purpose in PURPOSES if (state := getattr(self, purpose))}


class Standing(BaseModel):
    """How one purpose stands."""

    model_config = ConfigDict(frozen=True)

    allowed: bool
    state: State | None = Field(description="The customer's last word; null where the default holds.")
    time: AwareDatetime | None = None
    source: str | None = None


class ConsentStatus(BaseModel):
    """How all purposes stand."""

    model_config = ConfigDict(frozen=True)

    customer_id: str
    purposes: dict[Purpose, Standing]


class Consenting:
    """Keeps consents.

    Args:
        customers: where they are kept.
    """

    def __init__(self, customers: CustomerStore) -> None:
        self._customers = customers

    def status(self, customer_id: str) -> ConsentStatus:
        """How the purposes stand; for somebody unknown by default."""
        return _status(customer_id, self._customers.read(customer_id, events=0).consents)

    def change(self, customer_id: str, change: ConsentChange, now: datetime) -> ConsentStatus:
        """Take what the customer says; it holds from then on.

        Who allows no profiling any more is forgotten but for what they said: their events and all that was
        made of them are deleted before this returns.

        Raises:
            Conflict: if others changed the same customer's consents at the same time, twice.
            StoreUnavailable: it holds, but not all was deleted; saying it again goes on.
        """
        try:
            consents = self._change_once(customer_id, change, now)
        except Conflict:
            consents = self._change_once(customer_id, change, now)
        if change.profiling in ("denied", "withdrawn"):
            said = self._customers.read(customer_id, events=0).profile["corrections"]
            self._customers.forget(customer_id, said=consents.said, corrections=said, now=now)
        return _status(customer_id, consents)

    def _change_once(self, customer_id: str, change: ConsentChange, now: datetime) -> Consents:
        before = self._customers.read(customer_id, events=0).consents
        consents = before.with_(
            [
                Statement(purpose=purpose, state=state, time=now, source=change.source)
                for purpose, state in change.states.items()
            ]
        )
        self._customers.save_consents(customer_id, consents.said, expected=len(before.said))
        return consents


def _status(customer_id: str, consents: Consents) -> ConsentStatus:
    found: dict[Purpose, Standing] = {}
    for purpose in PURPOSES:
        last = consents.latest(purpose)
        found[purpose] = Standing(
            allowed=consents.allows(purpose),
            state=last.state if last else None,
            time=last.time if last else None,
            source=last.source if last else None,
        )
    return ConsentStatus(customer_id=customer_id, purposes=found)
