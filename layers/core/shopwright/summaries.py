"""The paragraph that says in words what a customer's traits say: by the model where it may, else by rule.

The text rests on a few sentences made from the traits (`facts_of`). The model only words them, and what it
writes is taken only if `claims` finds nothing in it that those sentences do not carry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from . import claims, prompts
from .errors import ModelError, ModelUnavailable
from .ladder import Degraded, ServedBy
from .ports import LanguageModel
from .prices import PriceBand
from .products import Language, Product
from .traits import Trait, TraitName

_CANDIDATES = 3
_MAX_TOKENS = 90
_NAMED = 3  # of each kind of trait; a paragraph is no list
# Names and search terms may be the customer's own words: what looks like more than a name is left out.
_PLAIN = re.compile(r"[\w][\w\s&'’>,/+.()-]{0,59}")
# A small model likes to say the same thing again.
_REPEATED = re.compile(r"\b(\w+(?:\W+\w+){3,})\b.*\b\1\b|([一-鿿]{6,}).*\2", re.IGNORECASE)

_NOTHING = {"en": "Not enough is known of this customer yet.", "zh": "目前对这位顾客还不够了解。"}
_TEXT: dict[str, dict[str, str]] = {
    "category_affinity": {"en": "Mostly interested in {}.", "zh": "主要关注{}。"},
    "brand_affinity": {"en": "Likes the brand {}.", "zh": "偏爱品牌{}。"},
    "brands": {"en": "Likes the brands {}.", "zh": "偏爱品牌{}。"},
    "price_band": {
        "en": "Usually looks at {level}prices{comma} from {low} to {high} {currency}.",
        "zh": "常看价格{low}至{high} {currency}{level}。",
    },
    "interest": {"en": "Has searched for {}.", "zh": "搜索过{}。"},
    "evening": {"en": "Mostly comes in the evening (UTC).", "zh": "多在晚上（UTC）来访。"},
    "afternoon": {"en": "Mostly comes in the afternoon (UTC).", "zh": "多在下午（UTC）来访。"},
    "morning": {"en": "Mostly comes in the morning (UTC).", "zh": "多在上午（UTC）来访。"},
    "night": {"en": "Mostly comes at night (UTC).", "zh": "多在夜间（UTC）来访。"},
    "weekday": {"en": "Mostly comes on weekdays.", "zh": "多在工作日来访。"},
    "weekend": {"en": "Mostly comes at weekends.", "zh": "多在周末来访。"},
    "low": {"en": "lower ", "zh": "，在同类商品中偏低"},
    "middle": {"en": "middle ", "zh": "，在同类商品中居中"},
    "high": {"en": "higher ", "zh": "，在同类商品中偏高"},
}

# Words of talk about customers, which claim nothing that the facts would have to carry.
_TALK: dict[Language, list[str]] = {
    "en": [
        "this customer, a shopper, mostly, usually, often, interested in, looks, shops, visits, prefers",
        "tends, they, their, in the range, products, prices between, searches",
    ],
    "zh": [
        "这位顾客，该顾客，主要，通常，经常，平时，感兴趣，关注，偏爱，喜欢，浏览，搜索，来访，购物，价格在之间"
    ],
}


class Summary(BaseModel):
    """A summary as it is kept, and which rung of the ladder made it."""

    model_config = ConfigDict(frozen=True)

    text: str
    language: Language
    served_by: ServedBy
    degraded: Degraded | None = None

    @property
    def passing_fault(self) -> bool:
        """Whether another try may well do better, though the facts are the same."""
        return self.degraded in ("model_unavailable", "model_invalid", "no_consent")


def language_of(traits: Iterable[Trait]) -> Language:
    """The customer's language where it is known, else English."""
    return "zh" if any(trait.name == "language" and trait.value == "zh" for trait in traits) else "en"


def names_in(language: Language, products: Iterable[Product], traits: Iterable[Trait]) -> dict[str, str]:
    """What the categories and brands of the traits are called in `language`, where the catalogue says."""
    wanted = {trait.value for trait in traits if trait.name in ("category_affinity", "brand_affinity")}
    names: dict[str, str] = {}
    for product in sorted(products, key=lambda each: each.id):
        wording = product.in_either(language)
        for own, other in ((product.category, wording.product_type), (product.brand, wording.brand)):
            if own in wanted and other and own:
                names.setdefault(own, other)
    return names


def facts_of(traits: Sequence[Trait], language: Language, names: Mapping[str, str]) -> list[str]:
    """The traits as sentences in `language`.

    Args:
        traits: what is known now, surest first within a name.
        language: what to write in.
        names: what categories and brands are called in it; those missing keep their own name.
    """
    facts = [
        _TEXT[name if name == "category_affinity" or len(called) == 1 else "brands"][language].format(
            _listed(called, language)
        )
        for name in ("category_affinity", "brand_affinity")
        if (called := _called(_plain_values(traits, name), names))
    ]
    for trait in traits:
        if isinstance(trait.value, PriceBand):
            level = _TEXT[trait.value.level][language] if trait.value.level else ""
            facts.append(
                _TEXT["price_band"][language].format(
                    low=f"{trait.value.low:g}",
                    high=f"{trait.value.high:g}",
                    currency=trait.id.partition(":")[2],
                    level=level,
                    comma="," if level else "",
                )
            )
            break  # the currency they use most
    if terms := _plain_values(traits, "interest"):
        quoted = [f"“{term}”" for term in terms]
        facts.append(_TEXT["interest"][language].format(_listed(quoted, language)))
    facts += [_TEXT[str(trait.value)][language] for trait in traits if trait.name == "rhythm"]
    return facts


def digest(facts: Sequence[str], language: Language) -> str:
    """The same for the same facts in the same language: only when it changes is a summary written anew."""
    return hashlib.sha256(json.dumps([language, *facts]).encode()).hexdigest()


def plain_summary(facts: Sequence[str], language: Language, degraded: Degraded | None = None) -> Summary:
    """The facts themselves, one after the other."""
    text = ("" if language == "zh" else " ").join(facts) or _NOTHING[language]
    return Summary(text=text, language=language, served_by="rules", degraded=degraded)


def write_summary(
    facts: Sequence[str],
    language: Language,
    model: LanguageModel,
    model_languages: frozenset[str],
    customer_id: str,
) -> Summary:
    """Ask the model to word the facts; of the texts that they carry take the one that says most, briefly.

    Without one, or without the model, it is the plain summary.

    Args:
        customer_id: must not stand in the text. It is not shown to the model either.
    """
    if len(facts) < 2:  # one sentence needs no wording
        return plain_summary(facts, language)
    if language not in model_languages:
        return plain_summary(facts, language, "model_language")
    try:
        candidates = model.generate(
            prompts.summary(facts, language),
            n=_CANDIDATES,
            max_tokens=_MAX_TOKENS,
            temperature=0.3,
            seed=int(digest(facts, language)[:7], 16),
        )
    except ModelUnavailable:
        return plain_summary(facts, language, "model_unavailable")
    except ModelError:
        return plain_summary(facts, language, "model_invalid")
    best = Summary(text="", language=language, served_by="model")
    most = (0, 0)
    for candidate in candidates:
        text = " ".join(candidate.text.split())
        if not candidate.complete or customer_id in text or _REPEATED.search(text):
            continue
        review = claims.review(text, facts, language=language, names=_TALK[language])
        said = set(review.facts) & set(facts)
        # A text without what weighs most, or without most of it, is poorer than the plain summary.
        enough = facts[0] in said and 2 * len(said) >= len(facts)
        if review.passed and enough and (len(said), -len(text)) > most:
            best, most = best.model_copy(update={"text": text}), (len(said), -len(text))
    return best if best.text else plain_summary(facts, language, "no_candidate_passed")


def _called(values: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """What people call them: of `Phones > Smartphones` the last part."""
    return list(dict.fromkeys(names.get(value, value).split(">")[-1].strip() for value in values))


def _plain_values(traits: Iterable[Trait], name: TraitName) -> list[str]:
    values = [str(trait.value) for trait in traits if trait.name == name]
    return [value for value in values if _PLAIN.fullmatch(value)][:_NAMED]


def _listed(values: Sequence[str], language: Language) -> str:
    if language == "zh":
        return "、".join(values)
    return " and ".join(part for part in (", ".join(values[:-1]), values[-1]) if part)
