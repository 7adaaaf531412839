"""Public data that is not part of the repository, read from a folder the user names.

    product-qa/ePQA__dev_a.csv                    questions on products, ten texts each, labelled 0 to 2
    product-qa/hetPQA__answer_generation__dev.csv question, a text that answers it, a person's answer
    ad-copy-zh/advertisegen_dev_a.jsonl           attributes of clothes and a person's Chinese copy

The first two: amazon-science/contextual-product-qa (CDLA-Sharing-1.0). The third: AdvertiseGen.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shopwright.products import Detail, ProductFacts
from shopwright.questions import about_own_order, plainly_asks, wants_person

T = TypeVar("T")

_EPQA = Path("product-qa/ePQA__dev_a.csv")
_HETPQA = Path("product-qa/hetPQA__answer_generation__dev.csv")
_AD_COPY = Path("ad-copy-zh/advertisegen_dev_a.jsonl")
_ANSWERS, _SAYS_NOTHING = "2", "0"  # label 1, "helps a little", is neither and left out
_SHORTEST = 10
_LONGEST = 400  # characters of a text; the model reads no more than a sentence or two at once


class DataMissing(RuntimeError):
    """The folder does not hold what it should; the message names the file."""


@dataclass(frozen=True)
class Labelled:
    """A question on a product, with texts that answer it and texts that do not."""

    question: str
    title: str
    answering: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True)
class Answered:
    """A question, a text that answers it, and how a person answered from that text."""

    question: str
    text: str
    answer: str


@dataclass(frozen=True)
class Described:
    """Attributes as a product's facts, and a person's copy."""

    facts: ProductFacts
    copy: str


class PublicData:
    """The data sets in a folder.

    Args:
        folder: holds `product-qa` and `ad-copy-zh`.
        seed: of the samples.

    Raises:
        DataMissing: naming every file that is not there.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        missing = [str(folder / file) for file in (_EPQA, _HETPQA, _AD_COPY) if not (folder / file).is_file()]
        if missing:
            raise DataMissing(f"--data {folder}: no {', no '.join(missing)}")
        self._folder = folder
        self._seed = seed

    def labelled(self, count: int) -> list[Labelled]:
        """Questions that at least one text answers and at least three say nothing about.

        Attributes are left out (fragments of JSON, which a shop sends as attributes), and what the shop
        answers by rule: prices, stock, a customer's own order.
        """
        found: dict[str, list[dict[str, str]]] = {}
        for row in self._rows(_EPQA, ","):
            found.setdefault(row["qid"], []).append(row)
        questions = [self._question(rows) for rows in found.values() if not _by_rule(rows[0]["question"])]
        return self._sample([q for q in questions if q.answering and len(q.silent) >= 3], count)

    def answered(self, count: int) -> list[Answered]:
        """Questions with a person's answer, attributes left out."""
        rows = [
            Answered(row["question"], row["candidate"], row["answer"])
            for row in self._rows(_HETPQA, "\t")
            if row["source"] != "attribute" and len(row["candidate"]) <= _LONGEST
        ]
        return self._sample(rows, count)

    def described(self, count: int) -> list[Described]:
        """Clothes with a person's copy."""
        lines = (self._folder / _AD_COPY).read_text(encoding="utf-8").splitlines()
        rows: list[Described] = []
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                rows.append(Described(_facts(row["content"]), row["summary"]))
            except (ValueError, KeyError, TypeError) as error:
                raise DataMissing(f"{self._folder / _AD_COPY}, line {number}: {error!r}") from error
        return self._sample(rows, count)

    def _rows(self, file: Path, delimiter: str) -> Iterator[dict[str, str]]:
        with (self._folder / file).open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines, delimiter=delimiter)

    def _question(self, rows: list[dict[str, str]]) -> Labelled:
        # A text from another customer's question ends with that question.
        texts = [
            (row["candidate"].partition(" Question: ")[0].strip(), row["label"])
            for row in rows
            if row["source"] != "attribute"
        ]
        whole = [(text, label) for text, label in texts if _SHORTEST <= len(text) <= _LONGEST]
        return Labelled(
            rows[0]["question"][:500],
            rows[0]["title"][:150],
            tuple(text for text, label in whole if label == _ANSWERS),
            tuple(text for text, label in whole if label == _SAYS_NOTHING),
        )

    def _sample(self, rows: list[T], count: int) -> list[T]:
        return random.Random(self._seed).sample(rows, min(count, len(rows)))


def _by_rule(question: str) -> bool:
    return bool(plainly_asks(question) or about_own_order(question) or wants_person(question))


def _facts(content: str) -> ProductFacts:
    """`类型#裙*颜色#蓝色` as facts: the type is the title, the rest are attributes, each name once."""
    values: dict[str, list[str]] = {}
    for part in content.split("*"):
        name, _, value = part.partition("#")
        values.setdefault(name, []).append(value)
    title = values.pop("类型")[0]
    details = [Detail(attribute_name=name, attribute_value="、".join(each)) for name, each in values.items()]
    return ProductFacts(title=title, language="zh", product_detail=details)
