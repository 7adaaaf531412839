"""Evidence to summary: what is known of an invented customer, and a paragraph that the shop would keep."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from local.training.catalogue import Invented
from local.training.shelves import Shelf
from shopwright import prompts
from shopwright.ports import Candidate, Embedded, Message
from shopwright.prices import PriceBand
from shopwright.summaries import facts_of, write_summary
from shopwright.traits import Trait, TraitName

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ATTEMPTS = 4
# As "This customer" does it, and as "they" do.
_PLURAL = {"is": "are", "likes": "like", "looks": "look", "has": "have", "comes": "come"}


def row(shelves: Sequence[Shelf], products: Sequence[Invented], rng: random.Random) -> dict[str, Any] | None:
    """One row: what the profile function sends for a customer, and a text that it would keep; or None."""
    facts = facts_of(_traits(shelves, products, rng), "en", {})
    if len(facts) < 2:
        return None
    for _ in range(_ATTEMPTS):
        text = _text(facts, rng)
        kept = write_summary(facts, "en", Written([Candidate(text, True)]), frozenset({"en"}), "nobody")
        if kept.served_by == "model" and kept.text == text:
            turns = prompts.summary(facts, "en")
            messages = [{"role": message.role, "content": message.content} for message in turns]
            return {"task": "summary", "messages": [*messages, {"role": "assistant", "content": text}]}
    return None


def _traits(shelves: Sequence[Shelf], products: Sequence[Invented], rng: random.Random) -> list[Trait]:
    traits = [_trait("category_affinity", each.category) for each in rng.sample(shelves, rng.randint(1, 3))]
    liked = rng.sample(products, rng.choice((0, 0, 1, 1, 2)))
    traits += [_trait("brand_affinity", str(each.product.brand)) for each in liked]
    if rng.random() < 0.6:
        low = rng.randint(1, 40) * 5
        level = rng.choice(("low", "middle", "high", None))
        prices = PriceBand(low=low, high=low + rng.randint(2, 60) * 5, level=level)
        traits.append(_trait("price_band", prices, rng.choice(("EUR", "CNY", "USD"))))
    if rng.random() < 0.5:
        things = rng.sample([thing.lower() for shelf in shelves for thing in shelf.things], rng.randint(1, 2))
        traits += [_trait("interest", thing) for thing in things]
    if rng.random() < 0.4:
        traits.append(_trait("rhythm", rng.choice(("evening", "morning", "afternoon", "weekday", "weekend"))))
    return traits


def _trait(name: TraitName, value: str | PriceBand, about: str = "") -> Trait:
    return Trait(
        id=f"{name}:{about or value}",
        name=name,
        value=value,
        confidence=0.8,
        evidence=[],
        source="behaviour",
        expires_at=None,
        updated_at=_NOW,
    )


def _text(facts: Sequence[str], rng: random.Random) -> str:
    """The facts, or most of them, in one sentence or two."""
    deeds = [_deed(fact) for fact in facts[: max(2, len(facts) - (rng.random() < 0.3))]]
    cut = len(deeds) if len(deeds) < 3 or rng.random() < 0.4 else rng.randint(1, len(deeds) - 1)
    who = rng.choice(("This customer", "This customer", "This shopper"))
    sentences = [f"{who} {_listed(deeds[:cut])}."]
    if deeds[cut:]:
        also = rng.choice(("They", "They also"))
        sentences.append(f"{also} {_listed([_plural(deed) for deed in deeds[cut:]])}.")
    return " ".join(sentences)


def _deed(fact: str) -> str:
    """`Likes the brand Norvik.` as after "This customer"."""
    said = fact[0].lower() + fact[1:].removesuffix(".")
    return f"is {said}" if said.startswith("mostly interested") else said


def _plural(deed: str) -> str:
    return " ".join(_PLURAL.get(word, word) if at < 2 else word for at, word in enumerate(deed.split()))


def _listed(parts: Sequence[str]) -> str:
    joint = ", and " if any(" and " in part for part in parts) or len(parts) > 2 else " and "
    return joint.join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


class Written:
    """A ports.LanguageModel that has written its candidates already: the shop's own function judges them."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = list(candidates)

    def generate(self, messages: Sequence[Message], **how: Any) -> list[Candidate]:
        """The candidates, whatever was asked."""
        return self._candidates

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        """Nothing here is embedded."""
        raise NotImplementedError

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """Nothing here is embedded."""
        raise NotImplementedError
