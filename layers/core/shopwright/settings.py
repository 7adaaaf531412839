"""What a function is told from outside, read once from the environment and never at import.

Every variable stands in template.yaml; tests/template holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .consent import Purpose


def _listed(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


class Settings(BaseModel):
    """The environment, typed. Field names are the variables' in lower case."""

    model_config = ConfigDict(frozen=True)

    customers_table: str = Field(min_length=3)
    catalog_table: str = Field(min_length=3)
    refresh_queue_url: str = Field(min_length=1)
    refresh_dead_letter_queue_url: str = Field(min_length=1)
    content_queue_url: str = Field(min_length=1)
    consent_by_default: Annotated[frozenset[Purpose], BeforeValidator(_listed)] = Field(
        description="Purposes that hold without asking, comma separated."
    )
    model_endpoint_name: str = Field(min_length=1)
    model_component_name: str = Field(description="The endpoint's inference component; empty without one.")
    model_timeout_seconds: float = Field(gt=0, le=18, description="A call that writes; 18 s at most.")
    embedding_timeout_seconds: float = Field(gt=0, le=4, description="A call that embeds; 4 s at most.")
    model_tokens_per_minute: int = Field(ge=100, description="That one customer may use, read and written.")
    model_languages: str = Field(description="Languages the text model is trusted with, comma separated.")
    model_price_per_million_tokens: float = Field(ge=0, description="To tell costs; 0 if it is not known.")
    embedding_query_prefix: str = Field(description="What the embedding model wants before a search text.")
    embedding_passage_prefix: str = Field(description="The same before a text that is searched.")
    recommender_endpoint_name: str = Field(description="What serves recommendations; empty: nothing does.")
    recommender_component_name: str = Field(description="That endpoint's inference component, if it has one.")
    recommender_timeout_seconds: float = Field(gt=0, le=18, description="One call of it; 18 s at most.")
    event_retention_days: int = Field(ge=1, le=3650)
    recommender_bucket: str = Field(min_length=3, description="Exports, trained and published recommenders.")
    training_image: str = Field(description="The image that trains recommenders; empty: exports only.")
    training_role_arn: str = Field(description="The role of its jobs; empty: exports only.")
    training_instance_type: str = Field(min_length=1)
    training_max_seconds: int = Field(ge=60, le=432_000, description="After so long a job is stopped.")

    @property
    def languages(self) -> frozenset[str]:
        """`model_languages` as a set."""
        return _listed(self.model_languages)

    @property
    def trains(self) -> bool:
        """Whether exports are trained on."""
        return bool(self.training_image and self.training_role_arn)

    @property
    def retention(self) -> timedelta:
        """How long events are kept."""
        return timedelta(days=self.event_retention_days)


def load(environment: Mapping[str, str]) -> Settings:
    """Settings from the environment's variables.

    Raises:
        RuntimeError: naming every variable that is missing or wrong (a deployment fault, not a caller's).
    """
    known = {name: environment[name.upper()] for name in Settings.model_fields if name.upper() in environment}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        faults = "; ".join(f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise RuntimeError(f"the function's environment is incomplete: {faults}") from None
