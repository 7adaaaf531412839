"""What is to be deployed, checked before anything is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# SageMaker takes 63; models and endpoint configurations append -xxxxxxxx.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,53}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/.*)?")
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ADAPTER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOST_ADAPTERS = 5  # CreateModel takes that many additional data sources

WEIGHTS_FOLDER = "/opt/ml/model"
ADAPTERS_FOLDER = "/opt/ml/additional-model-data-sources"
# AWS's deep learning container; the account is that of most commercial regions.
_VLLM_IMAGE = "763104351884.dkr.ecr.{region}.amazonaws.com/vllm:server-sagemaker-cuda-v1.3"


class NotDeployable(Exception):
    """It cannot be deployed as asked; the message names the option and what to do."""


class Container(StrEnum):
    """Whose image answers /invocations."""

    shopwright = "shopwright"
    vllm = "vllm"


@dataclass(frozen=True)
class Deployment:
    """One endpoint with one inference component.

    `environment` is the container's; `weights` and the values of `adapters` are S3 prefixes. Copies are
    copies of the component, each on `accelerators` GPUs and `memory_mb` of host memory. Scaling keeps
    `concurrency` requests in flight per copy.

    Raises NotDeployable, naming the option.
    """

    name: str
    role: str
    image: str
    environment: Mapping[str, str] = field(default_factory=dict)
    weights: str | None = None
    adapters: Mapping[str, str] = field(default_factory=dict)
    instance_type: str = "ml.g6.xlarge"
    inference_ami: str = "al2023-ami-sagemaker-inference-gpu-4-1"
    accelerators: int = 1
    memory_mb: int = 8192
    min_copies: int = 0
    max_copies: int = 2
    max_instances: int = 2
    concurrency: int = 8
    startup_seconds: int = 900

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.role:
            raise NotDeployable(
                "--role: the ARN of the endpoint's execution role (--iam prints what it needs)"
            )
        _match("--role", self.role, _ROLE, "a role's ARN, as arn:aws:iam::123456789012:role/name")
        if not self.image:
            raise NotDeployable("--image: the URI of the container's image in ECR, with its tag or digest")
        if self.image.endswith(":latest") or not re.search(r"[:@][^/]+$", self.image):
            raise NotDeployable(f"--image {self.image}: name a tag or digest that stays what it is")
        for prefix in (self.weights, *self.adapters.values()):
            if prefix is not None:
                _match("--weights, --adapter", prefix, _S3, "an S3 prefix, as s3://bucket/folder/")
        if len(self.adapters) > _MOST_ADAPTERS:
            raise NotDeployable(f"--adapter: {len(self.adapters)} adapters, SageMaker takes {_MOST_ADAPTERS}")
        if self.min_copies > self.max_copies:
            raise NotDeployable(f"--min-copies {self.min_copies} is above --max-copies {self.max_copies}")
        if self.max_instances < 1:
            raise NotDeployable("--max-instances: at least 1")


def check_name(name: str) -> None:
    """Raises NotDeployable if SageMaker would not take the name with its suffixes."""
    _match("--name", name, _NAME, "letters, digits and inner hyphens, 54 at most")


def vllm_image(region: str | None) -> str:
    """AWS's own vLLM image, which lies in the endpoint's region. Raises NotDeployable."""
    if not region:
        raise NotDeployable(
            "--region (or AWS_DEFAULT_REGION): AWS's vLLM image lies in the endpoint's region"
        )
    return _VLLM_IMAGE.format(region=region)


def container_environment(
    container: Container,
    *,
    model: str | None,
    embedding_model: str | None,
    weights: str | None,
    adapters: Mapping[str, str],
    recommender: str | None = None,
    given: Mapping[str, str],
) -> dict[str, str]:
    """The variables that make the container serve what is asked; `given` ones win. Raises NotDeployable."""
    asked: dict[str, str | None]
    if recommender is not None:
        _match("--recommender", recommender, _S3, "an S3 prefix, as s3://bucket/folder/")
    if container is Container.shopwright:
        folders = ",".join(f"{name}={ADAPTERS_FOLDER}/{name}" for name in adapters)
        # With weights and no model named, the entry point finds them in /opt/ml/model by itself.
        asked = {
            "MODEL_ID": model,
            "EMBEDDING_ID": embedding_model,
            "ADAPTERS": folders,
            "RECOMMENDER": recommender,
        }
    else:
        if embedding_model:
            raise NotDeployable(
                "--embedding-model: a vLLM container serves one model; deploy a second endpoint"
            )
        if adapters:
            raise NotDeployable("--adapter: not with --container vllm; merge the adapter into its --weights")
        if recommender:
            raise NotDeployable("--recommender: not with --container vllm; deploy our container beside it")
        asked = {"SM_VLLM_MODEL": WEIGHTS_FOLDER if weights else model, "SM_VLLM_SERVED_MODEL_NAME": model}
        if not (asked["SM_VLLM_MODEL"] or given.get("SM_VLLM_MODEL")):
            raise NotDeployable("--model owner/name or --weights s3://...: vLLM has no default model")
    return {name: value for name, value in asked.items() if value} | dict(given)


def variables(pairs: list[str]) -> dict[str, str]:
    """--env KEY=VALUE, several. Raises NotDeployable."""
    return _pairs("--env", pairs, _VARIABLE, "KEY=VALUE")


def adapters(pairs: list[str]) -> dict[str, str]:
    """--adapter NAME=s3://..., several. Raises NotDeployable."""
    return _pairs("--adapter", pairs, _ADAPTER, "NAME=s3://bucket/folder/")


def _pairs(option: str, pairs: list[str], key: re.Pattern[str], shape: str) -> dict[str, str]:
    read: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not key.fullmatch(name):
            raise NotDeployable(f"{option} {pair}: expected {shape}")
        if name in read:
            raise NotDeployable(f"{option} {name}: given twice")
        read[name] = value
    return read


def _match(option: str, value: str, pattern: re.Pattern[str], wanted: str) -> None:
    if not pattern.fullmatch(value):
        raise NotDeployable(f"{option} {value}: expected {wanted}")
