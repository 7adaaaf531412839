"""What the shop holds of a customer: all of it shown to them, and all of it deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .consent import Statement
from .corrections import Standing, standing
from .errors import InvalidInput
from .events import Event
from .feedback import AskedQuestion
from .ports import Conversations, CustomerStore, Questions, RefreshQueue
from .profiles import Profile, Profiles

_PAGE_BYTES = 4_000_000  # of events; a function's answer holds 6 MB


class PersonalData(BaseModel):
    """All that is held of a customer. For somebody unknown all of it is empty."""

    model_config = ConfigDict(frozen=True)

    customer_id: str
    exported_at: datetime
    profile: Profile = Field(description="As they and the shop see it.")
    counters: dict[str, float] = Field(description="What every event added to, as stored.")
    derived: dict[str, Any] = Field(description="What was made of the events, as stored.")
    corrections: list[Standing]
    consents: list[Statement] = Field(description="All they said, oldest first.")
    conversations: list[str] = Field(description="The last question of each that is remembered, for an hour.")
    questions: list[AskedQuestion] = Field(
        description="What they asked in the last 30 days and what they thought of the answers."
    )
    events: list[Event] = Field(description="Oldest first.")
    next: str | None = Field(description="If there are more events: send this as `after`.")


class Removed(BaseModel):
    """How much of what was deleted where."""

    model_config = ConfigDict(frozen=True)

    place: str
    what: str
    items: int


class Receipt(BaseModel):
    """What an erasure did."""

    model_config = ConfigDict(frozen=True)

    customer_id: str
    erased_at: datetime
    removed: list[Removed]
    stays: list[str] = Field(description="What is left, and why it says nothing of the customer.")
    verify: str = Field(description="How to see that it was done.")


_STAYS = [
    "customers table: when the customer was erased, so that events which arrive late are not kept; and the "
    "purposes to which they refused consent, so that they stay refused",
    "refresh queue: a message may still hold the customer's id; it finds nothing and is gone within minutes",
    "catalogue table: the list of articles worth writing may quote a question, without identities, if others "
    "asked the same; the next list, within a week, leaves the customer's questions out",
    "catalogue table: counts of what is bought and looked at together, without identities; the next recount "
    "leaves the customer's events out",
    "recommender bucket: exports number customers anew, without identities, and are deleted after 30 days; "
    "recommenders hold products only, and the next training leaves the customer's events out",
]


class PersonalDataDesk:
    """Shows and deletes.

    Args:
        customers: where it is held.
        conversations: remember what they asked last.
        questions: hold what they asked.
        profiles: make what is shown.
        queue: may hold the customer's id.
    """

    def __init__(
        self,
        customers: CustomerStore,
        conversations: Conversations,
        questions: Questions,
        profiles: Profiles,
        queue: RefreshQueue,
    ) -> None:
        self._customers = customers
        self._conversations = conversations
        self._questions = questions
        self._profiles = profiles
        self._queue = queue

    def export(self, customer_id: str, now: datetime, after: str | None = None) -> PersonalData:
        """All that is held; of the events at most some 4 MB, those after the one named `after`.

        Raises:
            InvalidInput: if `after` is none of theirs.
        """
        record = self._customers.read(customer_id, events=0)
        events = self._customers.events(customer_id)
        page, more = _page(_after(events, after))
        return PersonalData(
            customer_id=customer_id,
            exported_at=now,
            profile=self._profiles.profile(customer_id, now),
            counters=record.profile["counters"],
            derived=record.profile["document"],
            corrections=standing(record.profile["corrections"]),
            consents=list(record.consents.said),
            conversations=[turn.question for turn in self._conversations.turns(customer_id, now)],
            questions=self._questions.of(customer_id, now),
            events=page,
            next=page[-1].event_id if more else None,
        )

    def erase(self, customer_id: str, now: datetime) -> Receipt:
        """Delete all of it; again is no harm.

        Raises:
            StoreUnavailable: not all was deleted; erasing again goes on.
        """
        refusals = self._customers.read(customer_id, events=0).consents.refusals
        gone = self._customers.forget(customer_id, said=refusals, corrections={}, now=now)
        messages = self._queue.forget(customer_id)
        return Receipt(
            customer_id=customer_id,
            erased_at=now,
            removed=[
                Removed(place="customers table", what="profile", items=gone.profile),
                Removed(place="customers table", what="events", items=gone.events),
                Removed(place="customers table", what="ids of events", items=gone.event_keys),
                Removed(place="customers table", what="conversations", items=gone.conversations),
                Removed(place="customers table", what="questions", items=gone.questions),
                Removed(place="refresh dead letter queue", what="messages", items=messages),
            ],
            stays=_STAYS,
            verify=f"GET /customers/{customer_id}/export shows no profile and no event",
        )


def _after(events: list[Event], event_id: str | None) -> list[Event]:
    if event_id is None:
        return events
    for at, event in enumerate(events):
        if event.event_id == event_id:
            return events[at + 1 :]
    raise InvalidInput("is none of the customer's events; take `next` of the page before", "after")


def _page(events: list[Event]) -> tuple[list[Event], bool]:
    """As many of the events as fit, and whether there are more."""
    size = 0
    for at, event in enumerate(events):
        size += len(event.model_dump_json().encode())
        if size > _PAGE_BYTES and at:
            return events[:at], True
    return events, False
