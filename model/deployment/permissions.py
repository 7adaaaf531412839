"""The least that AWS has to allow: the endpoint's execution role, and whoever deploys."""

from __future__ import annotations

from typing import Any

_WILDCARD = "*"
_S3 = ["s3:GetObject", "s3:ListBucket"]


def policies(name: str, role: str | None, buckets: list[str]) -> dict[str, Any]:
    """Three policy documents: the role's trust, what the role may do, what the deploying person may do.

    Args:
        name: the endpoint's.
        role: the role's ARN, once there is one.
        buckets: those that hold weights or adapters.
    """
    return {
        "trust policy of the execution role": _document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
        "permissions of the execution role": _document(
            _allow(["ecr:GetAuthorizationToken"], [_WILDCARD]),
            _allow(
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                ["arn:aws:ecr:*:*:repository/*"],
            ),
            _allow(
                [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                ["arn:aws:logs:*:*:log-group:/aws/sagemaker/*"],
            ),
            _allow(["cloudwatch:PutMetricData"], [_WILDCARD])
            | {"Condition": {"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}}},
            *[_allow(_S3, [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]) for bucket in buckets],
        ),
        "permissions of whoever deploys": _document(
            _allow(
                [f"sagemaker:{verb}{kind}" for kind in ("Model", "EndpointConfig") for verb in _KEPT]
                + [
                    f"sagemaker:{verb}{kind}"
                    for kind in ("Endpoint", "InferenceComponent")
                    for verb in _CHANGED
                ],
                [
                    f"arn:aws:sagemaker:*:*:{kind}/{name}*"
                    for kind in ("model", "endpoint-config", "endpoint", "inference-component")
                ],
            ),
            _allow(["sagemaker:ListModels", "sagemaker:ListEndpointConfigs"], [_WILDCARD]),
            _allow(["iam:PassRole"], [role or "arn:aws:iam::ACCOUNT:role/ROLE"])
            | {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
            # Application Auto Scaling makes its own role in the account the first time.
            _allow(["iam:CreateServiceLinkedRole"], [_SCALING_ROLE])
            | {"Condition": {"StringLike": {"iam:AWSServiceName": _SCALING_SERVICE}}},
            _allow([f"application-autoscaling:{action}" for action in _SCALING], [_WILDCARD]),
            _allow(
                ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"],
                ["arn:aws:cloudwatch:*:*:alarm:*"],
            ),
        ),
    }


_KEPT = ("Create", "Describe", "Delete")
_CHANGED = (*_KEPT, "Update")
_SCALING = (
    "RegisterScalableTarget",
    "DeregisterScalableTarget",
    "PutScalingPolicy",
    "DeleteScalingPolicy",
)
_SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_SCALING_ROLE = f"arn:aws:iam::*:role/aws-service-role/{_SCALING_SERVICE}/*"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
