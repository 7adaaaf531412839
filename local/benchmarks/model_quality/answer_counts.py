"""What is counted of answers: of the whole service's, and of the model's part alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from shopwright.answers import Answer
from shopwright.evidence import best
from shopwright.passages import Sentence
from shopwright.phrasing import phrased
from shopwright.products import Language
from shopwright.retrieval import WordIndex

from .rehearsal import Heard, Rehearsal
from .rows import Name, Results
from .verdicts import Verdict


class AnswerCounts:
    """Counts answers to the questions of one set of data.

    Args:
        results: where they go.
        data: what the questions and texts are called.
    """

    def __init__(self, results: Results, data: str) -> None:
        self._results = results
        self._data = data

    def service(self, answerable: bool, language: Language, verdict: Verdict, heard: Heard[Answer]) -> None:
        """Count an answer of the whole service."""
        task = _task(answerable, "whole service")
        if answerable:
            self._count(task, language, "answered, and right", verdict == "right")
            self._count(task, language, "answered, but wrong", verdict == "wrong")
        self._count(task, language, "handed over", verdict == "refused")
        if heard.alone:
            for alone in heard.alone:
                self._count(task, language, "candidates that pass, where asked", alone.served_by == "model")
            worded = heard.together.served_by == "model"
            self._count(task, language, "worded by the model, where asked", worded)

    def phrasing(
        self,
        answerable: bool,
        language: Language,
        question: str,
        sentence: Sentence,
        words: WordIndex,
        rehearsal: Rehearsal,
    ) -> None:
        """Have the model phrase a sentence, and count its candidates.

        Where the sentence does not answer, a candidate that the check lets through is a wrong answer.
        """
        heard = rehearsal.hear(partial(phrased, question, sentence, language, words, rehearsal))
        task, passed = _task(answerable, "model alone"), "pass" if answerable else "refused"
        for text in heard.alone:
            self._count(task, language, f"candidates: {passed}", (text is not None) == answerable)
        together = f"best of {len(heard.alone)}: {passed}"
        self._count(task, language, together, (heard.together is not None) == answerable)

    def person(
        self,
        language: Language,
        question: str,
        sentence: Sentence,
        words: WordIndex,
        answer: str,
        rehearsal: Rehearsal,
    ) -> None:
        """Count whether a person's answer would have passed."""
        text = rehearsal.told(answer, partial(phrased, question, sentence, language, words, rehearsal))
        self._count(_task(True, "model alone"), language, "a person's text: pass", text is not None)

    def _count(self, task: str, language: str, measure: str, passed: bool) -> None:
        self._results.shares[Name("answers", task, language, self._data, measure)].count(passed)


def nearest(question: str, sentences: Sequence[Sentence], words: WordIndex) -> Sentence | None:
    """The sentence that the search by words takes for the answer, however unsure of it."""
    found = best(question, sentences, words, None, None)
    return found.sentence if found else None


def _task(answerable: bool, who: str) -> str:
    return f"{'answerable' if answerable else 'unanswerable'}, {who}"
