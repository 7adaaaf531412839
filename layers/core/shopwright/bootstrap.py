"""The composition root: builds each service from the environment, once per Lambda container.

Importing this needs no environment and no AWS; the first call of a factory does. What is slow to import
(boto3) is imported there too, so that a function pays only for what it uses.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import settings as _settings
from .observability import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.circuit_breaker import CircuitTransition

    from .adapters.customers import DynamoDBCustomers
    from .adapters.endpoint import EndpointModel
    from .adapters.sagemaker import Endpoint
    from .answers import Answers
    from .bulk import Bulk
    from .cataloguing import Cataloguing
    from .consenting import Consenting
    from .content import ContentWriter
    from .editing import Editing
    from .embedding_refresh import EmbeddingRefresh
    from .exporting import Exporting
    from .gaps import ArticleGaps
    from .ingestion import Ingestion
    from .merchandising import Merchandising
    from .metering import Meter
    from .neighbour_refresh import NeighbourRefresh
    from .personal_data import PersonalDataDesk
    from .ports import (
        Archive,
        Catalog,
        Conversations,
        Embeddings,
        NextProducts,
        Questions,
        RefreshQueue,
        Texts,
        TrainingJobs,
    )
    from .profiles import Profiles
    from .publishing import Publishing
    from .recommendations import Recommender


def before_snapshot(*factories: Callable[[], object]) -> None:
    """Have these services built before Lambda takes its snapshot, where it takes one (SnapStart).

    Elsewhere nothing is built before it is asked for.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # Lambda's own runtime has it.
        from snapshot_restore_py import register_before_snapshot

        for factory in factories:
            register_before_snapshot(factory)


def checks() -> None:
    """Have the checks of texts compiled, which takes a fifth of a second, before anybody waits for it."""
    from . import brands, chinese_names, lexicon, personal, quantities

    brands.brands("")
    lexicon.mentions("")
    quantities.find("")
    personal.personal("")
    list(chinese_names.chinese_names(""))


@lru_cache
def settings() -> _settings.Settings:
    """The function's settings."""
    return _settings.load(os.environ)


@lru_cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # Short waits: a store that does not answer in seconds will not answer inside the caller's 29 s either.
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"total_max_attempts": 4, "mode": "standard"},
    )
    return boto3.client(service, config=config)


def _meter() -> Meter:
    from .metering import Meter

    return Meter(customers(), settings().model_tokens_per_minute)


@lru_cache
def customers() -> DynamoDBCustomers:
    """The customers table."""
    from .adapters.customers import DynamoDBCustomers

    return DynamoDBCustomers(
        _client("dynamodb"),
        settings().customers_table,
        settings().retention,
        settings().consent_by_default,
    )


@lru_cache
def conversations() -> Conversations:
    """What customers asked last; in the customers table."""
    from .adapters.conversations import DynamoDBConversations

    return DynamoDBConversations(_client("dynamodb"), settings().customers_table)


@lru_cache
def questions() -> Questions:
    """What was asked and what customers thought of the answers; in the customers table."""
    from .adapters.questions import DynamoDBQuestions

    return DynamoDBQuestions(_client("dynamodb"), settings().customers_table)


@lru_cache
def catalog() -> Catalog:
    """The catalogue table."""
    from .adapters.catalog import DynamoDBCatalog

    return DynamoDBCatalog(_client("dynamodb"), settings().catalog_table)


@lru_cache
def queue() -> RefreshQueue:
    """The queue of profiles to rebuild."""
    from .adapters.queue import SQSRefreshQueue

    return SQSRefreshQueue(
        _client("sqs"), settings().refresh_queue_url, settings().refresh_dead_letter_queue_url
    )


@lru_cache
def archive() -> Archive:
    """The recommender's bucket. Nobody waits for it: a copy of a large artifact may take a minute."""
    import boto3
    from botocore.config import Config

    from .adapters.archive import S3Archive

    config = Config(
        connect_timeout=2,
        read_timeout=60,
        retries={"total_max_attempts": 4, "mode": "standard"},
    )
    return S3Archive(boto3.client("s3", config=config), settings().recommender_bucket)


@lru_cache
def training_jobs() -> TrainingJobs | None:
    """What trains recommenders; None where the shop has no image or no role for it."""
    if not settings().trains:
        return None
    from .adapters.training import SageMakerTrainingJobs

    return SageMakerTrainingJobs(
        _client("sagemaker"),
        settings().recommender_bucket,
        image=settings().training_image,
        role=settings().training_role_arn,
        instance_type=settings().training_instance_type,
        max_seconds=settings().training_max_seconds,
    )


@lru_cache
def model() -> EndpointModel:
    """The endpoint. One attempt only: a second generation would cost as much and come too late."""
    return _model(settings().embedding_timeout_seconds, batch=16)


def _model(embedding_timeout: float, batch: int) -> EndpointModel:
    from .adapters.endpoint import EndpointModel

    name, component = settings().model_endpoint_name, settings().model_component_name
    return EndpointModel(
        # Each with a circuit of its own: either can fail while the other works.
        _endpoint(name, component, settings().model_timeout_seconds, "writing"),
        _endpoint(name, component, embedding_timeout, "embedding"),
        _endpoint(name, component, embedding_timeout, "evidence"),
        query_prefix=settings().embedding_query_prefix,
        passage_prefix=settings().embedding_passage_prefix,
        batch=batch,
    )


@lru_cache
def next_products() -> NextProducts | None:
    """The recommender's endpoint; None where the shop has none."""
    if not settings().recommender_endpoint_name:
        return None
    from .adapters.recommender_endpoint import EndpointNextProducts

    name, component = settings().recommender_endpoint_name, settings().recommender_component_name
    return EndpointNextProducts(
        _endpoint(name, component, settings().recommender_timeout_seconds, "recommending")
    )


def _endpoint(name: str, component: str, timeout: float, circuit_name: str) -> Endpoint:
    """An endpoint that is asked once a call and has so many seconds to answer."""
    import boto3
    from botocore.config import Config

    from .adapters.circuit import circuit
    from .adapters.sagemaker import Endpoint

    config = Config(
        connect_timeout=min(1, timeout),
        read_timeout=timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return Endpoint(
        boto3.client("sagemaker-runtime", config=config),
        name,
        component=component,
        timeout=timeout,
        guard=circuit(_client("dynamodb"), settings().catalog_table, circuit_name, _circuit_changed),
    )


def _circuit_changed(change: CircuitTransition) -> None:
    logger().warning(
        "circuit changed",
        extra={"circuit": change.circuit_name, "from": change.from_state, "to": change.to_state},
    )


@lru_cache
def ingestion() -> Ingestion:
    """Takes events in."""
    from .ingestion import Ingestion

    return Ingestion(customers(), catalog(), settings().retention)


@lru_cache
def profiles() -> Profiles:
    """Reads, corrects and rebuilds profiles."""
    from .profiles import Profiles

    return Profiles(customers(), catalog(), model(), queue(), settings().languages)


@lru_cache
def consenting() -> Consenting:
    """Keeps consents."""
    from .consenting import Consenting

    return Consenting(customers())


@lru_cache
def personal_data() -> PersonalDataDesk:
    """Shows customers what is held of them, and deletes it."""
    from .personal_data import PersonalDataDesk

    return PersonalDataDesk(customers(), conversations(), questions(), profiles(), queue())


@lru_cache
def recommender() -> Recommender:
    """Recommends."""
    from .recommendations import Recommender

    made = Recommender(customers(), catalog(), next_products())
    # What was imported and built stays. Else the collector looks through all of it now and then, and one
    # request in a hundred takes three times as long.
    gc.collect()
    gc.freeze()
    return made


@lru_cache
def neighbour_refresh() -> NeighbourRefresh:
    """Recounts what is bought and looked at together."""
    from .neighbour_refresh import NeighbourRefresh

    return NeighbourRefresh(customers(), catalog())


@lru_cache
def exporting() -> Exporting:
    """Exports what a recommender is trained on, and starts the training."""
    from .exporting import Exporting

    return Exporting(customers(), catalog(), _embeddings(), archive(), training_jobs())


@lru_cache
def publishing() -> Publishing:
    """Publishes trained recommenders."""
    from .publishing import Publishing

    return Publishing(archive())


@lru_cache
def embedding_refresh() -> EmbeddingRefresh:
    """Embeds anew what another model embedded. Nobody waits for it: it may take SageMaker's whole minute."""
    from .embedding_refresh import EmbeddingRefresh

    return EmbeddingRefresh(catalog(), _embeddings(), _model(60, batch=64))


def _embeddings() -> Embeddings:
    from .adapters.embeddings import DynamoDBEmbeddings

    return DynamoDBEmbeddings(_client("dynamodb"), settings().catalog_table)


@lru_cache
def answers() -> Answers:
    """Answers questions."""
    from .answers import Answers

    return Answers(
        catalog(),
        customers(),
        model(),
        settings().languages,
        _meter(),
        conversations(),
        questions(),
        model(),
    )


@lru_cache
def article_gaps() -> ArticleGaps:
    """Groups what the shop could not answer. Nobody waits for it."""
    from .gaps import ArticleGaps

    return ArticleGaps(questions(), catalog(), _model(60, batch=64))


@lru_cache
def content() -> ContentWriter:
    """Writes copy."""
    from .content import ContentWriter

    return ContentWriter(catalog(), customers(), model(), settings().languages, _meter())


@lru_cache
def texts() -> Texts:
    """Copy that is kept; in the catalogue table."""
    from .adapters.texts import DynamoDBTexts

    return DynamoDBTexts(_client("dynamodb"), settings().catalog_table)


@lru_cache
def editing() -> Editing:
    """Keeps copy and what people decide about it."""
    from .editing import Editing

    return Editing(texts(), catalog())


@lru_cache
def bulk() -> Bulk:
    """Writes a whole catalogue."""
    from .adapters.jobs import DynamoDBJobs
    from .bulk import Bulk

    jobs = DynamoDBJobs(
        _client("dynamodb"), settings().catalog_table, _client("sqs"), settings().content_queue_url
    )
    return Bulk(
        catalog(),
        texts(),
        jobs,
        content(),
        editing(),
        settings().languages,
        settings().model_price_per_million_tokens,
    )


@lru_cache
def cataloguing() -> Cataloguing:
    """Takes products and articles in. Who stores a hundred waits longer than who asks a question."""
    from .cataloguing import Cataloguing

    return Cataloguing(catalog(), _model(2 * settings().embedding_timeout_seconds, batch=16), editing())


@lru_cache
def merchandising() -> Merchandising:
    """Keeps the shop's rules."""
    from .merchandising import Merchandising

    return Merchandising(catalog())


def reset() -> None:
    """Forget everything built, so that the next call reads the environment again. For tests."""
    for factory in list(globals().values()):
        if hasattr(factory, "cache_clear"):
            factory.cache_clear()
