"""JSON Schema as the tokens that may come next, by llguidance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import llguidance
import llguidance.hf
import llguidance.numpy
import numpy as np
from numpy.typing import NDArray

# As json.dumps writes, and models mostly do. Free white space lets a small model write nothing else.
_LAYOUT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


Grammar = llguidance.LLMatcher


class JSONGrammars:
    """Makes grammars over one tokenizer, and fills masks from them."""

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Iterable[int]) -> None:
        """Reads the tokenizer, which takes a moment. Raises ValueError if it is not a fast one.

        Args:
            tokenizer: of transformers.
            vocabulary: the model's, which may be larger than the tokenizer's.
            ends: tokens that end a text.
        """
        self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=sorted(ends))
        self._executor = llguidance.LLExecutor()

    def matching(self, schema: str) -> Grammar:
        """A grammar at its beginning. Raises ValueError if llguidance cannot keep to the schema."""
        grammar = llguidance.LLMatcher.grammar_from_json_schema(schema, overrides=_LAYOUT)
        matcher = Grammar(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    def fill(self, matchers: Sequence[tuple[Grammar, int]], masks: NDArray[np.int32]) -> None:
        """Writes what each grammar allows next into its row, a bit for a token: (rows, vocabulary / 32)."""
        llguidance.numpy.fill_next_token_bitmask_par(self._executor, list(matchers), masks)
