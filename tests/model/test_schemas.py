"""Which schemas are taken: what is refused is named, and the engine holds texts to what is taken."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.contract import ChatRequest, Refused, read
from model.engines import Sampling
from model.engines.openvino_text import OpenVINOBatch
from model.registry import default_text
from model.schemas import SchemaRefused, check
from model.tokens import ChatTokenizer
from model.weights.gguf import requantised
from model.weights.gguf_tokenizer import tokenizer

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
GGUF = Path(default_text({}).source)


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _listed(depth: int) -> dict[str, Any]:
    return {"type": "array", "items": _listed(depth - 1)} if depth else TEXT


def _deep(depth: int) -> Any:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


TREE = {
    "$defs": {"tree": _object(name=TEXT, parts={"type": "array", "items": {"$ref": "#/$defs/tree"}})},
    "$ref": "#/$defs/tree",
}
TAKEN: list[dict[str, Any]] = [
    {},
    {"type": "object"},
    {"type": "object", "properties": {}, "additionalProperties": False},
    {"type": "object", "additionalProperties": TEXT},
    {"type": "object", "additionalProperties": True},
    _object(a=TEXT, b=NUMBER) | {"required": ["b"], "additionalProperties": NUMBER},
    {
        "type": "object",
        "properties": {"": TEXT, "名 😀 [x] 'y' /*": NUMBER},
        "required": ["名 😀 [x] 'y' /*"],
    },
    {"type": ["object", "null"], "properties": {"a": {}}},
    *({"type": kind} for kind in ("string", "number", "integer", "boolean", "null", "array")),
    {"type": ["string", "number", "null"], "maxLength": 4},
    {"type": "string", "minLength": 0, "maxLength": 256},
    {"type": "string", "minLength": 7, "maxLength": 7},
    {"type": "integer", "minimum": -(2**53), "maximum": 2**53},
    {"type": ["integer", "null"], "minimum": 5.0, "maximum": 5},
    {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 3},
    {"type": "array", "items": {"type": "array", "items": NUMBER, "maxItems": 0}},
    {"enum": ["a", 1, 2.5, 1e300, True, None, 'q"\\\n\x01名😀']},
    {"enum": ["small", "large"], "type": "string"},
    {"const": 2**53, "type": "integer"},
    {"const": 0.1},
    {"const": ""},
    {"anyOf": [TEXT, _object(a=NUMBER), {"type": "null"}], "default": None, "title": "Size"},
    {"$defs": {"Größe_1.x-y": TEXT}, "$ref": "#/$defs/Größe_1.x-y", "description": "of the shoe"},
    {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}, "$ref": "#/$defs/a"},
    TREE,
    _object(a=TEXT)
    | {
        "title": "x",
        "description": "y",
        "default": {"a": ["x"]},
        "examples": [{"a": "x"}],
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "#/$defs/x",
        "$comment": "z",
    },
    _listed(24),
    _object(**{f"p{number}": TEXT for number in range(399)}),
    _object(**{f"p{number}": {"type": "string", "maxLength": 60 + number} for number in range(4)}),
    _object(**{f"p{number}": {"type": "string", "maxLength": 8} for number in range(32)}),
    {"enum": [f"{number:60}" for number in range(256)]},
    {"const": "x" * 16_000},
]


@pytest.mark.parametrize("schema", TAKEN, ids=lambda schema: json.dumps(schema)[:60])
def test_what_the_engine_knows_is_taken(schema: dict[str, Any]) -> None:
    check(schema)


NO_SUCH = "not supported"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    *(
        (_object(x={keyword: value}), f"properties.x.{keyword}", NO_SUCH)
        for keyword, value in {
            "pattern": "a+",
            "format": "date",
            "multipleOf": 2,
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 0,
            "uniqueItems": True,
            "contains": TEXT,
            "prefixItems": [TEXT],
            "additionalItems": False,
            "unevaluatedProperties": False,
            "patternProperties": {},
            "propertyNames": TEXT,
            "minProperties": 1,
            "maxProperties": 1,
            "dependentRequired": {},
            "allOf": [TEXT],
            "oneOf": [TEXT],
            "not": TEXT,
            "if": TEXT,
            "then": TEXT,
            "else": TEXT,
            "definitions": {},
            "$anchor": "a",
            "$dynamicRef": "#a",
            "nullable": True,
        }.items()
    ),
    # Of another kind than the keyword wants.
    ({"type": "text"}, "type", "no such type"),
    ({"type": []}, "type", "no such type"),
    ({"type": [["string"]]}, "type", "no such type"),
    ({"type": None}, "type", "no such type"),
    ({"$defs": []}, "$defs", "an object"),
    ({"$defs": {"a": 3}}, "$defs.a", "schema object"),
    ({"type": "object", "properties": None}, "properties", "an object"),
    (_object(a=True), "properties.a", "schema object"),
    ({"type": "array", "items": [TEXT]}, "items", "schema object"),
    ({"type": "object", "additionalProperties": None}, "additionalProperties", "schema object"),
    (_object(a=TEXT) | {"required": "a"}, "required", "list of names"),
    (_object(a=TEXT) | {"required": [1]}, "required", "list of names"),
    ({"enum": []}, "enum", "1 to 256"),
    ({"enum": "a"}, "enum", "1 to 256"),
    ({"anyOf": []}, "anyOf", "1 to 256"),
    ({"anyOf": [TEXT, 3]}, "anyOf.1", "schema object"),
    ({"enum": [{"a": 1}]}, "enum", "takes texts"),
    ({"const": [1]}, "const", "takes texts"),
    ({"const": 2**53 + 1}, "const", "takes texts"),
    ({"type": "string", "maxLength": 257}, "maxLength", "whole number up to 256"),
    ({"type": "string", "minLength": -1}, "minLength", "whole number"),
    ({"type": "string", "minLength": True}, "minLength", "whole number"),
    ({"type": "string", "minLength": 5.0}, "minLength", "whole number"),
    ({"type": "integer", "minimum": 1.5}, "minimum", "whole number"),
    ({"type": "integer", "maximum": "3"}, "maximum", "whole number"),
    ({"type": "integer", "maximum": 2**53 + 2}, "maximum", "whole number"),
    ({"type": "object", "properties": {'a"b': TEXT}}, "properties", "quotes"),
    ({"type": "object", "properties": {"a\\b": TEXT}}, "properties", "quotes"),
    ({"type": "object", "properties": {"a\nb": TEXT}}, "properties", "controls"),
    # Against each other.
    ({"type": "string", "minLength": 3, "maxLength": 2}, "maxLength", "less than minLength"),
    ({"type": "integer", "minimum": 3, "maximum": 2}, "maximum", "less than minimum"),
    ({"type": "array", "items": TEXT, "minItems": 3, "maxItems": 2}, "maxItems", "less than minItems"),
    (_object(a=TEXT) | {"required": ["a", "b"]}, "required", "'b' is not among"),
    ({"type": "object", "required": ["b"]}, "required", "'b' is not among"),
    ({"type": "array", "minItems": 1}, "minItems", "needs items"),
    ({"minLength": 3}, "minLength", "needs type string"),
    ({"type": "string", "minimum": 3}, "minimum", "needs type integer"),
    ({"type": "number", "minimum": 3}, "minimum", "needs type integer"),
    ({"type": ["integer", "number"], "maximum": 3}, "maximum", "whole numbers only"),
    ({"properties": {"a": TEXT}}, "properties", "needs type object"),
    ({"type": "object", "items": TEXT}, "items", "needs type array"),
    ({"anyOf": [TEXT], "type": "string"}, "type", "go together with anyOf"),
    ({"$defs": {"a": TEXT}, "$ref": "#/$defs/a", "minLength": 3}, "minLength", "go together with [$]ref"),
    ({"const": 1, "enum": [1]}, "const", "go together with enum"),
    ({"enum": ["a"], "type": "integer"}, "enum", "another type"),
    ({"const": True, "type": "integer"}, "const", "another type"),
    ({"const": 1.5, "type": "integer"}, "const", "another type"),
    # References.
    ({"$ref": "#/$defs/a"}, "$ref", "own [$]defs"),
    ({"$ref": "#"}, "$ref", "own [$]defs"),
    ({"$defs": {"a": TEXT}, "$ref": "a"}, "$ref", "own [$]defs"),
    ({"$defs": {"": TEXT}, "$ref": "#/$defs/"}, "$ref", "own [$]defs"),
    ({"$defs": {"a/b": TEXT}, "$ref": "#/$defs/a/b"}, "$ref", "own [$]defs"),
    ({"$defs": {"a": TEXT}, "$ref": ["a"]}, "$ref", "own [$]defs"),
    (_object(b={"$defs": {"a": TEXT}, "$ref": "#/$defs/a"}), "properties.b.$ref", "own [$]defs"),
    ({"$defs": {"a": {"$ref": "#/$defs/a"}}}, "$defs.a", "ever ends"),
    ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}, "$defs.a", "ever ends"),
    ({"$defs": {"a": _object(a={"$ref": "#/$defs/a"}) | {"required": ["a"]}}}, "$defs.a", "ever ends"),
    ({"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}, "minItems": 1}}}, "$defs.a", "ever"),
    # Sizes.
    (_listed(25), ".".join(["items"] * 25), "nested deeper"),
    ({"default": _deep(60)}, "", "nested deeper"),
    ({"default": _deep(100_000)}, "", "nested"),
    ({"default": float("inf")}, "", "not finite"),
    (_object(**{f"p{number}": TEXT for number in range(400)}), "properties.p399", "more than 400 parts"),
    ({"enum": [str(number) for number in range(257)]}, "enum", "1 to 256"),
    ({"const": "x" * 20_000}, "", "characters long"),
    (
        _object(**{f"p{k}": {"type": "string", "maxLength": 60} for k in range(5)}),
        "properties.p4",
        "together are more than 256",
    ),
]


@pytest.mark.parametrize(
    ("schema", "path", "message"), REFUSED, ids=[f"{row[1]} {row[2]}" for row in REFUSED]
)
def test_what_it_does_not_know_is_refused_by_its_path(schema: Any, path: str, message: str) -> None:
    with pytest.raises(SchemaRefused, match=message) as refused:
        check(schema)
    assert ".".join(refused.value.path) == path


def test_the_caller_reads_where_in_the_request() -> None:
    schema = _object(x={"type": "string", "pattern": "a+"})
    body = {
        "messages": [{"role": "user", "content": "hello"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
    }
    with pytest.raises(Refused, match="this keyword is not supported") as refused:
        read(json.dumps(body).encode(), ChatRequest)
    assert refused.value.param == "response_format.json_schema.schema.properties.x.pattern"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = [
    *("type", "enum", "const", "anyOf", "$ref", "$defs", "properties", "required", "additionalProperties"),
    *("items", "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "title", "default"),
]
NEARLY = st.recursive(
    JSON | st.sampled_from(["string", "object", "array", "integer", "#/$defs/a", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WORDS, "a"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), JSON | NEARLY, max_size=5))
def test_whatever_comes_nothing_but_a_refusal_is_raised(schema: dict[str, Any]) -> None:
    with contextlib.suppress(SchemaRefused):
        check(schema)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | NAMES
    | st.floats(allow_nan=False, allow_infinity=False)
)


def _ordered(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(numbers, min_size=2, max_size=2).map(sorted)


@st.composite
def _objects(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    properties = draw(st.dictionaries(NAMES, inner, max_size=4))
    required = draw(st.lists(st.sampled_from(sorted(properties)), max_size=4)) if properties else []
    more = draw(st.booleans() | inner)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more}


LEAVES = (
    st.sampled_from([{}, {"type": "object"}, {"type": "array"}, {"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}])
    | st.lists(st.sampled_from(["string", "number", "boolean", "null", "integer"]), min_size=1).map(
        lambda types: {"type": types}
    )
    | SCALARS.map(lambda value: {"const": value})
    | st.lists(SCALARS, min_size=1, max_size=5).map(lambda values: {"enum": values})
    | _ordered(st.integers(0, 60)).map(
        lambda pair: {"type": ["string", "null"], "minLength": pair[0], "maxLength": pair[1]}
    )
    | _ordered(st.integers(-(2**53), 2**53)).map(
        lambda pair: {"type": "integer", "minimum": pair[0], "maximum": pair[1]}
    )
    | st.integers(-(2**53), 2**53).map(lambda least: {"type": "integer", "minimum": least})
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    LEAVES,
    lambda inner: (
        _objects(inner)
        | st.lists(inner, min_size=1, max_size=4).map(lambda parts: {"anyOf": parts})
        | st.tuples(inner, _ordered(st.integers(0, 20))).map(
            lambda made: {"type": "array", "items": made[0], "minItems": made[1][0], "maxItems": made[1][1]}
        )
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def batch() -> OpenVINOBatch:
    return OpenVINOBatch(requantised(GGUF), sequences=4, cache_tokens=2048)


@pytest.fixture(scope="module")
def chat() -> ChatTokenizer:
    return ChatTokenizer(str(tokenizer(GGUF)))


def _joins(batch: OpenVINOBatch, schema: dict[str, Any]) -> None:
    """The schema is taken up in a step of the batch; raising there would be the end of it."""
    batch.add(0, [1, 504, 2, 30], 8, Sampling(0, schema=json.dumps(schema)))
    try:
        for _ in range(2):
            batch.step()
    finally:
        batch.cancel(0)
        batch.step()


@pytest.mark.parametrize("schema", TAKEN, ids=lambda schema: json.dumps(schema)[:60])
def test_what_is_taken_joins_the_engines_batch(batch: OpenVINOBatch, schema: dict[str, Any]) -> None:
    _joins(batch, schema)


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(schema=SCHEMAS, a=SCHEMAS, b=SCHEMAS)
def test_so_does_anything_else_that_is_taken(
    batch: OpenVINOBatch, schema: dict[str, Any], a: dict[str, Any], b: dict[str, Any]
) -> None:
    schema = schema | {"$defs": {"a": a, "b": b}}
    try:
        check(schema)
    except SchemaRefused:
        return
    _joins(batch, schema)


FITTING: list[dict[str, Any]] = [
    {"type": ["integer", "null"], "minimum": -12, "maximum": 34},
    {"type": "integer", "maximum": -7},
    {"type": "string", "minLength": 2, "maxLength": 4},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2},
    {"enum": ["a", 2.5, None]},
    {"const": 'q"\\\n名'},
    {"anyOf": [{"type": "boolean"}, {"type": "integer", "minimum": 3, "maximum": 3}]},
    {
        "type": "object",
        "properties": {"名": {"type": "null"}},
        "required": ["名"],
        "additionalProperties": False,
    },
]


@pytest.mark.parametrize("schema", FITTING, ids=json.dumps)
def test_the_texts_that_end_fit_their_schema(
    batch: OpenVINOBatch, chat: ChatTokenizer, schema: dict[str, Any]
) -> None:
    check(schema)
    fitting = 0
    for seed in range(6):
        batch.add(seed, [1, 504, 2, 30], 48, Sampling(1.5, seed=seed, schema=json.dumps(schema)))
    streams = {seed: chat.stream() for seed in range(6)}
    texts = dict.fromkeys(streams, "")
    left = set(streams)
    while left:
        for seed, step in batch.step().items():
            texts[seed] += streams[seed].feed(step.tokens)
            if step.finish_reason:
                left.discard(seed)
            if step.finish_reason == "stop":
                jsonschema.validate(json.loads(texts[seed] + streams[seed].rest()), schema)
                fitting += 1
    assert fitting > 0
