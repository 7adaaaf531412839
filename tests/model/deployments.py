"""The deployments that the tests plan: what a user may ask for, as the command line takes it."""

from __future__ import annotations

ROLE = "arn:aws:iam::123456789012:role/shopwright-model"
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shopwright-model:1.0.0"
OURS = ["--role", ROLE, "--image", IMAGE, "--region", "eu-central-1"]
VLLM = ["--role", ROLE, "--container", "vllm", "--model", "Qwen/Qwen3-4B", "--region", "eu-central-1"]

SITUATIONS: dict[str, list[str]] = {
    "new": OURS,
    "update": [*OURS, "--existing"],
    "always-on": [*OURS, "--existing", "--min-copies", "1", "--max-instances", "3"],
    "own-weights": [
        *OURS,
        *("--weights", "s3://shop-models/qwen3/", "--adapter", "copy=s3://shop-models/copy"),
        *("--embedding-model", "all-minilm-l6-v2", "--env", "LOG_LEVEL=debug"),
        *("--recommender", "s3://shop-models/next/", "--env", "RECOMMENDER_SECONDS=300"),
    ],
    "vllm": [*VLLM, "--instance", "ml.g6.2xlarge", "--env", "SM_VLLM_MAX_MODEL_LEN=8192"],
    "delete": ["--delete", "--region", "eu-central-1"],
}
