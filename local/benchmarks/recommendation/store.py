"""``python -m ...store FILE PORT LENGTH``: a stand-in for DynamoDB that answers at once, from prepared items.

It speaks DynamoDB's JSON over HTTP as far as the recommendation handler asks: Query of a customer, backwards;
BatchGetItem of products, their vectors and their neighbours; SearchVectors. A search is not computed: the
answer is made up (the product's own shelf, with falling cosines), as the index's own work is not what is
measured. Items come whole but for the vector, which only goes where it is asked for. What is not answered
here is refused, so that nothing is measured that did not happen. `GET /times` tells how many calls of each
operation there were, and the seconds they took in here.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import uvicorn

from local.benchmarks.recommendation.made_up import MadeUpShop, product_id
from local.benchmarks.recommendation.store_items import CUSTOMERS

_DIMENSIONS = 384


class Store:
    """Prepared items by key.

    Args:
        path: what store_items.write wrote.
        shop: for searches.
    """

    def __init__(self, path: Path, shop: MadeUpShop) -> None:
        self._shop = shop
        self._items: dict[tuple[str, str], bytes] = {}
        self._models: dict[str, tuple[str, float]] = {}
        partitions: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        with path.open(encoding="utf-8") as file:
            for line in file:
                table, key, sort, item = json.loads(line)
                if table == CUSTOMERS:
                    partitions[key].append((sort, _packed(item)))
                    continue
                if "embedding" in item:
                    self._models[key] = item["embedding_model"]["S"], float(item["embedding"]["L"][0]["N"])
                kept = {name: item[name] for name in ("id", "document") if name in item}
                self._items[key, sort] = _packed(kept)
        self._customers = {
            key: [item for _, item in sorted(own, reverse=True)] for key, own in partitions.items()
        }
        # What the rest of a vector says does not matter: the first number tells whose it is.
        rest = [0.05 * ((at * 37) % 101 - 50) / 50 for at in range(1, _DIMENSIONS)]
        self._rest = [{"N": format(value, ".7g")} for value in rest]

    def answer(self, operation: str, body: dict[str, Any]) -> bytes:
        """The answer's body. Raises KeyError or ValueError for what it does not know."""
        if operation == "Query":
            return self._query(body)
        if operation == "BatchGetItem":
            return self._batch_get(body)
        if operation == "GetItem":
            return b"{}"  # the circuit before the model: it was never open
        if operation == "SearchVectors":
            return self._search(body)
        raise ValueError(f"{operation} is not answered here")

    def _query(self, body: dict[str, Any]) -> bytes:
        if body["ScanIndexForward"] is not False:
            raise ValueError("only backwards")
        asked = body["ExpressionAttributeValues"]
        if ":arrivals" in asked:  # nothing is new in this shop
            return b'{"Count":0,"ScannedCount":0,"Items":[]}'
        customer = asked[":customer"]["S"]
        items = self._customers.get(customer, [])[: body["Limit"]]
        return b'{"Count":%d,"ScannedCount":%d,"Items":[%b]}' % (len(items), len(items), b",".join(items))

    def _batch_get(self, body: dict[str, Any]) -> bytes:
        [(table, asked)] = body["RequestItems"].items()
        wanted = {name.strip() for name in asked["ProjectionExpression"].split(",")}
        found = []
        for key in asked["Keys"]:
            name, sort = key["id"]["S"], key["sk"]["S"]
            if "embedding" in wanted:
                if name in self._models:
                    found.append(self._vector(name))
            elif (name, sort) in self._items:
                found.append(self._items[name, sort])
        return b'{"Responses":{"%b":[%b]},"UnprocessedKeys":{}}' % (table.encode(), b",".join(found))

    def _vector(self, name: str) -> bytes:
        model, first = self._models[name]
        numbers = [{"N": format(first, ".9g")}, *self._rest]
        return _packed({"id": {"S": name}, "embedding_model": {"S": model}, "embedding": {"L": numbers}})

    def _search(self, body: dict[str, Any]) -> bytes:
        number = round(float(body["SearchVector"][0]["N"] if isinstance(body["SearchVector"][0], dict)
                             else body["SearchVector"][0])) - 1  # fmt: skip
        found = [
            {
                "Item": {"id": {"S": f"product:{product_id(other)}"}, "sk": {"S": "PRODUCT"}},
                "Score": 1 - cosine,
            }
            for other, cosine in self._shop.near(number, body["TopK"])
        ]
        return _packed({"SearchResults": found})


class App:
    """ASGI, without a framework: what it takes for itself is not DynamoDB's either."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._times: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = 200, b"{}"
        if scope["method"] == "GET":
            answer = _packed(self._times) if scope["path"] == "/times" else b"{}"
        else:
            began = time.perf_counter()
            operation = dict(scope["headers"])[b"x-amz-target"].decode().split(".")[-1]
            try:
                answer = self._store.answer(operation, json.loads(body))
            except (KeyError, ValueError) as error:
                status = 400
                answer = _packed({"__type": "ValidationException", "message": repr(error)})
            row = self._times[operation]
            row[0] += 1
            row[1] += time.perf_counter() - began
        headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def _packed(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def main() -> None:
    """Serves until it is ended."""
    path, port, size, seed = sys.argv[1:]
    app = App(Store(Path(path), MadeUpShop(int(size), int(seed))))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
