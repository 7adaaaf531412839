"""Embeddings on DynamoDB: the vectors of the catalogue table (catalog.py draws it) and their replacement.

A product's vector stands in its item; an article's stand in items of their own, one a paragraph, and are
only ever written together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from botocore.exceptions import ClientError

from ..errors import StoreUnavailable
from ..ports import Source
from .dynamodb import Item, batch_get, error_code, pages, passing_failures, string, vector

_PRODUCT = "PRODUCT"
_CHECKED = {"id": string("catalog"), "sk": string("CHECKED")}
# Somebody else wrote the item before us, or is just doing it.
_OVERTAKEN = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_OVERLOADED = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


class DynamoDBEmbeddings:
    """Implements ports.Embeddings.

    Args:
        client: a boto3 DynamoDB client.
        table: the catalogue table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def models(self) -> Iterator[tuple[Source, str]]:
        """See ports.Embeddings. Reads the whole table, consistently: what was put before it began is seen."""
        before = None
        with passing_failures():
            for item in pages(
                self._client,
                "scan",
                TableName=self._table,
                FilterExpression="attribute_exists(embedding_model)",
                ProjectionExpression="id, sk, embedding_model",
                ConsistentRead=True,
            ):
                found = _source(item), item["embedding_model"]["S"]
                # The paragraphs of an article come one after the other.
                if found != before:
                    yield found
                before = found

    def documents(self, sources: Iterable[Source]) -> dict[Source, str]:
        """See ports.Embeddings."""
        keys = [_key(source) for source in sources]
        items = batch_get(self._client, self._table, keys, "id, sk, document", consistent=True)
        return {_source(item): item["document"]["S"] for item in items}

    def replace(
        self, source: Source, vectors: Sequence[Sequence[float]], model: str, *, document: str, made_by: str
    ) -> bool:
        """See ports.Embeddings. An article's vectors change in one transaction."""
        try:
            with passing_failures():
                if source.language is None:
                    self._replace_product(source, vectors[0], model, document, made_by)
                else:
                    self._replace_article(source, vectors, model, document, made_by)
        except ClientError as error:
            if _overtaken(error):
                return False
            raise
        return True

    def checked(self) -> tuple[str, str] | None:
        """See ports.Embeddings."""
        found = list(batch_get(self._client, self._table, [_CHECKED], "embedded_by, version"))
        return (found[0]["embedded_by"]["S"], found[0]["version"]["S"]) if found else None

    def put_checked(self, model: str, version: str) -> None:
        """See ports.Embeddings."""
        # Not `embedding_model`: this item has no vector.
        item = {**_CHECKED, "embedded_by": string(model), "version": string(version)}
        with passing_failures():
            self._client.put_item(TableName=self._table, Item=item)

    def _replace_product(
        self, source: Source, values: Sequence[float], model: str, document: str, made_by: str
    ) -> None:
        attributes = embedding("product", values, model)
        self._client.update_item(
            TableName=self._table,
            Key=_key(source),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in attributes),
            ConditionExpression="document = :document AND embedding_model = :made_by",
            ExpressionAttributeValues={
                **{f":{name}": value for name, value in attributes.items()},
                ":document": string(document),
                ":made_by": string(made_by),
            },
        )

    def _replace_article(
        self, source: Source, vectors: Sequence[Sequence[float]], model: str, document: str, made_by: str
    ) -> None:
        unchanged = {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": _key(source),
                "ConditionExpression": "document = :document",
                "ExpressionAttributeValues": {":document": string(document)},
            }
        }
        paragraphs = paragraph_writes(self._client, self._table, source, vectors, model, made_by)
        self._client.transact_write_items(TransactItems=[unchanged, *paragraphs])


def embedding(kind: Literal["product", "article"], values: Sequence[float], model: str) -> Item:
    """What an item holds of its vector: the numbers, who made them, and where the index keeps them."""
    return {
        "embedding": vector(values),
        "embedding_model": string(model),
        "vector_space": string(f"{kind}/{model}"),
    }


def paragraph_writes(
    client: Any,
    table: str,
    source: Source,
    vectors: Sequence[Sequence[float]],
    model: str,
    made_by: str | None = None,
) -> list[Item]:
    """The writes of a transaction after which an article has these vectors and no others.

    Args:
        client: a boto3 DynamoDB client; the paragraphs that stand there are looked up.
        table: the catalogue table's name.
        source: the article in one language.
        vectors: one a paragraph, in order.
        model: who made them.
        made_by: if given, the writes fail unless the vectors they replace are this model's.
    """
    key = {"id": string(source.id)}
    old = client.query(
        TableName=table,
        KeyConditionExpression="id = :id AND begins_with(sk, :paragraph)",
        ExpressionAttributeValues={":id": key["id"], ":paragraph": string(f"{source.language}#")},
        ProjectionExpression="sk",
        ConsistentRead=True,
    )["Items"]
    condition: Item = {}
    if made_by is not None:
        condition = {
            "ConditionExpression": "attribute_not_exists(id) OR embedding_model = :made_by",
            "ExpressionAttributeValues": {":made_by": string(made_by)},
        }
    own = {"language": string(str(source.language))}
    items = [
        {
            **key,
            "sk": string(f"{source.language}#{position:03}"),
            **own,
            **embedding("article", values, model),
        }
        for position, values in enumerate(vectors)
    ]
    kept = {item["sk"]["S"] for item in items}
    gone = [{**key, "sk": item["sk"]} for item in old if item["sk"]["S"] not in kept]
    return [
        *({"Put": {"TableName": table, "Item": item, **condition}} for item in items),
        *({"Delete": {"TableName": table, "Key": each}} for each in gone),
    ]


def _key(source: Source) -> Item:
    return {"id": string(source.id), "sk": string(source.language or _PRODUCT)}


def _source(item: Item) -> Source:
    """The source an item belongs to: a product's, an article's, or one of an article's paragraphs."""
    if item["sk"]["S"] == _PRODUCT:
        return Source(item["id"]["S"])
    return Source(item["id"]["S"], "zh" if item["sk"]["S"].startswith("zh") else "en")


def _overtaken(error: ClientError) -> bool:
    """Whether a write failed because somebody else's came before it.

    Raises:
        StoreUnavailable: if it failed because the table is overloaded.
    """
    code = error_code(error)
    if code != "TransactionCanceledException":
        return code in ("ConditionalCheckFailedException", "TransactionConflictException")
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    if reasons & _OVERLOADED:
        raise StoreUnavailable("the store is overloaded; try again") from error
    return bool(reasons & _OVERTAKEN)
