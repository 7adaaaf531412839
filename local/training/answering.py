"""Passages to answer: a question with the sentence that answers it, or with one that does not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from local.training.catalogue import Invented
from local.training.policies import Policy
from local.training.wordings import Phrase, lowered, phrases
from shopwright import prompts
from shopwright.grounding import grounded
from shopwright.passages import Sentence, product_sentences
from shopwright.quoting import handed_over
from shopwright.retrieval import WordIndex, runs
from shopwright.synonyms import with_synonyms

# Said of a fact that does not answer; in the shop's own words, so that it may be shown as it is.
REFUSAL = handed_over("not_known", "en")

_ATTEMPTS = 6
_UNRELATED = 0.3  # the share of a question that a sentence may speak of and still not answer it
_ASKED: dict[str, tuple[str, ...]] = {
    "Weight": ("How heavy is it?", "How much does it weigh?", "What does the {t} weigh?", "Is it heavy?"),
    "Net weight": ("How much is in it?", "How many grams are in it?", "What is the net weight?"),
    "Capacity": ("How much does it hold?", "How much fits into it?", "What is the capacity of the {t}?"),
    "Volume": ("How much does it hold?", "How many litres is it?", "What is the volume?"),
    "Material": ("What is it made of?", "Which material is it?", "What is the {t} made of?"),
    "Colour": ("What colour is it?", "Which colour does it come in?"),
    "Warranty": ("How long is the warranty?", "Is there a warranty?", "What warranty comes with the {t}?"),
    "Size": ("How big is it?", "What size is it?", "What are the dimensions of the {t}?"),
    "Height": ("How tall is it?", "How high is the {t}?"),
    "Length": ("How long is it?", "What length does the {t} have?"),
    "Width": ("How wide is it?",),
    "Diameter": ("How wide across is it?", "What diameter does it have?"),
    "Power": ("How many watts does it have?", "How much power does it use?"),
    "Noise": ("How loud is it?", "Is the {t} noisy?"),
    "Battery life": ("How long does the battery last?", "How many hours does it run?"),
    "Load": ("How much can it carry?", "What load does it hold?"),
    "Origin": ("Where does it come from?", "Which country is it from?"),
    "Machine washable": ("Can I put it in the washing machine?", "How do I wash it?"),
    "Taste": ("What does it taste like?",),
    "Shelf life": ("How long does it keep?",),
    "Sizes": ("Which sizes are there?", "What sizes does it come in?"),
    "Dishwasher safe": ("Can it go in the dishwasher?", "Is it dishwasher safe?"),
}
# What no fact of ours tells.
_NEVER_TOLD = (
    "Who designed it?",
    "Does the {t} come with a charger?",
    "Is it made in Italy?",
    "Do you have a student discount?",
    "Can I see it in a shop near me?",
    "Which of your customers bought the {t}?",
    "Does it work with my old phone?",
    "Is there a video of the {t}?",
    "How do I reset the {t}?",
    "Can children under three use it?",
    "Do you deliver on Sundays?",
    "Is the {t} better than the one from last year?",
    "Can I get it engraved?",
)
_USUAL = (
    "What is the {n}?",
    "What is the {n} of the {t}?",
    "Which {n} does it have?",
    "Please tell me the {n}.",
)


def product_row(invented: Invented, words: WordIndex, rng: random.Random) -> dict[str, Any] | None:
    """A question about one of the product's facts, answered from it; None if nothing passes the checks."""
    known = product_sentences(invented.product, "en")
    for _ in range(_ATTEMPTS):
        sentence = rng.choice(known)
        fact = f"{sentence.name}: {sentence.value}" if sentence.name else sentence.text
        said = phrases(fact, invented.highlights)
        if sentence.kind not in ("detail", "highlight") or not said:
            continue
        question = _question(sentence, rng)
        text = _answer(sentence, rng.choice(said), invented, rng)
        if grounded(text, question, sentence, "en", words):
            return _row("answer", question, sentence, text)
    return None


def policy_row(policy: Policy, words: WordIndex, rng: random.Random) -> dict[str, Any] | None:
    """A question about a policy, answered with its sentence; None if that does not pass the checks."""
    sentence, question = policy.sentence, rng.choice(policy.questions)
    text = sentence.text
    if policy.yes and question.startswith(("Can", "Do", "Is", "Are", "Will")) and rng.random() < 0.7:
        text = f"{policy.yes}, {lowered(text)}"
    return (
        _row("answer", question, sentence, text) if grounded(text, question, sentence, "en", words) else None
    )


def refusal_row(
    sentence: Sentence, questions: Sequence[str], words: WordIndex, rng: random.Random
) -> dict[str, Any] | None:
    """A question with a sentence that speaks of something else, and the shop's words for not knowing."""
    question = rng.choice(questions)
    spoken_of = words.coverage(runs(question), with_synonyms(sentence.in_context))
    if spoken_of > _UNRELATED or sentence.kind in ("title", "price", "availability"):
        return None
    return _row("refusal", question, sentence, REFUSAL)


def questions_of(invented: Invented, rng: random.Random) -> list[str]:
    """One question to each attribute of the product, and one that nothing answers."""
    table = {detail.attribute_name for detail in invented.product.product_detail}
    known = [each for each in product_sentences(invented.product, "en") if each.name in table]
    return [*(_question(each, rng) for each in known), rng.choice(_NEVER_TOLD).format(t=known[0].title)]


def _question(sentence: Sentence, rng: random.Random) -> str:
    if not sentence.name:
        return rng.choice(("Does it have {n}?", "Is there {n}?", "Does the {t} come with {n}?")).format(
            n=lowered(sentence.text), t=sentence.title
        )
    ways = _ASKED.get(sentence.name, _USUAL)
    return rng.choice(ways).format(n=lowered(sentence.name), t=sentence.title)


def _answer(sentence: Sentence, phrase: Phrase, invented: Invented, rng: random.Random) -> str:
    plural = invented.product.title.split(",")[0].endswith(("Shears", "Gloves", "Earrings"))
    subject = rng.choice((f"The {sentence.title}", f"The {sentence.title}", "They" if plural else "It"))
    yes = "" if sentence.name else "Yes, "
    subject = lowered(subject) if yes else subject
    if phrase.kind == "sentence":
        value = phrase.words.partition(" is ")[2]
        return rng.choice((phrase.words, f"The {lowered(sentence.name)} of the {sentence.title} is {value}"))
    deed = phrase.words if phrase.kind == "deed" else f"has {phrase.words}"
    if plural:
        verb, _, rest = deed.partition(" ")
        deed = f"{ {'has': 'have', 'is': 'are'}.get(verb, verb.removesuffix('s')) } {rest}"
    return f"{yes}{subject} {deed}."


def _row(task: str, question: str, sentence: Sentence, text: str) -> dict[str, Any]:
    turns = prompts.answer(question, sentence.in_context, "en")
    messages = [{"role": message.role, "content": message.content} for message in turns]
    return {"task": task, "messages": [*messages, {"role": "assistant", "content": text}]}
