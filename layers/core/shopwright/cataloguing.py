"""Taking products and articles into the catalogue, each embedded on the way."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .editing import Editing
from .ports import Catalog, LanguageModel
from .products import Article, Product, Strict, embedding_text, paragraph_texts
from .rejections import Rejection, rejections

MAX_ITEMS = 100

_Row = TypeVar("_Row", Product, Article)


class ProductBatch(Strict):
    """Up to 100 products; each is checked on its own, so one bad row does not cost the others."""

    products: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]


class ArticleBatch(Strict):
    """Up to 100 articles; each is checked on its own."""

    articles: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]


class Stored(BaseModel):
    """One item of a batch that was stored."""

    model_config = ConfigDict(frozen=True)

    index: int
    id: str
    status: Literal["stored"] = "stored"


class Catalogued(BaseModel):
    """What became of a batch."""

    model_config = ConfigDict(frozen=True)

    stored: list[Stored]
    rejected: list[Rejection]


class Cataloguing:
    """Takes products and articles in.

    Args:
        catalog: where they go.
        model: embeds them.
        editing: holds the products' texts against what changed; None where none are kept.
    """

    def __init__(self, catalog: Catalog, model: LanguageModel, editing: Editing | None = None) -> None:
        self._catalog = catalog
        self._editing = editing
        self._model = model

    def put_products(self, rows: list[Any], now: datetime) -> Catalogued:
        """Store the valid rows; of an id that stands there twice, the last one. `now` is aware.

        Raises:
            ModelError: if they could not be embedded; nothing was stored.
            StoreUnavailable: if the store did not take them; sending the same again is safe.
        """
        products, rejected = _valid(Product, rows)
        if products:
            latest = {product.id: product for _, product in products}
            embedded = self._model.embed_passages([embedding_text(product) for product in latest.values()])
            self._catalog.put_products(list(latest.values()), embedded.vectors, embedded.model, now=now)
            if self._editing:
                self._editing.check_again(latest.values())
        stored = [Stored(index=index, id=product.id) for index, product in products]
        return Catalogued(stored=stored, rejected=rejected)

    def put_articles(self, rows: list[Any]) -> Catalogued:
        """Store the valid rows; raises as `put_products` does, articles before the failing one are stored."""
        articles, rejected = _valid(Article, rows)
        for _, article in articles:
            embedded = self._model.embed_passages(paragraph_texts(article))
            self._catalog.put_article(article, embedded.vectors, embedded.model)
        stored = [Stored(index=index, id=article.id) for index, article in articles]
        return Catalogued(stored=stored, rejected=rejected)


def _valid(kind: type[_Row], rows: list[Any]) -> tuple[list[tuple[int, _Row]], list[Rejection]]:
    """The rows that are right, each with its place, and what is wrong with the others."""
    right: list[tuple[int, _Row]] = []
    wrong: list[Rejection] = []
    for index, row in enumerate(rows):
        try:
            right.append((index, kind.model_validate(row)))
        except ValidationError as error:
            wrong += rejections(index, error)
    return right, wrong
