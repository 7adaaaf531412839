"""What the catalogue table holds beside products and articles: what was counted, and what the shop set.

id             | sk         | document
product:p-1    | NEIGHBOURS | what is bought and looked at together with it
popular        | LIST       | the popular products
replenishment  | LIST       | the products that are bought again: days and share
merchandising  | LIST       | the shop's rules
branch:<path>  | LIST       | the products of a category and its children
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..ports import Neighbours, Replenishment, Signals
from .dynamodb import Item, batch_get, batch_write, string

_LISTS = ("popular", "replenishment", "merchandising")


class DynamoDBSignals:
    """The part of ports.Catalog that is about these items.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def signals(self, product_ids: Iterable[str], branch: str | None = None) -> Signals:
        """See ports.Catalog. One BatchGetItem: requests ask for far less than 100 items."""
        lists = [*_LISTS, *([_branch(branch)] if branch else [])]
        keys = [
            *({"id": string(name), "sk": string("LIST")} for name in lists),
            *(
                {"id": string(_product(key)), "sk": string("NEIGHBOURS")}
                for key in dict.fromkeys(product_ids)
            ),
        ]
        found = {
            item["id"]["S"]: json.loads(item["document"]["S"])
            for item in batch_get(self._client, self._table, keys, "id, document")
        }
        return Signals(
            neighbours={
                name.removeprefix("product:"): Neighbours(**document)
                for name, document in found.items()
                if name.startswith("product:")
            },
            popular=found.get("popular", {}),
            replenishment={
                product_id: Replenishment(*values)
                for product_id, values in found.get("replenishment", {}).items()
            },
            merchandising=found.get("merchandising", []),
            branch=found.get(_branch(branch), {}) if branch else {},
        )

    def neighbours(self, product_ids: Iterable[str]) -> dict[str, Neighbours]:
        """See ports.Catalog."""
        documents = self._get(map(_product, product_ids), "NEIGHBOURS", "document")
        return {
            name.removeprefix("product:"): Neighbours(**json.loads(item["document"]["S"]))
            for name, item in documents.items()
        }

    def put_neighbours(self, neighbours: dict[str, Neighbours]) -> None:
        """See ports.Catalog."""
        documents = {
            _product(key): {"bought": near.bought, "viewed": near.viewed} for key, near in neighbours.items()
        }
        self._put("NEIGHBOURS", documents)

    def popular(self) -> dict[str, float]:
        """See ports.Catalog."""
        scores: dict[str, float] = self._list("popular", {})
        return scores

    def put_popular(self, scores: dict[str, float]) -> None:
        """See ports.Catalog."""
        self._put("LIST", {"popular": scores})

    def put_replenishment(self, found: dict[str, Replenishment]) -> None:
        """See ports.Catalog."""
        self._put("LIST", {"replenishment": {key: [each.days, each.share] for key, each in found.items()}})

    def put_branches(self, branches: dict[str, dict[str, float]]) -> None:
        """See ports.Catalog."""
        self._put("LIST", {_branch(key): row for key, row in branches.items()})

    def merchandising(self) -> list[dict[str, Any]]:
        """See ports.Catalog."""
        rules: list[dict[str, Any]] = self._list("merchandising", [])
        return rules

    def put_merchandising(self, rules: list[dict[str, Any]]) -> None:
        """See ports.Catalog."""
        self._put("LIST", {"merchandising": rules})

    def gaps(self) -> dict[str, Any]:
        """See ports.Catalog."""
        made: dict[str, Any] = self._list("gaps", {})
        return made

    def put_gaps(self, made: dict[str, Any]) -> None:
        """See ports.Catalog."""
        self._put("LIST", {"gaps": made})

    def _get(self, ids: Iterable[str], sk: str, attributes: str) -> dict[str, Item]:
        """Items of one sort key, by id; those that do not exist are left out."""
        keys = [{"id": string(name), "sk": string(sk)} for name in dict.fromkeys(ids)]
        items = batch_get(self._client, self._table, keys, f"id, {attributes}")
        return {item["id"]["S"]: item for item in items}

    def _list(self, name: str, empty: Any) -> Any:
        found = self._get([name], "LIST", "document")
        return json.loads(found[name]["document"]["S"]) if found else empty

    def _put(self, sk: str, documents: dict[str, Any]) -> None:
        items = [
            {"id": string(name), "sk": string(sk), "document": string(json.dumps(document))}
            for name, document in documents.items()
        ]
        batch_write(self._client, self._table, items)


def _product(product_id: str) -> str:
    return f"product:{product_id}"


def _branch(key: str) -> str:
    return f"branch:{key}"
