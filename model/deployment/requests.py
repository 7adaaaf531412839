"""The parameters of each operation, from the deployment alone; nothing is called here.

Names and limits are those of the AWS API references of SageMaker, Application Auto Scaling and CloudWatch.
A model and an endpoint configuration cannot be changed once made. Their names therefore end in a digest of
what they hold: the same deployment finds them there, another one makes new ones beside them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .configuration import Deployment

Parameters = dict[str, Any]

VARIANT = "AllTraffic"
_NAMESPACE = "sagemaker"
_DIMENSION = "sagemaker:inference-component:DesiredCopyCount"
_TARGET_TRACKING = "concurrency"
_STEP = "from-zero"


def component(name: str) -> str:
    """The inference component's name; who invokes the endpoint passes it as InferenceComponentName."""
    return name


def create_model(asked: Deployment) -> Parameters:
    """CreateModel: the image, its environment, the weights that SageMaker puts into /opt/ml/model."""
    container: Parameters = {"Image": asked.image, "Environment": dict(asked.environment)}
    if asked.weights:
        container["ModelDataSource"] = _s3(asked.weights)
    if asked.adapters:
        container["AdditionalModelDataSources"] = [
            {"ChannelName": name, **_s3(prefix)} for name, prefix in sorted(asked.adapters.items())
        ]
    body = {"PrimaryContainer": container, "ExecutionRoleArn": asked.role}
    return {"ModelName": f"{asked.name}-{_digest(body)}"} | body


def create_endpoint_config(asked: Deployment) -> Parameters:
    """CreateEndpointConfig: instances without a model; the component brings it, so the role stands here."""
    variant = {
        "VariantName": VARIANT,
        "InstanceType": asked.instance_type,
        "InitialInstanceCount": 1,
        "InferenceAmiVersion": asked.inference_ami,
        "ModelDataDownloadTimeoutInSeconds": asked.startup_seconds,
        "ContainerStartupHealthCheckTimeoutInSeconds": asked.startup_seconds,
        "ManagedInstanceScaling": {
            "Status": "ENABLED",
            "MinInstanceCount": min(asked.min_copies, asked.max_instances),
            "MaxInstanceCount": asked.max_instances,
        },
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
    }
    body = {
        "ProductionVariants": [variant],
        "ExecutionRoleArn": asked.role,
        # Scrapes the container's /metrics on port 8080 into CloudWatch.
        "MetricsConfig": {"EnableEnhancedMetrics": True, "EnableDetailedObservability": True},
    }
    return {"EndpointConfigName": f"{asked.name}-{_digest(body)}"} | body


def create_endpoint(asked: Deployment) -> Parameters:
    """CreateEndpoint; UpdateEndpoint takes the same."""
    return {
        "EndpointName": asked.name,
        "EndpointConfigName": create_endpoint_config(asked)["EndpointConfigName"],
    }


def update_inference_component(asked: Deployment) -> Parameters:
    """UpdateInferenceComponent: which model, on how much of an instance. Copies stay as they are."""
    specification = {
        "ModelName": create_model(asked)["ModelName"],
        "StartupParameters": {
            "ModelDataDownloadTimeoutInSeconds": asked.startup_seconds,
            "ContainerStartupHealthCheckTimeoutInSeconds": asked.startup_seconds,
        },
        "ComputeResourceRequirements": {
            "NumberOfAcceleratorDevicesRequired": asked.accelerators,
            "MinMemoryRequiredInMb": asked.memory_mb,
        },
    }
    return {"InferenceComponentName": component(asked.name), "Specification": specification}


def create_inference_component(asked: Deployment) -> Parameters:
    """CreateInferenceComponent: one copy at first, even where scaling goes down to none."""
    return update_inference_component(asked) | {
        "EndpointName": asked.name,
        "VariantName": VARIANT,
        "RuntimeConfig": {"CopyCount": max(1, asked.min_copies)},
    }


def scalable_target(name: str) -> Parameters:
    """What names the component's number of copies to Application Auto Scaling."""
    return {
        "ServiceNamespace": _NAMESPACE,
        "ResourceId": f"inference-component/{component(name)}",
        "ScalableDimension": _DIMENSION,
    }


def register_scalable_target(asked: Deployment) -> Parameters:
    """RegisterScalableTarget; registering again changes the bounds."""
    return scalable_target(asked.name) | {"MinCapacity": asked.min_copies, "MaxCapacity": asked.max_copies}


def target_tracking(asked: Deployment) -> Parameters:
    """PutScalingPolicy: so many requests in flight per copy, measured every 10 seconds."""
    return _policy(asked.name, _TARGET_TRACKING) | {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": float(asked.concurrency),
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 600,
        },
    }


def step_from_zero(asked: Deployment) -> Parameters:
    """PutScalingPolicy: one copy more when the alarm rings. Target tracking cannot leave zero by itself."""
    return _policy(asked.name, _STEP) | {
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Maximum",
            "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    }


def delete_step_from_zero(name: str) -> Parameters:
    """DeleteScalingPolicy of the above."""
    return _policy(name, _STEP)


def alarm_from_zero(asked: Deployment, policy_arn: str) -> Parameters:
    """PutMetricAlarm: rings within half a minute of a request that found no copy."""
    return {
        "AlarmName": alarm(asked.name),
        "AlarmActions": [policy_arn],
        "Namespace": "AWS/SageMaker",
        "MetricName": "NoCapacityInvocationFailures",
        "Dimensions": [{"Name": "InferenceComponentName", "Value": component(asked.name)}],
        "Statistic": "Maximum",
        "Period": 30,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
    }


def alarm(name: str) -> str:
    """The alarm's name."""
    return f"{name}-{_STEP}"


def _policy(name: str, policy: str) -> Parameters:
    return {"PolicyName": f"{name}-{policy}"} | scalable_target(name)


def _s3(prefix: str) -> Parameters:
    uri = prefix if prefix.endswith("/") else f"{prefix}/"
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}}


def _digest(body: Parameters) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:8]
