"""Which sentence answers a question, and how sure that is; pure.

The nearest sentence in meaning is nearly always the right one if there is a right one; whether there is, is
the question. Five things tell: how far it stands out from the other candidates (in units of how much
similarities vary in this shop with this embedding model, so that another model needs no other threshold),
how much of what was asked it speaks of, whether it has the kind of number that was asked for, that
yes-or-no questions need more than being near, and, where a model read question and page together, its odds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .asked import asked, fits, which
from .passages import Sentence
from .ports import EvidenceModel, Page
from .quantities import find
from .questions import is_yes_no
from .retrieval import WordIndex, runs, tokens
from .synonyms import with_synonyms

ANSWERABLE = 0.35  # the probability from which on a question counts as answered
# The same by what a model read: 95 % of what cannot be answered is less (python -m local.training.evidence).
_SURE = 0.6
_AT_MOST = 40
_TITLE_ANSWERS = -8.0  # log odds: it tells pages apart, and is read with each of its sentences anyway
_RIVALS = 5
_STANDS_OUT_AT_MOST = 3.0
# What is added to similarity, in spreads, for speaking of the question: alone, with the title, and for being
# of the product or the article whose title the question names in full.
_COVERED_ALONE, _COVERED, _PRODUCT_TITLE, _ARTICLE_TITLE = 0.3, 1.0, 0.05, 0.3
_READ = 0.1  # the same, for each unit of log odds that the sentence answers
_AS_GOOD = 0.5  # how much less two sentences of one article may differ by


@dataclass(frozen=True)
class Evidence:
    """A sentence and the probability, 0 to 1, that it answers the question.

    `beside` is another sentence of the same article that answers about as well, where a number was asked for:
    days to large cities and days to islands are each only half of the answer.
    """

    sentence: Sentence
    confidence: float
    beside: Sentence | None = None

    @property
    def sentences(self) -> list[Sentence]:
        """All of it, the best first."""
        return [self.sentence, *([self.beside] if self.beside else [])]


@dataclass(frozen=True)
class _Weights:
    """Of a logistic regression over questions, half Chinese, also asked with their answers taken away.

    Without log odds 270 of the sample shop, with them 804 (`python -m local.training.evidence`).
    """

    stands_out: float
    covered: float
    covered_alone: float
    right_kind: float
    yes_no: float
    says_nothing: float
    bias: float
    log_odds: float = 0.0

    def probability(self, signs: Signs) -> float:
        total = self.bias + (
            self.stands_out * signs.stands_out
            + self.covered * signs.covered
            + self.covered_alone * signs.covered_alone
            + self.right_kind * signs.right_kind
            + self.yes_no * signs.yes_no
            + self.log_odds * signs.log_odds
            + self.says_nothing * (signs.covered_alone == 0)
        )
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True)
class Signs:
    """What tells whether a sentence answers."""

    stands_out: float  # similarity above the next five other statements, in spreads, at most 3
    covered: float  # share of the question that the sentence and its title speak of
    covered_alone: float  # the same without the title
    right_kind: bool  # a number was asked for and it has one of that kind
    yes_no: bool
    log_odds: float  # as the model that reads question and page together tells


_BY_MEANING = _Weights(1.4, 4.6, 0.75, 1.55, -0.5, -3.9, -5.0)
_BY_READING = _Weights(0.39, 2.45, -0.27, 1.06, -0.13, -0.02, -1.98, 0.39)
_BY_WORDS = _Weights(0.0, 6.6, 0.0, 2.2, 0.0, -4.5, -5.3)


def shortlist(question: str, sentences: Sequence[Sentence], words: WordIndex) -> list[Sentence]:
    """At most 40 of the sentences, those that speak most of the question; in their order.

    Each costs an embedding, and a product may have 200 facts.
    """
    if len(sentences) <= _AT_MOST:
        return list(sentences)
    said, wanted = runs(question), asked(question)
    spoken = [
        (fits(wanted, sentence.text), words.coverage(said, with_synonyms(sentence.in_context)))
        for sentence in sentences
    ]
    kept = sorted(range(len(sentences)), key=lambda at: spoken[at], reverse=True)[:_AT_MOST]
    return [sentences[at] for at in sorted(kept)]


def read(question: str, sentences: Sequence[Sentence], model: EvidenceModel) -> list[float]:
    """Of each sentence the logarithm of the odds that it answers, as the model tells. Raises ModelError."""
    pages: dict[tuple[str, str], list[int]] = {}
    for place, sentence in enumerate(sentences):
        if sentence.kind != "title":
            pages.setdefault((sentence.source, sentence.title), []).append(place)
    told = [Page(title, [sentences[at].text for at in own]) for (_, title), own in pages.items()]
    odds = [_TITLE_ANSWERS] * len(sentences)
    for own, row in zip(pages.values(), model.log_odds(question, told), strict=True):
        for at, value in zip(own, row, strict=True):
            odds[at] = value
    return odds


def best(
    question: str,
    sentences: Sequence[Sentence],
    words: WordIndex,
    similarities: Sequence[float] | None,
    spread: float | None,
    log_odds: Sequence[float] | None = None,
) -> Evidence | None:
    """The sentence that answers the question best; None if there is none to choose from.

    Args:
        question: as asked.
        sentences: candidates.
        words: the index that knows how telling each token is.
        similarities: of each candidate, in its context, to the question; None to go by words alone.
        spread: standard deviation of the question's similarities to passages in general.
        log_odds: of each candidate that it answers (ports.EvidenceModel); None without such a model.
    """
    signs, at, beside = look(question, sentences, words, similarities, spread, log_odds)
    if signs is None:
        return None
    confidence = (_BY_MEANING if similarities and spread else _BY_WORDS).probability(signs)
    if log_odds and similarities and spread:
        # What a model read counts where it is sure; plain questions it may misread are told by their words.
        read_so = _BY_READING.probability(signs)
        confidence = max(confidence, read_so) if read_so >= _SURE else confidence
    return Evidence(sentences[at], confidence, sentences[beside] if beside is not None else None)


def look(
    question: str,
    sentences: Sequence[Sentence],
    words: WordIndex,
    similarities: Sequence[float] | None,
    spread: float | None,
    log_odds: Sequence[float] | None,
) -> tuple[Signs | None, int, int | None]:
    """What `best` judges by, with its arguments, and the places of its sentence and of the one beside it."""
    wanted = asked(question)
    fitting = [at for at, sentence in enumerate(sentences) if fits(wanted, sentence.text)]
    if not fitting or _is_unheard_of(which(question), words):
        return None, -1, None
    said = runs(question)
    alone = [words.coverage(said, with_synonyms(sentence.text)) for sentence in sentences]
    covered = [words.coverage(said, with_synonyms(sentence.in_context)) for sentence in sentences]
    scores = [_COVERED_ALONE * own + _COVERED * all_ for own, all_ in zip(alone, covered, strict=True)]
    if similarities and spread:
        scores = [
            score + similarity / spread + _title(sentence, question, words)
            for score, similarity, sentence in zip(scores, similarities, sentences, strict=True)
        ]
    if log_odds:
        scores = [score + _READ * odds for score, odds in zip(scores, log_odds, strict=True)]
    at = max(fitting, key=lambda place: scores[place])
    chosen = sentences[at]
    stands_out = 0.0
    if similarities and spread:
        rivals = sorted(
            (similarities[i] for i, other in enumerate(sentences) if not _same(other, chosen)), reverse=True
        )[:_RIVALS]
        stands_out = (similarities[at] - sum(rivals) / len(rivals)) / spread if rivals else 1.0
    signs = Signs(
        stands_out=min(stands_out, _STANDS_OUT_AT_MOST),
        covered=covered[at],
        covered_alone=alone[at],
        right_kind=bool(wanted),
        yes_no=is_yes_no(question),
        log_odds=log_odds[at] if log_odds else 0.0,
    )
    as_good = [
        place
        for place in fitting
        if place != at
        and wanted
        and sentences[place].source == chosen.source
        and chosen.source.startswith("article:")
        and scores[place] >= scores[at] - _AS_GOOD
    ]
    return signs, at, max(as_good, key=lambda place: scores[place], default=None)


def _is_unheard_of(thing: str, words: WordIndex) -> bool:
    """Whether the shop has no word for a part of the thing asked for, in any text: which football team?"""
    said = set(tokens(thing))
    return not all(map(words.knows, said)) and not any(map(words.knows, with_synonyms(thing) - said))


def _title(sentence: Sentence, question: str, words: WordIndex) -> float:
    """What the sentence gains by its title, as far as the question names it."""
    if sentence.source.startswith("product:"):
        return _PRODUCT_TITLE * words.coverage(runs(sentence.title), set(tokens(question)))
    return _ARTICLE_TITLE * words.coverage(runs(sentence.title), with_synonyms(question))


def _same(one: Sentence, other: Sentence) -> bool:
    """Whether two sentences say the same, as a product's details and its highlights do; also of itself."""
    if one is other:
        return True
    ours, theirs = set(tokens(one.text)), set(tokens(other.text))
    if ours & theirs and len(ours & theirs) >= min(len(ours), len(theirs)) / 2:
        return True
    numbers = {(quantity.values, quantity.dimension) for quantity in find(one.text)}
    return not numbers.isdisjoint((quantity.values, quantity.dimension) for quantity in find(other.text))
