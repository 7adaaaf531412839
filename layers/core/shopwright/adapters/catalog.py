"""Catalog on DynamoDB, with its native vector index.

    id            | sk         | holds
    product:p-1   | PRODUCT    | document, embedding
    article:a-1   | en         | document
    article:a-1   | en#000     | embedding of the article's first paragraph in that language
    catalog       | VERSION    | a counter of changes
    catalog       | CHECKED    | model and version of the last time when all vectors were one model's

What is counted or set by the shop stands there too: see signals.py. And what came lately: see arrivals.py.

The index's HASH attribute, `vector_space`, is the kind of thing and the id of the model that made the
vector. So a search only ever meets vectors of its own model: mixing two is impossible, not just refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ..errors import NotFound, StoreUnavailable
from ..ports import Embedded, Match, Source
from ..products import Article, Language, Product
from .arrivals import DynamoDBArrivals
from .dynamodb import Item, batch_write, error_code, number, pages, passing_failures, string, vector
from .embeddings import embedding, paragraph_writes
from .signals import DynamoDBSignals

_INDEX = "embedding"
# It is still being built, is of another length than the vectors, or there are none in this region.
_NO_INDEX = {"ResourceNotFoundException", "UnknownOperationException", "ValidationException"}


class DynamoDBCatalog(DynamoDBSignals, DynamoDBArrivals):
    """Implements ports.Catalog.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
    """

    def put_products(
        self,
        products: Sequence[Product],
        vectors: Sequence[Sequence[float]],
        model: str,
        *,
        now: datetime | None = None,
    ) -> None:
        """See ports.Catalog."""
        known = self._get((f"product:{product.id}" for product in products), "PRODUCT", "sk") if now else {}
        items = [
            {
                "id": string(f"product:{product.id}"),
                "sk": string("PRODUCT"),
                "document": string(product.model_dump_json(exclude_defaults=True)),
                "language": string(product.language),
                **embedding("product", values, model),
            }
            for product, values in zip(products, vectors, strict=True)
        ]
        batch_write(self._client, self._table, items)
        if now:
            pairs = zip(products, vectors, strict=True)
            new = [
                (product.id, values)
                for product, values in pairs
                # Zeros point nowhere, and the recommender refuses a request that brings them.
                if f"product:{product.id}" not in known and any(values)
            ]
            # Sent again they would not be new. And what overloads one partition is a shop that is being
            # filled, of which only the latest are looked at.
            with suppress(StoreUnavailable):
                # After the products: what arrives can be read.
                self._put_arrivals(new, model, now)
        self._changed()

    def put_article(self, article: Article, vectors: Sequence[Sequence[float]], model: str) -> None:
        """See ports.Catalog. One transaction: the article never stands there half replaced."""
        key = {"id": string(f"article:{article.id}"), "sk": string(article.language)}
        document = string(article.model_dump_json())
        put = {"Put": {"TableName": self._table, "Item": {**key, "document": document}}}
        source = Source(f"article:{article.id}", article.language)
        with passing_failures():
            paragraphs = paragraph_writes(self._client, self._table, source, vectors, model)
            self._client.transact_write_items(TransactItems=[put, *paragraphs])
        self._changed()

    def product(self, product_id: str) -> Product:
        """See ports.Catalog."""
        found = self.products([product_id])
        if product_id not in found:
            raise NotFound("there is no product of that id")
        return found[product_id]

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """See ports.Catalog."""
        documents = self._get((f"product:{product_id}" for product_id in product_ids), "PRODUCT", "document")
        return {
            name.removeprefix("product:"): Product.model_validate_json(item["document"]["S"])
            for name, item in documents.items()
        }

    def all_products(self) -> Iterator[Product]:
        """See ports.Catalog."""
        for item in self._scan("sk = :sk", {":sk": string("PRODUCT")}):
            yield Product.model_validate_json(item["document"]["S"])

    def vectors(self, product_ids: Iterable[str]) -> dict[str, Embedded]:
        """See ports.Catalog."""
        items = self._get(
            (f"product:{product_id}" for product_id in product_ids), "PRODUCT", "embedding, embedding_model"
        )
        return {
            name.removeprefix("product:"): Embedded(
                item["embedding_model"]["S"], [[float(value["N"]) for value in item["embedding"]["L"]]]
            )
            for name, item in items.items()
        }

    def near(self, vector: Sequence[float], model: str, *, top: int) -> list[Match]:
        """See ports.Catalog."""
        return [
            Match(item["id"]["S"].removeprefix("product:"), similarity)
            for item, similarity in self._search(vector, f"product/{model}", top, None)
        ]

    def near_articles(
        self, vector: Sequence[float], model: str, *, top: int, language: Language | None = None
    ) -> list[Match]:
        """See ports.Catalog."""
        matches = []
        for item, similarity in self._search(vector, f"article/{model}", top, language):
            spoken, _, position = item["sk"]["S"].partition("#")
            matches.append(
                Match(item["id"]["S"].removeprefix("article:"), similarity, int(position), _language(spoken))
            )
        return matches

    def articles(self) -> Iterator[Article]:
        """See ports.Catalog."""
        condition = "begins_with(id, :article) AND attribute_exists(document)"
        for item in self._scan(condition, {":article": string("article:")}):
            yield Article.model_validate_json(item["document"]["S"])

    def version(self) -> str:
        """See ports.Catalog."""
        found = self._get(["catalog"], "VERSION", "changes")
        return found["catalog"]["changes"]["N"] if found else "0"

    def _changed(self) -> None:
        with passing_failures():
            self._client.update_item(
                TableName=self._table,
                Key={"id": string("catalog"), "sk": string("VERSION")},
                UpdateExpression="ADD changes :one",
                ExpressionAttributeValues={":one": number(1)},
            )

    def _scan(self, condition: str, values: Item) -> Iterator[Item]:
        with passing_failures():
            yield from pages(
                self._client,
                "scan",
                TableName=self._table,
                FilterExpression=condition,
                ExpressionAttributeValues=values,
                ProjectionExpression="document",
            )

    def _search(
        self, query: Sequence[float], space: str, top: int, language: Language | None
    ) -> Iterator[tuple[Item, float]]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": _INDEX,
            "SearchVector": vector(query)["L"],
            "TopK": top,
            "ProjectionExpression": "id, sk",
            "SearchConditionExpression": "vector_space = :space",
            "ExpressionAttributeValues": {":space": string(space)},
        }
        if language:
            request["SearchConditionExpression"] += " AND #language = :language"
            request["ExpressionAttributeNames"] = {"#language": "language"}
            request["ExpressionAttributeValues"][":language"] = string(language)
        # Without the index words and visits still find something, and the answer says what it went by.
        try:
            with passing_failures():
                results = self._client.search_vectors(**request)["SearchResults"]
        except StoreUnavailable:
            return
        except ClientError as error:
            if error_code(error) in _NO_INDEX:
                return
            raise
        for result in results:
            yield result["Item"], 1 - result["Score"]  # the index gives cosine distance


def _language(code: str) -> Language:
    return "zh" if code == "zh" else "en"
