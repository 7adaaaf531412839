"""Which fact each clause of a text speaks of, and whether it says of it what the fact says.

True words wrongly joined make a false text: "a 6.1-inch camera" where the display has 6.1 inches, "80 kg" of
weight where it is the load. So a clause may draw on one fact, or on several that it states completely of the
product itself ("this 2.4 kg pre-seasoned skillet").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .clauses import Clause, Part, clauses, head, keys_of, named, parts
from .quantities import Quantity, carries
from .wording import Known, tokens

_BRAND = re.compile(r"brand|maker|manufacturer|品牌|厂商", re.I)
_ORIGIN = re.compile(
    r"(?:country of )?origin|made in|region|artist|author|designer|产地|原产地|产区|设计师", re.I
)
_MATERIAL = re.compile(
    r"material|fabric|composition|ingredient|\bmade (?:of|from)\b|材质|材料|面料|成分|配料", re.I
)
# A bare number in these says what it is by its unit.
_TELLING = frozenset(
    {"pixel", "light", "kelvin", "charge", "data", "power", "CNY", "USD", "EUR", "GBP", "JPY", "HKD"}
)
_ANCHOR_WORDS = frozenset(
    {"diameter", "display", "size", "weight", "capacity", "volume", "直径", "示屏", "屏幕"}
)


def _covers(part: Part, clause: Clause) -> bool:
    words = {*part.words, *part.name}
    return words.issuperset(clause.keys) and all(
        any(carries(f, q) for f in part.numbers) for q in clause.numbers
    )


def _neighbours(part: Part, quantity: Quantity) -> tuple[str, ...]:
    """The words that say what the fact's number counts: those after it, else those before it."""
    at = next(i for i, token in enumerate(part.value) if token.number and carries(token.number, quantity))
    around = [*part.value[at + 1 : at + 2], *reversed(part.value[:at])]
    return next((token.keys for token in around if token.keys), ())


def _says_it(part: Part, clause: Clause, telling: frozenset[str]) -> bool:
    """Whether the clause, which draws on this part alone, says enough of it not to say something else."""
    said = set(clause.keys)
    with_name = bool(said & set(part.name))
    for quantity in clause.numbers:
        near = _neighbours(part, quantity)
        if quantity.dimension in telling or with_name:
            continue
        if near and not (said & set(near) or _ANCHOR_WORDS & set(near)):
            return False
        if not near and not part.plain:
            return False
    if part.partial or not said:
        return True
    if any(not number.dimension for number in part.numbers) and not clause.numbers:
        # Of what is counted one may leave out how many, but not make it one.
        many = [t for t in clause.tokens if set(t.keys) & {*part.words, *part.name}]
        if not any(t.raw.lower().endswith("s") or not t.raw.isascii() for t in many):
            return False
    if not part.plain and not with_name and not clause.numbers:
        return False
    value = [token for token in part.value if token.keys]
    if not said & set(part.words):
        return True  # the name alone: "with a tabletop"
    return set(value[-1].keys[-1:]) <= said or set(part.words) <= said


def _complete(part: Part, clause: Clause) -> bool:
    said = set(clause.keys)
    return (
        said.issuperset(part.words)
        and all(any(carries(f, q) for q in clause.numbers) for f in part.numbers)
        and (part.plain or bool(said & set(part.name)))
    )


def _of_product(clause: Clause, own: list[Part], heads: frozenset[str], itself: frozenset[str]) -> list[Part]:
    """The parts which together say the clause, all of the product itself; none if there is something else."""
    words = [token for token in clause.tokens if token.keys and not set(token.keys) <= itself - heads]
    if clause.joined or not words or words[-1].keys[-1] not in heads:
        return []
    stated = [part for part in own if part.partial or _complete(part, clause)]
    carriers = {key for part in stated for key in (*part.words, *part.name)} | itself
    numbers = [number for part in stated for number in part.numbers]
    if carriers.issuperset(clause.keys) and all(any(carries(f, q) for f in numbers) for q in clause.numbers):
        said = set(clause.keys) - itself
        return [part for part in stated if part.numbers or said & {*part.words, *part.name}]
    return []


def bind(text: str, facts: Sequence[str], names: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Tie each clause to the facts that carry it.

    Returns the pairs (clause, fact), and the clauses that join what no fact joins.
    """
    known = Known.of([*facts, *names])
    makers = [value for name, value in map(named, facts) if _BRAND.fullmatch(name)]
    brand = {key for maker in makers for key in keys_of(maker, known)}
    heads = frozenset(key for name in names for key in head(name, known) if key not in brand)
    itself = heads | brand
    own = parts(facts, names, known, heads)
    quotable = [_in_order(fact, known) for fact in dict.fromkeys([*facts, *names]) if not named(fact)[0]]
    dimensions = [number.dimension for part in own for number in part.numbers]
    telling = frozenset(d for d in _TELLING if dimensions.count(d) == 1)
    carried: list[tuple[str, str]] = []
    loose: list[str] = []
    before: set[str] = set()
    naming = itself | {key for part in own if part.partial for key in part.words}
    labels = {part.name for part in own if part.name}
    sizes = [number for part in own if part.partial for number in part.numbers]
    for clause in clauses(text, known, naming, labels, sizes):
        bare = Clause(
            [token for token in clause.tokens if not token.keys or not itself.issuperset(token.keys)]
        )
        if not bare.tokens:
            before = set()
            continue
        single = [part for part in own if _covers(part, bare) and _says_it(part, bare, telling)]
        bound = [part.fact for part in single[:1] or _of_product(clause, own, heads, itself)]
        bound = bound or [fact for fact, order in quotable if _quoted(bare, order)][:1]
        is_other = clause.copula and _says_what_it_is(clause, single) and not heads & set(clause.keys)
        not_maker = clause.maker and not any(_is_origin(fact, clause) for fact in bound)
        not_material = clause.made and not any(_is_material(part) for part in single)
        strays = clause.relative and before and not before & {part.fact for part in single}
        if not bound or is_other or not_maker or not_material or strays:
            loose.append(clause.excerpt(text))
        else:
            carried += [(clause.excerpt(text), fact) for fact in bound]
        before = set(bound)
    return carried, loose


def _is_origin(fact: str, clause: Clause) -> bool:
    """Whether the fact names where or whom something comes from: by its name, or with a "from" of its own."""
    own = re.search(rf"\b(?:from|by) (?:the )?{re.escape(clause.tokens[0].raw)}\b", fact, re.I)
    return bool(own or _ORIGIN.fullmatch(named(fact)[0]))


def _is_material(part: Part) -> bool:
    """Whether the part says what the whole product is made of, not what some piece of it is."""
    return part.partial or bool(_MATERIAL.search(named(part.fact)[0] or part.fact))


def _says_what_it_is(clause: Clause, single: list[Part]) -> bool:
    """Whether a clause after "is" calls the product a thing: "is a chip", "is 3 presets", "is load 80 kg"."""
    first = clause.tokens[0]
    counted = first.number is not None and bool(clause.keys)
    by_name = bool(clause.numbers) and any(set(first.keys) & set(part.name) for part in single)
    return clause.identity or counted or by_name


def _in_order(fact: str, known: Known) -> tuple[str, list[str]]:
    """The fact's words and numbers as one row."""
    row = [key for t in tokens(fact, known) for key in t.keys or ((t.raw.lower(),) if t.number else ())]
    return fact, row


def _quoted(clause: Clause, row: list[str]) -> bool:
    """Whether the clause says words of the fact that stand next to each other, in their order."""
    said = [key for t in clause.tokens for key in t.keys or (t.raw.lower(),)]
    return any(row[i : i + len(said)] == said for i in range(len(row) - len(said) + 1)) and len(said) > 1
