"""The model's part of an answer: says the sentence that was found so that it fits the question, checked."""

from __future__ import annotations

from . import prompts
from .grounding import grounded
from .passages import Sentence
from .ports import LanguageModel
from .products import Language
from .retrieval import WordIndex

_CANDIDATES = 3
_MAX_TOKENS = 64
_TEMPERATURE = 0.3


def phrased(
    question: str, evidence: Sentence, language: Language, words: WordIndex, model: LanguageModel
) -> str | None:
    """The first of the model's texts that may be given as the answer; None if none may.

    Args:
        question: as asked.
        evidence: what answers it, in `language`.
        words: the index that knows how telling each token is.

    Raises:
        ModelError: if the model wrote nothing.
    """
    candidates = model.generate(
        prompts.answer(question, evidence.in_context, language),
        n=_CANDIDATES,
        max_tokens=_MAX_TOKENS,
        temperature=_TEMPERATURE,
    )
    texts = [candidate.text.strip() for candidate in candidates if candidate.complete]
    return next((text for text in texts if grounded(text, question, evidence, language, words)), None)
