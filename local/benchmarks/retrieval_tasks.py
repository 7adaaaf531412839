"""Questions with the passages that answer them, in English and in Chinese, for judging an embedder."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from local.sample import load_articles, load_questions

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """`asked` gives for each query the passages it may find and which of them are right, by place."""

    name: str
    queries: list[str]
    passages: list[str]
    asked: list[tuple[list[int], set[int]]]

    def mean_reciprocal_rank(self, queries: Vectors, passages: Vectors) -> float:
        """1 where the first right passage comes first, 1/2 where second, and so on; unit vectors."""
        ranks = []
        for query, (among, right) in zip(queries, self.asked, strict=True):
            order = np.argsort(-(passages[among] @ query), kind="stable")
            ranks.append(1 + next(rank for rank, place in enumerate(order) if among[place] in right))
        return float(np.mean(1 / np.array(ranks)))


def sample_articles(language: str) -> Task:
    """The sample shop's questions about its policies, among all its articles of that language."""
    articles = [row for row in load_articles() if row["language"] == language]
    places = {f"article:{row['id']}": place for place, row in enumerate(articles)}
    rows = [row for row in load_questions() if row["language"] == language and row["kind"] == "policy"]
    return Task(
        f"sample shop: question to article, {language}",
        [row["question"] for row in rows],
        [f"{row['title']}\n{row['body']}" for row in articles],
        [(list(range(len(articles))), {places[row["source"]]}) for row in rows],
    )


def product_questions(folder: Path, most: int) -> Task:
    """ePQA: a customer's question, and the candidate sentences about that product of which some help."""
    with (folder / "product-qa" / "ePQA__dev_a.csv").open(encoding="utf-8", newline="") as file:
        groups = [list(rows) for _, rows in groupby(csv.DictReader(file), lambda row: row["qid"])]
    answerable = (rows for rows in groups if any(row["label"] == "2" for row in rows))
    queries, passages, asked = [], [], []
    for rows in islice(answerable, most):
        start = len(passages)
        queries.append(rows[0]["question"])
        passages += [row["candidate"] for row in rows]
        right = {start + place for place, row in enumerate(rows) if row["label"] == "2"}
        asked.append((list(range(start, len(passages))), right))
    return Task("product-qa: question to evidence, en", queries, passages, asked)


def chinese_copy(folder: Path, most: int) -> Task:
    """AdvertiseGen: a garment's attributes, and the advertising copy written from them, among all copies."""
    with (folder / "ad-copy-zh" / "advertisegen_dev_a.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, most)]
    everything = list(range(len(rows)))
    return Task(
        "ad-copy-zh: attributes to copy, zh",
        [row["content"].replace("*", "，").replace("#", "：") for row in rows],
        [row["summary"] for row in rows],
        [(everything, {place}) for place in everything],
    )
