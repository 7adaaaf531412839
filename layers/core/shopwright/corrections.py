"""What customers say: corrections of traits, and what they will not have. It wins and stays. Pure.

Beside a trait's id stands `product:<id>`, removed: never recommend it; and `because:<id>`, removed: recommend
nothing because of it. A product the catalogue does not know can be refused all the same: it may have gone
from it a moment ago, or come back tomorrow, and no means no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from .errors import InvalidInput
from .prices import PriceBand
from .products import Language, Product, Strict
from .refusals import REFUSALS, checked, remembered
from .traits import PARTS_OF_DAY, PARTS_OF_WEEK, Trait, TraitName, term_key

MAX_CORRECTIONS = 100
MAX_REFUSALS = 300  # with every read of the profile they are read, too: 100 bytes each
_RHYTHMS = {"part_of_day": PARTS_OF_DAY, "part_of_week": PARTS_OF_WEEK}
_NAMES: tuple[TraitName, ...] = get_args(TraitName)


def _kind(value: Any) -> str:
    return "prices" if isinstance(value, dict | PriceBand) else "text"


# Told apart before it is checked, so that a fault is named once and not for each kind.
Value = Annotated[
    Annotated[str, Tag("text")] | Annotated[PriceBand, Tag("prices")],
    Discriminator(_kind),
]


class Correction(Strict):
    """`remove` a trait for good, `set` it, or `reset` it to what behaviour shows."""

    trait_id: Annotated[str, StringConstraints(min_length=1, max_length=220)] = Field(
        description=(
            "A trait's id; or `product:<id>`, removed so that it and its variants are never recommended; or "
            "`because:<id>`, removed so that nothing is recommended because of that product."
        )
    )
    action: Literal["remove", "set", "reset"]
    value: Value | None = Field(
        default=None,
        description=(
            "For `set`: of price_band its low and high, of rhythm the part of day or week, of language its "
            "code; of the others nothing, as the trait's id says it all."
        ),
    )


class Corrections(Strict):
    """Corrections made together: all are taken or none."""

    corrections: Annotated[list[Correction], Field(min_length=1, max_length=MAX_CORRECTIONS)]


class Standing(BaseModel):
    """A correction as it stands."""

    model_config = ConfigDict(frozen=True)

    trait_id: str
    action: Literal["remove", "set"]
    value: str | PriceBand | None = None
    at: datetime


def standing(corrections: Mapping[str, Any]) -> list[Standing]:
    """What the customer said, the latest first, so that they can see it and take it back.

    Args:
        corrections: as `merged` returns them.
    """
    found = [Standing(trait_id=trait_id, **each) for trait_id, each in corrections.items()]
    return sorted(found, key=lambda each: (each.at, each.trait_id), reverse=True)


def merged(
    standing: Mapping[str, Any],
    corrections: Sequence[Correction],
    now: datetime,
    products: Mapping[str, Product] | None = None,
) -> dict[str, dict[str, Any]]:
    """The standing corrections with new ones on top, as they are stored.

    Args:
        standing: as they are stored.
        corrections: the new ones.
        now: aware, UTC.
        products: those they refuse that the catalogue knows, by id.

    Returns:
        By trait id: `{"action": "remove", "at": iso}`, with what `refusals` keeps of a product, or
        `{"action": "set", "value": ..., "at": iso}`.

    Raises:
        InvalidInput: naming the field (`corrections.0.value`).
    """
    result = dict(standing)
    for index, correction in enumerate(corrections):
        trait_id, value = _checked(correction, f"corrections.{index}")
        before = result.pop(trait_id, {})
        if correction.action == "remove":
            kind, _, about = trait_id.partition(":")
            kept = remembered(kind, (products or {}).get(about), before) if kind in REFUSALS else {}
            result[trait_id] = {**kept, "action": "remove", "at": now.isoformat()}
        elif correction.action == "set":
            stored = value.model_dump() if isinstance(value, PriceBand) else value
            result[trait_id] = {"action": "set", "value": stored, "at": now.isoformat()}
    refused = sum(trait_id.partition(":")[0] in REFUSALS for trait_id in result)
    if refused > MAX_REFUSALS:
        raise InvalidInput(f"at most {MAX_REFUSALS} refused products of a customer are kept", "corrections")
    if len(result) - refused > MAX_CORRECTIONS:
        raise InvalidInput(f"at most {MAX_CORRECTIONS} corrections of a customer are kept", "corrections")
    return result


def corrected(traits: Sequence[Trait], corrections: Mapping[str, Any]) -> list[Trait]:
    """The traits with the customer's corrections: those set come first within their name, those removed go.

    Args:
        traits: as behaviour shows them.
        corrections: as `merged` returns them.
    """
    stated = [
        Trait(
            id=trait_id,
            name=_name(trait_id),
            value=PriceBand(**value) if isinstance(value := correction["value"], dict) else value,
            confidence=1.0,
            evidence=[],
            source="customer",
            expires_at=None,
            updated_at=datetime.fromisoformat(correction["at"]),
        )
        for trait_id, correction in sorted(corrections.items())
        if correction["action"] == "set"
    ]
    kept = [trait for trait in traits if trait.id not in corrections]
    return sorted([*stated, *kept], key=lambda trait: _NAMES.index(trait.name))


def _name(trait_id: str) -> TraitName:
    name = trait_id.partition(":")[0]
    return next(known for known in _NAMES if known == name)


def _checked(correction: Correction, field: str) -> tuple[str, str | PriceBand | None]:
    """The trait's id in its one spelling, and the value to set."""
    name, _, about = correction.trait_id.partition(":")
    about = term_key(about) if name == "interest" else about.strip()
    if name in REFUSALS:
        about = checked(name, about, correction.action, field)
    elif name not in _NAMES:
        known = ", ".join([*_NAMES, *REFUSALS])
        raise InvalidInput(f"is of no known trait; known are {known}", f"{field}.trait_id")
    if (name == "language") == bool(about):
        shape = "language" if name == "language" else f"{name}:<what it is about>"
        raise InvalidInput(f"has the form {shape}", f"{field}.trait_id")
    if name == "price_band" and not (len(about) == 3 and about.isascii() and about.isupper()):
        raise InvalidInput("has the form price_band:<currency code>", f"{field}.trait_id")
    if name == "rhythm" and about not in _RHYTHMS:
        raise InvalidInput(f"has the form rhythm:<one of {', '.join(_RHYTHMS)}>", f"{field}.trait_id")
    trait_id = f"{name}:{about}" if about else name
    if correction.action != "set":
        if correction.value is not None:
            raise InvalidInput(f"stands with set only, not with {correction.action}", f"{field}.value")
        return trait_id, None
    return trait_id, _value(name, about, correction.value, f"{field}.value")


def _value(name: str, about: str, value: str | PriceBand | None, field: str) -> str | PriceBand:
    if name == "price_band":
        if not isinstance(value, PriceBand) or value.high < value.low:
            raise InvalidInput("needs low and high, low not above high", field)
        return value.model_copy(update={"level": None})
    if name in ("rhythm", "language"):
        known = _RHYTHMS[about] if name == "rhythm" else get_args(Language)
        if value not in known:
            raise InvalidInput(f"is one of {', '.join(known)}", field)
        return str(value)
    if value not in (None, about):
        raise InvalidInput("is left out here: the trait's id says what it is about", field)
    return about
