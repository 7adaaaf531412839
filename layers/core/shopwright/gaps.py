"""Articles worth writing: what customers asked and the shop could not answer, or not well, grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from .errors import ModelError
from .feedback import AskedQuestion
from .grouping import Similarity, by_meaning, by_words, grouped
from .ladder import Degraded
from .ports import Catalog, Embedded, LanguageModel, Questions
from .products import Language
from .wellformed import without_personal_data

_MOST_QUESTIONS = 1000  # half a million comparisons, some seconds
_EXAMPLES = 3
# Two customers at least: what a single one wrote might tell of them.
_ASKED_BY = 2
# The mean similarity from which questions are one matter. By meaning: of Bitext's and our own intents two of
# three pairs in a group are right and a third of all is found; lower, groups run into each other.
_ALIKE, _ALIKE_BY_WORDS = 0.3, 0.34

_Titles = Mapping[tuple[str, Language], str]


class Closest(BaseModel):
    """The article that comes closest to answering: perhaps it only lacks a paragraph."""

    model_config = ConfigDict(frozen=True)

    source: str
    title: str
    similarity: float = Field(description="Cosine similarity of its nearest paragraph to the question.")


class Gap(BaseModel):
    """Questions about one matter that the shop's facts do not answer."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(description="The one most like the others, without personal data.")
    examples: list[str] = Field(description="Other wordings.")
    asked: int
    customers: int = Field(description="How many asked; who lets nothing be kept of them counts each time.")
    not_known: int = Field(description="Of these, could not be answered.")
    not_helpful: int = Field(description="Of these, were answered, and the customer says it did not help.")
    languages: dict[Language, int]
    product_ids: list[str] = Field(description="Products it was asked about, the most asked first.")
    closest: Closest | None


class Gaps(BaseModel):
    """The articles worth writing, the most asked for first."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime | None = Field(default=None, description="Null before the first was made.")
    degraded: Degraded | None = Field(default=None, description="no_embeddings: grouped by words alone.")
    questions: int = Field(default=0, description="How many questions failed in the last 30 days.")
    left_out: int = Field(default=0, description="Of these, older than the last thousand.")
    asked_once: int = Field(default=0, description="Of these, asked by one customer only; not shown.")
    gaps: list[Gap] = []


class ArticleGaps:
    """Groups questions, and shows the last list.

    Args:
        questions: what was asked.
        catalog: knows the articles, keeps the list.
        model: embeds.
    """

    def __init__(self, questions: Questions, catalog: Catalog, model: LanguageModel) -> None:
        self._questions = questions
        self._catalog = catalog
        self._model = model

    def read(self) -> Gaps:
        """The list as it was last made."""
        return Gaps.model_validate(self._catalog.gaps())

    def refresh(self, now: datetime) -> Gaps:
        """Make the list anew. Without embeddings questions are grouped by their words.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        failed = sorted(
            (asked for asked in self._questions.all_asked(now) if asked.failed),
            key=lambda asked: (asked.asked_at, asked.question_id),
        )
        looked_at = failed[-_MOST_QUESTIONS:]
        titles = {(each.id, each.language): each.title for each in self._catalog.articles()}
        embedded = self._embedded(looked_at, titles) if looked_at else None
        alike, threshold = by_words([asked.question for asked in looked_at]), _ALIKE_BY_WORDS
        if embedded:
            languages = [*(asked.language for asked in looked_at), *(language for _, language in titles)]
            alike, threshold = by_meaning(embedded.vectors, languages), _ALIKE
        gaps, asked_once = [], 0
        for members in grouped(len(looked_at), alike, threshold):
            asked = [looked_at[at] for at in _central_first(members, alike)]
            if _customers(asked) < _ASKED_BY:
                asked_once += len(asked)
                continue
            first = looked_at.index(asked[0])
            closest = self._closest(embedded.vectors[first], embedded.model, titles) if embedded else None
            gaps.append(_gap(asked, closest))
        made = Gaps(
            made_at=now,
            degraded=None if embedded or not looked_at else "no_embeddings",
            questions=len(failed),
            left_out=len(failed) - len(looked_at),
            asked_once=asked_once,
            gaps=sorted(gaps, key=lambda gap: (-gap.customers, -gap.asked, gap.question)),
        )
        self._catalog.put_gaps(made.model_dump(mode="json"))
        return made

    def _embedded(self, asked: Sequence[AskedQuestion], titles: _Titles) -> Embedded | None:
        """Vectors of the questions, then of articles' titles: beside these a few questions are enough to
        tell what all of a language have in common. None if the endpoint does not answer."""
        try:
            return self._model.embed_queries([*(each.question for each in asked), *titles.values()])
        except ModelError:
            return None

    def _closest(self, vector: Sequence[float], model: str, titles: _Titles) -> Closest | None:
        for match in self._catalog.near_articles(vector, model, top=1):
            if match.language and (title := titles.get((match.id, match.language))):
                return Closest(
                    source=f"article:{match.id}", title=title, similarity=round(match.similarity, 3)
                )
        return None


def _central_first(members: Sequence[int], alike: Similarity) -> list[int]:
    return sorted(members, key=lambda at: -sum(alike(at, other) for other in members))


def _customers(asked: Sequence[AskedQuestion]) -> int:
    named = {each.customer_id for each in asked if each.customer_id}
    return len(named) + sum(each.customer_id is None for each in asked)


def _gap(asked: Sequence[AskedQuestion], closest: Closest | None) -> Gap:
    wordings = list(dict.fromkeys(without_personal_data(each.question) for each in asked))
    not_known = sum(each.outcome == "not_known" for each in asked)
    products = Counter(each.product_id for each in asked if each.product_id)
    return Gap(
        question=wordings[0],
        examples=wordings[1 : _EXAMPLES + 1],
        asked=len(asked),
        customers=_customers(asked),
        not_known=not_known,
        not_helpful=len(asked) - not_known,
        languages=dict(Counter(each.language for each in asked)),
        product_ids=[product_id for product_id, _ in products.most_common()],
        closest=closest,
    )
