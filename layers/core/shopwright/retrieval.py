"""Finding by words: tokens of English and Chinese, BM25, and words and meaning together; pure.

Chinese is written without spaces, so it is cut into pairs of neighbouring characters, and for searching into
single ones as well: no dictionary to ship, and words the shop invents (brands, models) are found as well as
those of a dictionary. It finds more than the words of jieba (docs/benchmarks/language.md).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

# Latin words and numbers ("6.1" is one, "500ml" is two, "x2" is one), or a run of Chinese characters.
_RUN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_\u4e00-\u9fff][^\W_\u4e00-\u9fff]*|[\u4e00-\u9fff]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Words that tell nothing about what a text is about. In Chinese they part what stands between them.
_ENGLISH_STOPS = frozenset(
    """a about also am an and any anything are as at be been but by can come comes could did do does don't
    ever for from get had has have hello hi how i i'm if in info information into is it it's its itself
    just know let like made make many me much my need of on one or our please policies policy possible s
    say shall she should so some something still such t tell than thank thanks that the their them then
    there there's these they thing things this those to us use want was we were what what's when where
    which while who whom whose why will with would you your yours""".split()  # noqa: SIM905
)
_CHINESE_STOPS = re.compile(
    r"请问|多久|多长时间|时候|应该|大概|一般|你们|我们|他们|什么|怎么样|怎么|怎样|如何|多少|是不是|有没有|能不能|可不可以|可以|是否|哪些|哪个|哪里|哪|这款|这个|那个|这种|"
    r"一下|告诉|知道|想要|我想|为什么|一个|如果|还是|以及|或者|之后|以后|[的了吗呢吧啊呀是有我你它他她这那在和与或就都也很会能要被把给对几么嘛]"
)
_VOWEL = re.compile(r"[aeiouy]")

_K1 = 1.2
_B = 0.75
_WORDS = 0.4  # the weight of words beside meaning; found on hetPQA, which no reported number comes from


def is_chinese(text: str) -> bool:
    """Whether the text is written in Chinese: a few characters are enough, names may stay Latin."""
    return bool(_CHINESE.search(text))


def runs(text: str) -> list[str]:
    """The text's telling parts in order: English words stemmed, numbers, runs of Chinese characters."""
    parts: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'")):
        if _CHINESE.match(run):
            parts += [part for part in _CHINESE_STOPS.split(run) if part]
        elif run[0].isdigit():
            parts.append(run.replace(",", ""))
        elif run not in _ENGLISH_STOPS:
            parts.append(stem(run))
    return parts


def pairs(run: str) -> list[str]:
    """A run as tokens: pairs of neighbouring characters if it is Chinese, itself if not."""
    if len(run) < 3 or not _CHINESE.match(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def tokens(text: str) -> list[str]:
    """What of a text is compared: stems, numbers, pairs of Chinese characters."""
    return [token for run in runs(text) for token in pairs(run)]


def terms(text: str) -> list[str]:
    """What is searched by: the tokens, and each Chinese character by itself.

    A pair is telling, but the same thing may be said with one character more or less between its two.
    """
    found: list[str] = []
    for run in runs(text):
        found += pairs(run)
        if len(run) > 1 and _CHINESE.match(run):
            found += run
    return found


def stem(word: str) -> str:
    """An English word without its commonest endings, so that `charges`, `charged`, `charging` are one."""
    if len(word) > 3 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and re.search(r"(?:s|x|z|ch|sh)es$", word):
        word = word[:-2]
    elif len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly", "able"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and _VOWEL.search(rest):
            doubled = rest[-1] == rest[-2] and rest[-1] not in "lsz"
            word = rest[:-1] if doubled else rest
            break
    if len(word) > 6 and word.endswith("y"):
        return word[:-1]  # delivery, deliver
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


class WordIndex:
    """BM25 over texts that are known from the start.

    Args:
        texts: what is searched; a hit names its place in this sequence.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for place, text in enumerate(texts):
            counts = Counter(terms(text))
            self._lengths.append(sum(counts.values()))
            for token, count in counts.items():
                self._postings[token].append((place, count))
        self._mean = max(1.0, sum(self._lengths) / max(1, len(self._lengths)))

    def idf(self, token: str) -> float:
        """How telling a token is: near 0 if every text holds it, most if none does."""
        holding = len(self._postings.get(token, ()))
        return math.log(1 + (len(self._lengths) - holding + 0.5) / (holding + 0.5))

    def knows(self, token: str) -> bool:
        """Whether any text holds the token."""
        return token in self._postings

    def search(
        self, query: Sequence[str], *, top: int, among: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """The best texts for the query, best first, each with its score (above 0).

        Args:
            query: terms.
            top: how many at most.
            among: only these places; all if None.
        """
        scores: dict[int, float] = defaultdict(float)
        for token, times in Counter(query).items():
            weight = self.idf(token) * times
            for place, count in self._postings.get(token, ()):
                if among is None or place in among:
                    damping = _K1 * (1 - _B + _B * self._lengths[place] / self._mean)
                    scores[place] += weight * count * (_K1 + 1) / (count + damping)
        return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:top]

    def coverage(self, query: Sequence[str], said: Collection[str]) -> float:
        """The share of the query that `said` holds, each part weighted by how telling it is; 0 to 1.

        Args:
            query: runs. A Chinese character counts as held if a pair it is in is: pairs across the border
                of two words are nobody's fault. It counts half if it only stands there by itself.
            said: tokens.
        """
        whole = held = 0.0
        characters = {character for token in said for character in token}
        for run in query:
            if not is_chinese(run):
                whole += self.idf(run)
                held += self.idf(run) if run in said else 0.0
                continue
            parts = pairs(run)
            for at, character in enumerate(run):
                around = parts[max(0, at - 1) : at + 1] or parts
                weight = max(map(self.idf, around)) / 2
                whole += weight
                if any(part in said for part in around):
                    held += weight
                elif character in characters:
                    held += weight / 2
        return held / whole if whole else 0.0


def blend(similarities: Sequence[float], words: Sequence[float]) -> list[float]:
    """How well each of some texts fits a question, by meaning and by words; higher fits better.

    Both are counted in standard deviations over these texts, so that neither's scale matters: a convex
    combination, which keeps how much better one is than the next where ranks do not (Bruch, Gai and Ingber,
    "An Analysis of Fusion Functions for Hybrid Retrieval", 2023).

    Args:
        similarities: of each text's vector to the question's.
        words: each text's BM25 score, 0 where it has none.
    """
    return [meant + _WORDS * said for meant, said in zip(_scaled(similarities), _scaled(words), strict=True)]


def _scaled(scores: Sequence[float]) -> list[float]:
    mean = sum(scores) / max(1, len(scores))
    spread = math.sqrt(sum((score - mean) ** 2 for score in scores) / max(1, len(scores)))
    return [(score - mean) / spread if spread > 1e-9 else 0.0 for score in scores]
