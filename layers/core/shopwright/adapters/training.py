"""TrainingJobs on SageMaker: managed spot instances, which go on from a checkpoint when they come back."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..errors import Conflict
from .dynamodb import error_code, passing_failures

# The image starts as a server; a job wants this instead.
_COMMAND = ["/opt/venv/bin/python", "-m", "model.recommender.train"]
_INPUT = "/opt/ml/input/data"
_DISK = 50  # GB: the container's, for the export and what is made of it
# A spot instance may be long in coming; work and waiting together take twice the work at most.
_PATIENCE = 2


class SageMakerTrainingJobs:
    """Implements ports.TrainingJobs.

    Args:
        client: a boto3 SageMaker client.
        bucket: the archive's.
        image: the model's, in ECR.
        role: the ARN of the role that the jobs take.
        instance_type: the machine.
        max_seconds: of work, after which a job is stopped.
    """

    def __init__(
        self, client: Any, bucket: str, *, image: str, role: str, instance_type: str, max_seconds: int
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._image = image
        self._role = role
        self._instance_type = instance_type
        self._max_seconds = max_seconds

    def start(self, name: str, *, export: str, output: str, checkpoints: str, current: str | None) -> bool:
        """See ports.TrainingJobs."""
        channels = {"export": export} | ({"current": current} if current else {})
        # A training container is told of its folders only by convention; so it is told here.
        variables = {"SM_CHANNEL_EXPORT": f"{_INPUT}/export", "SM_MODEL_DIR": "/opt/ml/model"}
        if current:
            variables["SM_CHANNEL_CURRENT"] = f"{_INPUT}/current/{current.rpartition('/')[2]}"
        request = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {
                "TrainingImage": self._image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": _COMMAND,
            },
            "RoleArn": self._role,
            "InputDataConfig": [self._channel(name, prefix) for name, prefix in channels.items()],
            "OutputDataConfig": {"S3OutputPath": self._address(output)},
            "ResourceConfig": {
                "InstanceType": self._instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": _DISK,
            },
            "StoppingCondition": {
                "MaxRuntimeInSeconds": self._max_seconds,
                "MaxWaitTimeInSeconds": self._max_seconds * _PATIENCE,
            },
            "EnableManagedSpotTraining": True,
            # SageMaker brings the data and takes the model away; the container itself reaches nothing.
            "EnableNetworkIsolation": True,
            "CheckpointConfig": {"S3Uri": self._address(checkpoints)},
            "Environment": variables,
        }
        with passing_failures():
            try:
                self._client.create_training_job(**request)
            except ClientError as error:
                if error_code(error) != "ResourceInUse":
                    raise
                self._is_ours(name, output)
                return False
        return True

    def _channel(self, name: str, prefix: str) -> dict[str, Any]:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": self._address(prefix),
            "S3DataDistributionType": "FullyReplicated",
        }
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}}

    def _is_ours(self, name: str, output: str) -> None:
        """Another shop of the same account may have taken the name, to the second."""
        found = self._client.describe_training_job(TrainingJobName=name)
        if found["OutputDataConfig"]["S3OutputPath"] != self._address(output):
            raise Conflict(f"there is a job {name} that is another shop's")

    def _address(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"
