"""All the shop knows, in memory and ready to be searched; kept until the catalogue changes.

It is read with a scan of the whole catalogue and lives as long as the Lambda container. That holds for
some ten thousand products: beyond, the scan takes seconds after each change and the memory a few hundred MB,
and the search by words has to move into a search service.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from .passages import Sentence, article_passages, paragraph_sentences, product_passage, product_sentences
from .ports import Catalog, Embedded, Match
from .products import Article, Language, Product
from .retrieval import WordIndex, blend, terms, tokens

_NEAR = 30  # matches asked of the vector index
_BY_WORDS = 20
_PASSAGES = 6  # passages whose sentences are looked at
_SURE = 3  # of them at least, the nearest in meaning
_ARTICLES_BESIDE = 3  # article passages looked at beside the product a customer asks about
_PRODUCTS = 2  # products among the passages


@dataclass(frozen=True)
class Found:
    """Sentences that may answer a question, and how much similarities to it vary among unrelated texts.

    `by_meaning` is False where only words were searched: there was no embedding, or the index does not hold
    what the shop knows in vectors of the same model. `spread` is None there, and where nothing varies.
    """

    sentences: list[Sentence]
    spread: float | None
    by_meaning: bool


class Knowledge:
    """What the shop knows, as told in one language (or in the other, where it has no texts in this one)."""

    def __init__(self, products: Sequence[Product], articles: Sequence[Article], language: Language) -> None:
        self._language = language
        self._products = {product.id: product for product in products}
        told = {article.id: article for article in articles if article.language != language}
        told |= {article.id: article for article in articles if article.language == language}
        self._all_told = all(article.language == language for article in told.values())
        self.passages = [product_passage(product, language) for product in products]
        self.passages += [passage for article in told.values() for passage in article_passages(article)]
        self.words = WordIndex(f"{passage.title}\n{passage.text}" for passage in self.passages)
        self._titles = {
            at: frozenset(tokens(passage.title))
            for at, passage in enumerate(self.passages)
            if passage.source.startswith("product:")
        }
        # How many matches a search has if every passage has its vector.
        self._to_be_near = min(_NEAR, len(products)) + min(_NEAR, len(self.passages) - len(products))
        self._place = {(passage.source, passage.position): at for at, passage in enumerate(self.passages)}

    def find(
        self, question: str, catalog: Catalog, vector: Embedded | None, product: Product | None
    ) -> Found:
        """The sentences of the passages nearest to the question, by meaning and by words.

        Args:
            question: as asked.
            catalog: whose vector index is searched.
            vector: the question's embedding; without it only words count.
            product: the product asked about: then no other's facts are looked at.
        """
        by_words = dict(self.words.search(terms(question), top=_BY_WORDS))
        near = self._by_meaning(catalog, vector) if vector else None
        by_meaning, spread = near or ({}, None)
        fused = _fused(by_meaning, by_words)
        if product:
            beside = [at for at in (by_meaning or by_words) if at not in self._titles][:_ARTICLES_BESIDE]
            # Its facts as they stand now: the caller read the product a moment ago.
            sentences = product_sentences(product, self._language) + self._sentences(beside)
            return Found(sentences, spread, near is not None)
        best = list(dict.fromkeys([*islice(by_meaning, _SURE), *fused]))[:_PASSAGES]
        return Found(self._sentences(self._only_named(tokens(question), best)), spread, near is not None)

    def named(self, asked: Collection[str]) -> Product | None:
        """The one product the tokens name: no other's title has them all, or only its has nothing beside."""
        wanted = set(asked)
        holding = [at for at, title in self._titles.items() if wanted and wanted <= title]
        exactly = [at for at in holding if self.may_mean(self._titles[at], self._product(at), wanted)]
        naming = holding if len(holding) == 1 else exactly
        return self._product(naming[0]) if len(naming) == 1 else None

    def sibling(self, asked: Collection[str], product_id: str) -> str | None:
        """The id of the one product of a like name that the tokens tell from this one: "the Pro"."""
        at = self._place.get((f"product:{product_id}", 0))
        if at is None:
            return None
        own = self._titles[at]
        told = [other for other, title in self._titles.items() if title & own and (title & set(asked)) - own]
        return self._product(told[0]).id if len(told) == 1 else None

    def may_mean(
        self, asked: Collection[str], product: Product, title: Collection[str] | None = None
    ) -> bool:
        """Whether all the tokens are of the product's title (or of `title`) or of its category."""
        wording = product.in_either(self._language)
        category = tokens(f"{wording.product_type or ''} {product.category}")
        return set(asked) <= {*(tokens(wording.title) if title is None else title), *category}

    def _by_meaning(
        self, catalog: Catalog, question: Embedded
    ) -> tuple[dict[int, float], float | None] | None:
        """Places with their similarity, nearest first, and the spread; None without vectors of this model."""
        vector = question.vectors[0]
        # Only one language's paragraphs are asked for, unless some article is told in the other alone.
        language = self._language if self._all_told else None
        articles = catalog.near_articles(vector, question.model, top=_NEAR, language=language)
        products = catalog.near(vector, question.model, top=_NEAR)
        if 2 * (len(articles) + len(products)) < self._to_be_near:
            # The embedding model has changed: of a few vectors the nearest may be far, and they seem to vary
            # little. A search that is only approximate may miss some, but never half.
            return None
        near: list[tuple[tuple[str, int], Match]] = [
            *(((f"product:{m.id}", 0), m) for m in products),
            *(((f"article:{m.id}", m.position), m) for m in articles if self._tells(m)),
        ]
        hits = [(self._place[key], match.similarity) for key, match in near if key in self._place]
        hits.sort(key=lambda hit: -hit[1])
        spread = statistics.pstdev(similarity for _, similarity in hits) if len(hits) > 1 else 0.0
        return dict(hits), spread or None

    def _tells(self, match: Match) -> bool:
        at = self._place.get((f"article:{match.id}", match.position))
        return at is not None and match.language in (None, self.passages[at].language)

    def _only_named(self, asked: Sequence[str], places: Sequence[int]) -> list[int]:
        """The places without the products whose place another one's title takes: the "Pro" asked for."""
        wanted = set(asked)
        named = {at: wanted & self._titles[at] for at in places if at in self._titles}
        kept = [
            at for at in named if not any(self._rather(wanted, other, at) for other in named if other != at)
        ]
        return [at for at in places if at not in named or at in kept[:_PRODUCTS]]

    def _rather(self, wanted: set[str], one: int, other: int) -> bool:
        """Whether the wanted tokens mean product `one` and not `other`."""
        ours, theirs = wanted & self._titles[one], wanted & self._titles[other]
        if ours == theirs:
            return len(ours) > 1 and len(self._titles[one]) < len(self._titles[other])
        numbers = {token for token in ours - theirs if any(map(str.isdigit, token))}
        return theirs < ours or bool(numbers and ours & theirs and len(ours) >= len(theirs))

    def _sentences(self, places: Sequence[int]) -> list[Sentence]:
        return [
            sentence
            for at in places
            for sentence in (
                product_sentences(self._product(at), self._language)
                if at in self._titles
                else paragraph_sentences(self.passages[at])
            )
        ]

    def _product(self, at: int) -> Product:
        return self._products[self.passages[at].source.removeprefix("product:")]


def _fused(by_meaning: Mapping[int, float], by_words: Mapping[int, float]) -> list[int]:
    """The places of both searches, best first. What only words found is as near as the last by meaning."""
    if not by_meaning:
        return list(by_words)
    places = list(dict.fromkeys([*by_meaning, *by_words]))
    far = min(by_meaning.values())
    scores = blend([by_meaning.get(at, far) for at in places], [by_words.get(at, 0.0) for at in places])
    return [at for _, at in sorted(zip(scores, places, strict=True), key=lambda hit: -hit[0])]


class Library:
    """Keeps the knowledge of each language until the catalogue's version changes.

    Args:
        catalog: what it is read from.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._version = ""
        self._kept: dict[Language, Knowledge] = {}

    def knowledge(self, language: Language) -> Knowledge:
        """What the shop knows now, in `language`."""
        version = self._catalog.version()
        if version != self._version:
            self._version, self._kept = version, {}
        if language not in self._kept:
            self._kept[language] = Knowledge(
                list(self._catalog.all_products()), list(self._catalog.articles()), language
            )
        return self._kept[language]
