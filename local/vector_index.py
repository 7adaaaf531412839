"""One DynamoDB vector index in memory: what it holds, what a condition lets through, which is nearest.

Items are plain attribute values as DynamoDB writes them (``{"S": "en"}``). Nothing here knows moto: see
``local.vectors``, which hangs this on moto's tables. Every refusal is a ``VectorError``, whose text is the
message of DynamoDB's ValidationException.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

MAX_DIMENSIONS = 4096
MAX_INDEXES = 5

Item = Mapping[str, Mapping[str, Any]]
Key = tuple[Any, ...]
Comparable = tuple[str, Any]
Condition = dict[str, Comparable]
Values = tuple[Comparable | None, ...]


class VectorError(ValueError):
    """DynamoDB would answer ValidationException with this message."""


@dataclass(frozen=True)
class IndexDefinition:
    """A ``VectorIndex`` of CreateTable, read once."""

    name: str
    attribute: str
    dimensions: int
    distance: str
    hash_attribute: str | None
    filters: tuple[str, ...]
    projection: Mapping[str, Any]

    @classmethod
    def read(cls, request: Mapping[str, Any]) -> IndexDefinition:
        """Reads the request's shape; raises VectorError for what DynamoDB refuses."""
        dimensions = int(request["Dimensions"])
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise VectorError(f"Dimensions must be between 1 and {MAX_DIMENSIONS}, not {dimensions}")
        schema = request.get("SearchSchema", [])
        hashes = [e["AttributeName"] for e in schema if e["SearchSchemaElementType"] == "HASH"]
        filters = [e["AttributeName"] for e in schema if e["SearchSchemaElementType"] == "INLINE_FILTER"]
        if len(hashes) > 1:
            raise VectorError("SearchSchema can have one HASH element at most")
        return cls(
            name=request["IndexName"],
            attribute=request["VectorAttribute"]["AttributeName"],
            dimensions=dimensions,
            distance=request["DistanceFunction"],
            hash_attribute=hashes[0] if hashes else None,
            filters=tuple(filters),
            projection=request["Projection"],
        )

    @property
    def schema_attributes(self) -> tuple[str, ...]:
        """The attributes a condition may name."""
        return ((self.hash_attribute,) if self.hash_attribute else ()) + self.filters

    def projected(self, table_keys: list[str]) -> set[str] | None:
        """The attributes a search can return, or None for all of them."""
        if self.projection.get("ProjectionType") == "ALL":
            return None
        included = self.projection.get("NonKeyAttributes", [])
        return {*table_keys, *self.schema_attributes, self.attribute, *included}

    def vector(self, value: Mapping[str, Any]) -> np.ndarray:
        """The attribute value as 32-bit floats; raises VectorError where DynamoDB refuses the write."""
        numbers = value.get("L")
        if numbers is None or any("N" not in number for number in numbers):
            raise VectorError(f"Invalid type for parameter {self.attribute}: expected a list of numbers")
        return self.measure([number["N"] for number in numbers])

    def measure(self, numbers: list[str]) -> np.ndarray:
        """A list of DynamoDB numbers as a vector of this index's length; VectorError otherwise."""
        if len(numbers) != self.dimensions:
            raise VectorError(
                f"The vector for index {self.name} must have {self.dimensions} dimensions, not {len(numbers)}"
            )
        return np.array(numbers, dtype=np.float64).astype(np.float32)


class VectorRows:
    """The vectors of one index, kept up to date as items are written, and searched exactly."""

    def __init__(self, definition: IndexDefinition) -> None:
        self.definition = definition
        # Each item's vector, and the comparable values of the SearchSchema's attributes in their order.
        self._rows: dict[Key, tuple[np.ndarray, Values]] = {}
        self._packed: tuple[np.ndarray, list[Key], dict[Values, list[int]]] | None = None

    def row(self, item: Item) -> tuple[np.ndarray, Values] | None:
        """What the index keeps of an item, or None for an item without the vector or the HASH attribute.

        Raises VectorError for an item that DynamoDB would refuse to store because of this index.
        """
        wanted = self.definition
        if wanted.attribute not in item:
            return None
        vector = wanted.vector(item[wanted.attribute])
        values = [comparable(item[name]) if name in item else None for name in wanted.schema_attributes]
        return None if wanted.hash_attribute not in {None, *item} else (vector, tuple(values))

    def write(self, key: Key, item: Item | None) -> None:
        """Follows one write (None: a deletion)."""
        row = self.row(item) if item is not None else None
        if row is not None:
            self._rows[key] = row
        elif self._rows.pop(key, None) is None:
            return
        self._packed = None

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, vector: np.ndarray, top: int, condition: Condition) -> list[tuple[Key, float]]:
        """The ``top`` fitting keys with their scores, most similar first; ties in the order of writing."""
        matrix, keys, groups = self._packed = self._packed or self._pack()
        asked = [condition.get(name) for name in self.definition.schema_attributes]
        places = sorted(
            place
            for values, members in groups.items()
            if all(wanted in (None, value) for wanted, value in zip(asked, values, strict=True))
            for place in members
        )
        scores = _scores(self.definition.distance, matrix[places], vector)
        similar = -scores if self.definition.distance == "DOT_PRODUCT" else scores
        return [
            (keys[places[best]], float(scores[best])) for best in np.argsort(similar, kind="stable")[:top]
        ]

    def _pack(self) -> tuple[np.ndarray, list[Key], dict[Values, list[int]]]:
        """One matrix for all rows, and the rows' places by what a condition can ask."""
        matrix = np.zeros((len(self._rows), self.definition.dimensions), dtype=np.float32)
        groups: dict[Values, list[int]] = {}
        for place, (vector, values) in enumerate(self._rows.values()):
            matrix[place] = vector
            groups.setdefault(values, []).append(place)
        return matrix, list(self._rows), groups


def _scores(distance: str, matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    if distance == "EUCLIDEAN":
        return np.linalg.norm(matrix - vector, axis=1)
    products = matrix @ vector
    if distance == "DOT_PRODUCT":
        return products
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    # A zero vector points nowhere: neither near nor far, rather than a division by zero.
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.clip(1.0 - cosines, 0.0, 2.0)


def comparable(value: Mapping[str, Any]) -> Comparable:
    """An attribute value as type and value; numbers compare as numbers (1.0 equals 1)."""
    [(kind, content)] = value.items()
    if kind not in {"S", "N", "B"}:
        raise VectorError(f"An attribute of a SearchSchema must be a string, a number or binary, not {kind}")
    return (kind, Decimal(content)) if kind == "N" else (kind, content)
