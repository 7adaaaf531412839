"""What is known of a customer: read, corrected by them, and rebuilt when something new came in.

What the store holds of a customer (`CustomerRecord.profile`):

    {
        "counters": {"events": 12, "event#view_item": 9, "category#Headphones": 1482.1, "brand#...": ...},
        "document": {                 # written by `refresh`, empty before the first
            "traits": [Trait, ...],   # as behaviour shows them; corrections are applied when they are read
            "names": {"Headphones": "耳机"},  # categories and brands in the summary's language
            "summary": {"text", "language", "served_by", "degraded"},
            "evidence_digest": str,   # of what the summary rests on
            "purchases": {product id: [(event id, iso), ...]},  # the latest few of each, oldest first
            "updated_at": iso, "next_expiry": iso or None,
        },
        "corrections": {trait id: {"action": "remove" or "set", "value"?, "at": iso}},  # or of a product
        "corrections_version": int,   # counts the changes of the corrections
        "stale_since": iso or None,
    }

Somebody nobody has seen has an empty profile, as somebody has who was seen and forgotten: an answer does not
tell whether a customer exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from .affinity import Affinities, affinities
from .corrections import Correction, Standing, corrected, merged, standing
from .errors import Conflict
from .ladder import Served
from .ports import Catalog, CustomerStore, LanguageModel, RefreshQueue
from .prices import PriceLevels
from .refusals import refusals, refused_products, without
from .replenishment import purchases, remembered
from .summaries import Summary, digest, facts_of, language_of, names_in, plain_summary, write_summary
from .traits import Trait, traits

_LEVELS_KEPT = timedelta(hours=1)  # prices move slowly, and reading them all costs


class Profile(Served):
    """What is known of a customer. `served_by` and `degraded` tell of the summary; the rest is computed."""

    customer_id: str
    traits: list[Trait]
    affinities: Affinities = Field(description="Shares of interest, counted the moment an event arrives.")
    summary: str = Field(description="One paragraph, in the customer's language where it is known.")
    counts: dict[str, int] = Field(description="Events by name.")
    corrections: list[Standing] = Field(description="What the customer said and did not take back.")
    stale: bool = Field(description="Whether something happened that traits and summary do not show yet.")
    updated_at: datetime | None = Field(description="When traits and summary were last rebuilt.")


class Profiles:
    """Reads, corrects and rebuilds profiles.

    Args:
        customers: where they are kept.
        catalog: says what products are.
        model: words the summary.
        queue: takes the customers whose profile is due.
        model_languages: the languages the model is trusted to write.
    """

    def __init__(
        self,
        customers: CustomerStore,
        catalog: Catalog,
        model: LanguageModel,
        queue: RefreshQueue,
        model_languages: frozenset[str],
    ) -> None:
        self._customers = customers
        self._catalog = catalog
        self._model = model
        self._queue = queue
        self._model_languages = model_languages
        self._levels = PriceLevels([])
        self._levels_at: datetime | None = None

    def profile(self, customer_id: str, now: datetime) -> Profile:
        """The profile as it stands, without what has expired; empty for somebody unknown."""
        return self._shown(customer_id, self._customers.read(customer_id, events=0).profile, now)

    def correct(self, customer_id: str, corrections: Sequence[Correction], now: datetime) -> Profile:
        """Take the customer's corrections, all or none; the profile that is returned shows them.

        Raises:
            InvalidInput: naming the field.
            Conflict: if others corrected the same profile at the same time, twice.
        """
        try:
            stored = self._correct_once(customer_id, corrections, now)
        except Conflict:
            stored = self._correct_once(customer_id, corrections, now)
        return self._shown(customer_id, stored, now)

    def refresh(self, customer_id: str, now: datetime) -> None:
        """Rebuild traits and summary from all events kept; doing it twice changes nothing.

        The model is asked only if what the summary rests on has changed since it last wrote.
        """
        # The counter is read before the events: an event that arrives in between leaves the profile stale.
        record = self._customers.read(customer_id, events=0)
        stored = record.profile
        events = self._customers.events(customer_id)
        if not (stored["counters"] or stored["corrections"] or events):
            return  # a forgotten customer is not brought back by a message that was still queued
        if not record.consents.allows("profiling"):
            return  # the shop's default has changed; nothing is made of what is there
        products = self._catalog.products(sorted({item.item_id for event in events for item in event.items}))
        telling = without(events, refusals(stored["corrections"]))
        shown = traits(telling, products, self._price_levels(now), now)
        known = corrected(shown, stored["corrections"])
        language = language_of(known)
        names = names_in(language, products.values(), known)
        facts = facts_of(known, language, names)
        rests_on = digest(facts, language)
        old = stored["document"].get("summary")
        if old and stored["document"]["evidence_digest"] == rests_on and not Summary(**old).passing_fault:
            summary = Summary(**old)
        elif not record.consents.allows("model_processing"):
            summary = plain_summary(facts, language, "no_consent")
        else:
            summary = write_summary(facts, language, self._model, self._model_languages, customer_id)
        next_expiry = min((trait.expires_at for trait in shown if trait.expires_at), default=None)
        document = {
            "traits": [trait.model_dump(mode="json") for trait in shown],
            "names": names,
            "summary": summary.model_dump(),
            "evidence_digest": rests_on,
            "purchases": remembered(purchases(events)),
            "updated_at": now.isoformat(),
            "next_expiry": next_expiry.isoformat() if next_expiry else None,
        }
        self._customers.save_traits(
            customer_id,
            document,
            events_counted=int(stored["counters"].get("events", 0)),
            corrections_version=stored["corrections_version"],
            forgotten_until=stored["forgotten_until"],
            due_at=next_expiry,
        )

    def sweep(self, now: datetime, limit: int) -> int:
        """Queue the profiles that are stale or hold an expired trait, longest due first.

        Returns:
            How many were queued, `limit` at most. One that is queued twice is rebuilt twice, to no harm.
        """
        due = self._customers.due(now, limit=limit)
        if due:
            self._queue.send(due)
        return len(due)

    def _correct_once(
        self, customer_id: str, corrections: Sequence[Correction], now: datetime
    ) -> dict[str, Any]:
        stored = self._customers.read(customer_id, events=0).profile
        named = refused_products(each.trait_id for each in corrections if each.action == "remove")
        products = self._catalog.products(named) if named else {}
        said = merged(stored["corrections"], corrections, now, products)
        expected = stored["corrections_version"]
        self._customers.save_corrections(customer_id, said, expected=expected, now=now)
        return {**stored, "corrections": said, "stale_since": stored["stale_since"] or now.isoformat()}

    def _shown(self, customer_id: str, stored: dict[str, Any], now: datetime) -> Profile:
        document = stored["document"]
        held = [Trait.model_validate(trait) for trait in document.get("traits", [])]
        alive = [trait for trait in held if trait.expires_at and trait.expires_at > now]
        known = corrected(alive, stored["corrections"])
        summary = _summary_of(document, known)
        return Profile(
            customer_id=customer_id,
            traits=known,
            affinities=affinities(stored["counters"], stored["corrections"]),
            summary=summary.text,
            counts={
                name.removeprefix("event#"): int(count)
                for name, count in sorted(stored["counters"].items())
                if name.startswith("event#")
            },
            corrections=standing(stored["corrections"]),
            stale=stored["stale_since"] is not None or len(alive) < len(held),
            updated_at=document.get("updated_at"),
            served_by=summary.served_by,
            degraded=summary.degraded,
        )

    def _price_levels(self, now: datetime) -> PriceLevels:
        if not self._levels or self._levels_at is None or now - self._levels_at > _LEVELS_KEPT:
            self._levels, self._levels_at = PriceLevels(self._catalog.all_products()), now
        return self._levels


def _summary_of(document: dict[str, Any], known: list[Trait]) -> Summary:
    """The stored summary if it says what the traits say now, else a plain one that does.

    So a trait that the customer removed, or that expired, is gone from the text at once as well.
    """
    language = language_of(known)
    facts = facts_of(known, language, document.get("names", {}))
    if document and document["evidence_digest"] == digest(facts, language):
        return Summary(**document["summary"])
    return plain_summary(facts, language)
