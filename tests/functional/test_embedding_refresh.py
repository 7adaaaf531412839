"""The model changes under a filled catalogue: the job embeds all of it anew and breaks nothing on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shopwright import bootstrap
from shopwright.adapters.embeddings import DynamoDBEmbeddings
from shopwright.embedding_refresh import EmbeddingRefresh, Refreshed
from shopwright.errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable, StoreUnavailable
from shopwright.ports import Catalog, Embedded, Source
from shopwright.products import Article, Product, embedding_text, paragraph_texts
from tests.unit.fakes import ScriptedModel, toy_vector

from .conftest import Invoke, body, event

OLD, NEW = "model-of-yesterday", "model-of-today"
FRESH = {"embedding", "embedding_model", "vector_space"}


class Embedder(ScriptedModel):
    """Embeds as `id`. `at(n, do)` runs something when the nth call after the probe comes."""

    def __init__(self, model: str = NEW) -> None:
        super().__init__()
        self.id = model
        self.texts: list[list[str]] = []
        self.refuses: set[str] = set()
        self._at: dict[int, Callable[[], object]] = {}

    def at(self, call: int, do: Callable[[], object]) -> None:
        self._at[call] = do

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        self.texts.append(list(texts))
        self._at.get(len(self.texts) - 1, lambda: None)()
        if self.refuses & set(texts):
            raise ModelRefused("the endpoint answered 400")
        return Embedded(self.id, [toy_vector(text) for text in texts])


def fails(error: ModelError) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def product(n: int, **more: object) -> Product:
    return Product.model_validate({"id": f"p-{n}", "title": f"Product {n}", "price": "9.90 EUR", **more})


def article(n: int, paragraphs: int, language: str = "en") -> Article:
    told = "\n\n".join(f"Paragraph {place} of {n}." for place in range(paragraphs))
    return Article.model_validate({"id": f"a-{n}", "title": f"Title {n}", "body": told, "language": language})


def put(catalog: Catalog, *things: Product | Article, by: str = OLD) -> None:
    for each in things:
        if isinstance(each, Product):
            catalog.put_products([each], [toy_vector(embedding_text(each))], by)
        else:
            catalog.put_article(each, [toy_vector(text) for text in paragraph_texts(each)], by)


@pytest.fixture
def catalog(aws: dict[str, str]) -> Catalog:
    return bootstrap.catalog()


@pytest.fixture
def table(aws: dict[str, str]) -> Any:
    return boto3.resource("dynamodb").Table(bootstrap.settings().catalog_table)


@pytest.fixture
def embeddings(table: Any) -> DynamoDBEmbeddings:
    return DynamoDBEmbeddings(boto3.client("dynamodb"), table.name)


Refresh = Callable[..., Refreshed]


@pytest.fixture
def refresh(catalog: Catalog, embeddings: DynamoDBEmbeddings) -> Refresh:
    """A run of the job with an embedder; `seconds` of time are left before each batch, the last for ever."""

    def run(model: Embedder, *seconds: float, pauses: list[float] | None = None) -> Refreshed:
        left = [*(seconds or [900.0])]
        waited: list[float] = [] if pauses is None else pauses
        job = EmbeddingRefresh(catalog, embeddings, model, waited.append)
        return job.run(lambda: left.pop(0) if len(left) > 1 else left[0])

    return run


def rest(table: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Everything in the table but its vectors and what the job keeps for itself."""
    items = table.scan()["Items"]
    return {
        (item["id"], item["sk"]): {name: value for name, value in item.items() if name not in FRESH}
        for item in items
        if item["sk"] != "CHECKED"
    }


def test_the_model_changes_and_the_shop_finds_again(invoke: Invoke, endpoint: None, table: Any) -> None:
    sent = json.loads(event("catalog/put_products")["body"])["products"]
    told = json.loads(event("catalog/put_articles")["body"])["articles"]
    put(bootstrap.catalog(), *map(Product.model_validate, sent), *map(Article.model_validate, told))
    before = rest(table)
    question = event("question_answering/policy")

    blind = body(invoke("question_answering", question))
    assert "15" in blind["answer"]
    assert (blind["served_by"], blind["degraded"]) == ("rules", "no_embeddings")

    done = invoke("embedding_refresh", event("embedding_refresh/scheduled"))
    things = len(sent) + len(told)
    assert (done["checked"], done["embedded"], done["left"]) == (things, things, 0)
    assert (done["stopped"], done["failed"]) == (None, 0)
    assert rest(table) == before

    model = bootstrap.model()
    asked = model.embed_queries(["espresso machine"])
    assert asked.model == done["model"] != OLD
    assert len(bootstrap.catalog().near(asked.vectors[0], asked.model, top=100)) == len(sent)
    seeing = body(invoke("question_answering", question))
    assert "15" in seeing["answer"]
    assert seeing["degraded"] != "no_embeddings"
    # What the job stored is what a PUT of the same would have stored.
    vectors = {item["id"]: item["embedding"] for item in table.scan()["Items"] if item["sk"] == "PRODUCT"}
    invoke("catalog", event("catalog/put_products"))
    again = {item["id"]: item["embedding"] for item in table.scan()["Items"] if item["sk"] == "PRODUCT"}
    for key, vector in vectors.items():
        assert [float(value) for value in again[key]] == pytest.approx([float(v) for v in vector], abs=1e-3)


def test_by_hand_and_with_nothing_to_do(invoke: Invoke, endpoint: None, catalog: Catalog) -> None:
    put(catalog, product(1))
    first = invoke("embedding_refresh", event("embedding_refresh/by_hand"))
    assert (first["checked"], first["embedded"], first["left"]) == (1, 1, 0)
    second = invoke("embedding_refresh", event("embedding_refresh/by_hand"))
    assert (second["checked"], second["embedded"], second["left"]) == (0, 0, 0)
    json.dumps(second)  # Lambda has to


def test_a_dead_endpoint_changes_nothing(invoke: Invoke, catalog: Catalog, table: Any) -> None:
    put(catalog, product(1))
    before = table.scan()["Items"]
    done = invoke("embedding_refresh", event("embedding_refresh/scheduled"))
    assert (done["stopped"], done["left"]) == ("model_unavailable", None)
    assert table.scan()["Items"] == before


def test_what_is_current_is_left_alone_and_looked_at_only_when_something_was_stored(
    catalog: Catalog, refresh: Refresh
) -> None:
    put(catalog, product(1), article(1, 2), by=NEW)
    model = Embedder()
    assert refresh(model).checked == 2
    assert refresh(model).checked == 0
    put(catalog, product(2), by=NEW)
    assert refresh(model).checked == 3
    # A function that still had the old model's vector in hand stores it after all was well.
    put(catalog, product(1))
    assert refresh(model).embedded == 1
    assert refresh(Embedder("model-of-tomorrow")).embedded == 3
    assert [len(texts) for texts in model.texts] == [1, 1, 1, 1, 1]


def test_what_is_embedded_is_what_a_put_embeds_in_calls_of_64_at_most(
    catalog: Catalog, refresh: Refresh
) -> None:
    things = [*(product(n) for n in range(70)), *(article(n, 45) for n in range(3)), article(0, 3, "zh")]
    put(catalog, *things)
    model = Embedder()
    done = refresh(model)
    assert (done.checked, done.embedded, done.left) == (74, 74, 0)
    assert max(len(texts) for texts in model.texts) <= 64
    assert len(model.texts) < 10
    near = catalog.near_articles(toy_vector("Title 2. Paragraph 44 of 2."), NEW, top=3)
    assert (near[0].id, near[0].position, near[0].language) == ("a-2", 44, "en")
    assert near[0].similarity == pytest.approx(1, abs=1e-6)
    assert [m.id for m in catalog.near(toy_vector(embedding_text(product(7))), NEW, top=1)] == ["p-7"]
    assert catalog.near(toy_vector("Product 7"), OLD, top=9) == []
    assert catalog.near_articles(toy_vector("Title 2"), OLD, top=9) == []


def test_a_run_whose_time_is_short_is_continued_by_the_next(catalog: Catalog, refresh: Refresh) -> None:
    put(catalog, *(product(n) for n in range(150)))
    first = refresh(Embedder(), 900, 900, 60)
    assert (first.embedded, first.left, first.stopped) == (128, 22, "time")
    second = refresh(Embedder())
    assert (second.checked, second.embedded, second.left, second.stopped) == (150, 22, 0, None)


def test_an_endpoint_that_fails_ends_the_run_and_keeps_what_was_done(
    catalog: Catalog, refresh: Refresh
) -> None:
    put(catalog, *(product(n) for n in range(70)))
    model, pauses = Embedder(), []
    for call in (2, 3, 4):
        model.at(call, fails(ModelUnavailable("down")))
    done = refresh(model, pauses=pauses)
    assert (done.embedded, done.left, done.stopped) == (64, 6, "model_unavailable")
    assert pauses == [2, 10]
    assert refresh(Embedder()).left == 0


def test_a_busy_endpoint_is_asked_again(catalog: Catalog, refresh: Refresh) -> None:
    put(catalog, product(1))
    model, pauses = Embedder(), []
    model.at(1, fails(ModelUnavailable("the endpoint answered 429")))
    assert refresh(model, pauses=pauses).left == 0
    assert pauses == [2]


def test_what_cannot_be_embedded_or_read_does_not_stop_the_rest(
    catalog: Catalog, refresh: Refresh, table: Any
) -> None:
    put(catalog, *(product(n) for n in range(5)), article(1, 3))
    table.update_item(
        Key={"id": "product:p-3", "sk": "PRODUCT"},
        UpdateExpression="SET document = :document",
        ExpressionAttributeValues={":document": '{"id": "p-3"}'},
    )
    model = Embedder()
    model.refuses = {"Title 1. Paragraph 2 of 1."}
    done = refresh(model)
    assert (done.embedded, done.failed, done.left, done.stopped) == (4, 2, 2, None)
    assert sorted(done.failed_ids) == ["article:a-1", "product:p-3"]
    # No paragraph of the article has moved.
    assert len(catalog.near_articles(toy_vector("Title 1"), OLD, top=9)) == 3
    # They are tried again, whether or not anything was stored.
    assert refresh(Embedder()).failed_ids == ["product:p-3"]


@pytest.mark.parametrize("error", [ModelRefused("413"), ModelAnswerInvalid("64 sent, 63 came back")])
def test_a_batch_the_endpoint_refuses_is_embedded_one_by_one(
    catalog: Catalog, refresh: Refresh, error: ModelError
) -> None:
    put(catalog, *(product(n) for n in range(5)))
    model = Embedder()
    model.at(1, fails(error))
    assert refresh(model).left == 0
    assert [len(texts) for texts in model.texts] == [1, 5, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("by", [OLD, NEW])
def test_a_product_stored_between_reading_and_writing_wins(
    catalog: Catalog, refresh: Refresh, by: str
) -> None:
    put(catalog, product(1), product(2))
    model = Embedder()
    fresh = product(1, title="Another title")
    model.at(1, lambda: put(catalog, fresh, by=by))
    done = refresh(model)
    assert (done.embedded, done.overtaken, done.left) == (1, 1, 0)
    assert catalog.product("p-1") == fresh
    stored = catalog.vectors(["p-1"])["p-1"]
    assert (stored.model, stored.vectors[0]) == (by, pytest.approx(toy_vector("Another title. ")))
    # Was it stored by a function that still had the old model's vector, the next run sees to it.
    assert refresh(Embedder()).embedded == (by == OLD)
    assert catalog.vectors(["p-1"])["p-1"].model == NEW


def test_the_same_product_stored_again_meanwhile_is_not_written_twice(
    catalog: Catalog, refresh: Refresh
) -> None:
    put(catalog, product(1))
    model = Embedder()
    model.at(1, lambda: put(catalog, product(1), by="model-of-tomorrow"))
    assert refresh(model).overtaken == 1
    assert catalog.vectors(["p-1"])["p-1"].model == "model-of-tomorrow"


def test_two_runs_at_once_of_two_models_leave_work_for_the_next(catalog: Catalog, refresh: Refresh) -> None:
    put(catalog, product(1), article(1, 2))
    model = Embedder()
    model.at(1, lambda: refresh(Embedder("model-of-tomorrow")))
    assert (refresh(model).overtaken, catalog.vectors(["p-1"])["p-1"].model) == (2, "model-of-tomorrow")
    assert refresh(Embedder()).embedded == 2


@pytest.mark.parametrize("paragraphs", [1, 2, 4])
def test_an_article_stored_meanwhile_wins_whole(
    catalog: Catalog, refresh: Refresh, table: Any, paragraphs: int
) -> None:
    put(catalog, article(1, 2), article(1, 2, "zh"))
    model = Embedder()
    fresh = article(1, paragraphs).model_copy(update={"title": "Another title"})
    model.at(1, lambda: put(catalog, fresh))
    done = refresh(model)
    assert (done.embedded, done.overtaken) == (1, 1)
    assert fresh in list(catalog.articles())
    found = catalog.near_articles(toy_vector("Title"), OLD, top=9)
    assert [(m.id, m.language) for m in found] == [("a-1", "en")] * paragraphs
    assert {m.language for m in catalog.near_articles(toy_vector("Title"), NEW, top=9)} == {"zh"}
    assert refresh(Embedder()).left == 0
    assert len(catalog.near_articles(toy_vector("Title"), NEW, top=9, language="en")) == paragraphs


def test_what_is_deleted_meanwhile_stays_deleted(catalog: Catalog, refresh: Refresh, table: Any) -> None:
    put(catalog, product(1), product(2))
    model = Embedder()
    model.at(1, lambda: table.delete_item(Key={"id": "product:p-1", "sk": "PRODUCT"}))
    assert (refresh(model).overtaken, set(catalog.products(["p-1", "p-2"]))) == (1, {"p-2"})


def test_an_article_split_by_other_rules_is_replaced_whole(
    catalog: Catalog, refresh: Refresh, table: Any
) -> None:
    # Stored when each of its three paragraphs was two; only the first half of them has a paragraph now.
    told = article(1, 3)
    catalog.put_article(told, [toy_vector(str(n)) for n in range(6)], OLD)
    assert refresh(Embedder()).left == 0
    rows = [item["sk"] for item in table.scan()["Items"] if item["id"] == "article:a-1"]
    assert sorted(rows) == ["en", "en#000", "en#001", "en#002"]
    assert list(catalog.articles()) == [told]


def test_a_model_that_changes_once_more_ends_the_run(catalog: Catalog, refresh: Refresh) -> None:
    put(catalog, *(product(n) for n in range(70)))
    model = Embedder()
    model.at(2, lambda: setattr(model, "id", "model-of-tomorrow"))
    done = refresh(model)
    assert (done.embedded, done.left, done.stopped) == (64, 6, "model_changed")
    assert catalog.near(toy_vector("Product"), "model-of-tomorrow", top=9) == []
    assert refresh(model).embedded == 70


@pytest.mark.parametrize("source", [Source("product:p-1"), Source("article:a-1", "en")])
@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_an_overloaded_table_is_no_one_elses_write(catalog: Catalog, source: Source, code: str) -> None:
    class Overloaded:
        """DynamoDB in a moment that cannot be made here; a transaction tells the same in its reasons."""

        def query(self, **_: Any) -> dict[str, Any]:
            return {"Items": []}

        def update_item(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code}}, "UpdateItem")

        def transact_write_items(self, **_: Any) -> None:
            reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}]
            told: Any = {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": reasons,
            }
            raise ClientError(told, "TransactWriteItems")

    with pytest.raises(StoreUnavailable):
        DynamoDBEmbeddings(Overloaded(), "t").replace(source, [[1.0]], NEW, document="{}", made_by=OLD)


def test_vectors_of_another_length_than_the_index_has_are_a_loud_mistake(
    catalog: Catalog, embeddings: DynamoDBEmbeddings
) -> None:
    put(catalog, product(1))
    [document] = embeddings.documents([Source("product:p-1")]).values()
    with pytest.raises(ClientError, match="dimensions"):
        embeddings.replace(Source("product:p-1"), [[1.0]], NEW, document=document, made_by=OLD)
    assert catalog.vectors(["p-1"])["p-1"].model == OLD
