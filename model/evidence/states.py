"""What the encoder says of each token of a page's texts, kept from one page to the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from ..engines.encoding import Encoding, Ids
from .pages import Floats, Page

_AT_ONCE = 768  # tokens, their filling included

Encode = Callable[[Ids, Ids], Floats]


class States:
    """Reads texts, each once: a page's sentences come back from question to question.

    Args:
        encoding: cuts texts into tokens.
        encode: gives, for ids and mask, both (texts, tokens), the states, (texts, tokens, width).
        kept: the most tokens whose states are kept.
    """

    def __init__(self, encoding: Encoding, encode: Encode, kept: int) -> None:
        self._encoding = encoding
        self._encode = encode
        self._most = kept
        self._kept: OrderedDict[str, Floats] = OrderedDict()
        self._tokens = 0

    def told(self, pages: Sequence[Page]) -> list[list[Floats]]:
        """Of each page the states of its texts, as pages.arrays takes them."""
        texts = [page.texts for page in pages]
        read = self._read(text for page in texts for text in page)
        above = self._encoding.tokens([f"{page[1]}:" for page in texts])
        found = []
        for page, title in zip(texts, above, strict=True):
            states = [read[text] for text in page]
            # The special tokens, at both ends, are left out; of a sentence also the title it is read with.
            starts = [1, 1, *(len(title) - 1 for _ in page[2:])]
            found.append([state[start:-1] for state, start in zip(states, starts, strict=True)])
        self._forget()
        return found

    def _read(self, texts: Iterable[str]) -> dict[str, Floats]:
        asked = dict.fromkeys(texts)
        missing = [text for text in asked if text not in self._kept]
        rows = self._encoding.tokens(missing)
        for places, ids, mask in self._encoding.batches(rows, _AT_ONCE):
            for place, states in zip(places, self._encode(ids, mask), strict=True):
                # Copied, so that a row that is kept does not keep its whole batch.
                self._kept[missing[place]] = states[: len(rows[place])].copy()
                self._tokens += len(rows[place])
        for text in asked:
            self._kept.move_to_end(text)
        return {text: self._kept[text] for text in asked}

    def _forget(self) -> None:
        while self._tokens > self._most:
            _, states = self._kept.popitem(last=False)
            self._tokens -= len(states)
