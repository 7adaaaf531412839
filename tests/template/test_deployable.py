"""What an engineer looks for before deploying: rights, time, retries, protection, alarms, the endpoint."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from model.deployment import requests
from model.deployment.configuration import Deployment

from .template import DOCUMENT, TEMPLATE, policies, resolved

FUNCTIONS = {
    name: resource["Properties"]
    for name, resource in DOCUMENT["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
GLOBALS = DOCUMENT["Globals"]["Function"]
TRAINING = {
    "RecommenderEndpointName": "next",
    "TrainingImage": "image:1",
    "TrainingRoleArn": "arn:aws:iam::123456789012:role/training",
}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shopwright-model:0.1.0"


def _of(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in DOCUMENT["Resources"].items() if each["Type"] == kind}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _events(function: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in function["Events"].values() if each["Type"] in kinds]


# --- rights


def _statements() -> list[dict[str, Any]]:
    """Every statement that gives a right, in functions, roles and managed policies."""
    found = [each for name in FUNCTIONS for each in policies(name, TRAINING)]
    for name, role in _of("AWS::IAM::Role").items():
        for policy in resolved(role, name, {"ModelImage": IMAGE})["Properties"]["Policies"]:
            found += policy["PolicyDocument"]["Statement"]
    for name, policy in _of("AWS::IAM::ManagedPolicy").items():
        found += resolved(policy, name, TRAINING)["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_no_right_reaches_everything_where_something_can_be_named() -> None:
    unnamed = [each for each in _statements() if "*" in _listed(each["Resource"])]
    # AWS's own reference lists no resource for these two.
    assert [each["Action"] for each in unnamed] == [
        ["ecr:GetAuthorizationToken"],
        ["cloudwatch:PutMetricData"],
    ]
    assert unnamed[1]["Condition"]
    for statement in _statements():
        for action in _listed(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action), action


def test_the_boundary_stands_before_all_functions_and_lets_them_do_what_they_may() -> None:
    """SAM adds managed policies without resources; the boundary bounds those. It must not bound our own."""
    assert GLOBALS["PermissionsBoundary"] == {"Ref": "FunctionsBoundary"}
    boundary = resolved(DOCUMENT["Resources"]["FunctionsBoundary"], "FunctionsBoundary", TRAINING)
    allowed = boundary["Properties"]["PolicyDocument"]["Statement"]

    def passes(action: str, resource: str) -> bool:
        return any(
            action in each["Action"] and any(fnmatchcase(resource, arn) for arn in _listed(each["Resource"]))
            for each in allowed
        )

    for name, function in FUNCTIONS.items():
        assert "PermissionsBoundary" not in function
        for statement in policies(name, TRAINING):
            for action in statement["Action"]:
                for resource in _listed(statement["Resource"]):
                    assert passes(action, resource), (name, action, resource)
    # What SAM adds: logs, the queue that a function is called from, and where failures go.
    assert passes("logs:PutLogEvents", "Logs")
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert passes(action, "RefreshQueue")
    assert passes("sqs:SendMessage", "FailedRuns")


# --- time


def test_timeouts_nest() -> None:
    """Endpoint before function before API Gateway's 30 s; a queue's messages stay hidden for six attempts."""
    most = {
        name: DOCUMENT["Parameters"][name]["MaxValue"]
        for name in ("ModelTimeoutSeconds", "EmbeddingTimeoutSeconds")
    }
    for name, function in FUNCTIONS.items():
        timeout = function.get("Timeout", GLOBALS["Timeout"])
        if _events(function, "HttpApi"):
            # A question embeds twice and writes once.
            assert most["ModelTimeoutSeconds"] + 2 * most["EmbeddingTimeoutSeconds"] < timeout < 29, name
        for source in _events(function, "SQS"):
            queue = DOCUMENT["Resources"][source["Queue"]["Fn::GetAtt"][0]]["Properties"]
            assert queue["VisibilityTimeout"] >= 6 * timeout, name
            assert queue["RedrivePolicy"]["maxReceiveCount"] >= 3


# --- versions


def test_callers_get_a_version_and_every_change_makes_one() -> None:
    assert (GLOBALS["AutoPublishAlias"], GLOBALS["AutoPublishAliasAllProperties"]) == ("live", True)
    for name, function in FUNCTIONS.items():
        assert function["AutoPublishCodeSha256"] == {"Ref": "Release"}, name
    for name, layer in _of("AWS::Serverless::LayerVersion").items():
        assert layer["Properties"]["PublishLambdaVersion"] is True, name


def test_whom_callers_wait_for_starts_from_a_snapshot() -> None:
    for name, function in FUNCTIONS.items():
        assert ("SnapStart" in function) == bool(_events(function, "HttpApi")), name
        # Lambda takes no snapshot of a function with more than the usual 512 MB.
        assert not ("SnapStart" in function and "EphemeralStorage" in function)


# --- failures


@pytest.mark.parametrize(
    "name", [name for name, each in FUNCTIONS.items() if not _events(each, "HttpApi", "SQS")]
)
def test_what_nobody_waits_for_is_not_lost_when_it_fails(name: str) -> None:
    function = FUNCTIONS[name]
    failed = {"Fn::GetAtt": ["FailedRuns", "Arn"]}
    assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": failed,
    }
    for trigger in _events(function, "ScheduleV2", "EventBridgeRule"):
        assert trigger["DeadLetterConfig"] == {"Arn": failed}
        assert trigger["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert function["ReservedConcurrentExecutions"] == {"Fn::If": ["Reserves", 1, {"Ref": "AWS::NoValue"}]}


def test_two_stacks_of_one_account_do_not_meet() -> None:
    for function in FUNCTIONS.values():
        for trigger in _events(function, "ScheduleV2"):
            assert trigger["Name"]["Fn::Sub"].startswith("${AWS::StackName}-")
    for name, resource in DOCUMENT["Resources"].items():
        for key, value in resource.get("Properties", {}).items():
            if key in ("TableName", "QueueName", "BucketName", "FunctionName", "RoleName", "LogGroupName"):
                pytest.fail(f"{name}.{key} is fixed to {value}")


# --- protection


def test_what_is_kept_is_encrypted_recoverable_and_not_deleted_by_mistake() -> None:
    for name, table in _of("AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name
        assert properties["SSESpecification"] == {"SSEEnabled": True}
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        for given in ("true", "false"):
            made = resolved(table, name, {"DeletionProtection": given})["Properties"]
            assert made["DeletionProtectionEnabled"] is (given == "true")
    for queue in _of("AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
    assert DOCUMENT["Resources"]["Logs"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert GLOBALS["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}


# --- alarms


def test_alarms_ring_somewhere_and_the_dashboard_shows_them_all() -> None:
    alarms = {name: each for name, each in _of("AWS::CloudWatch::Alarm").items() if name != "ModelWakeAlarm"}
    metrics = {each["Properties"]["MetricName"] for each in alarms.values()}
    assert {"5xx", "Throttles", "Duration", "ModelFailures", "ApproximateNumberOfMessagesVisible"} == metrics
    for name, alarm in alarms.items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}], name
    watched = {
        each["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for each in alarms.values()
        if each["Properties"]["Namespace"] == "AWS/SQS"
    }
    dead_letters = {
        each["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for each in _of("AWS::SQS::Queue").values()
        if "RedrivePolicy" in each["Properties"]
    }
    assert watched == dead_letters | {"FailedRuns"}
    text = DOCUMENT["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert {*re.findall(r"\$\{(\w+Alarm)\.Arn\}", text)} == {*alarms}
    places = {*re.findall(r"\$\{([A-Za-z]+)", text)} - {"AWS"}
    assert places <= {*DOCUMENT["Resources"], *DOCUMENT["Parameters"]}
    assert len(json.loads(text)["widgets"]) == 10


# --- the endpoint


def test_the_stacks_endpoint_is_the_one_that_the_command_makes() -> None:
    """Two ways to one endpoint: what `python -m model deploy` asks of AWS stands in the template too."""
    given = {
        "ModelImage": IMAGE,
        "ModelWeights": "s3://weights/qwen3-4b/",
        "ModelInstanceType": "ml.g5.xlarge",
    }
    asked = Deployment(
        name="shopwright-model",
        role="arn:aws:iam::123456789012:role/endpoint",
        image=IMAGE,
        environment={"RECOMMENDER": "s3://RecommenderBucket/recommender/"},
        weights=given["ModelWeights"],
        instance_type=given["ModelInstanceType"],
    )
    ours = ("AutoScaling", "SageMaker", "CloudWatch")

    def made(name: str) -> dict[str, Any]:
        resource = DOCUMENT["Resources"][name]
        assert any(part in resource["Type"] for part in ours)
        properties: dict[str, Any] = resolved(resource, name, given)["Properties"]
        return properties

    def wanted(parameters: dict[str, Any], *named_otherwise: str) -> dict[str, Any]:
        return {key: value for key, value in parameters.items() if key not in named_otherwise}

    role = {"ExecutionRoleArn": "ModelRole"}
    assert made("Model") == wanted(requests.create_model(asked), "ModelName") | role
    config = wanted(requests.create_endpoint_config(asked), "EndpointConfigName")
    assert made("ModelEndpointConfig") == config | role
    assert made("ModelEndpoint") == {"EndpointName": asked.name, "EndpointConfigName": "ModelEndpointConfig"}
    component = requests.create_inference_component(asked)
    component["Specification"]["ModelName"] = "Model"
    assert made("ModelComponent") == component | {"EndpointName": "ModelEndpoint"}
    assert made("ModelCopies") == requests.register_scalable_target(asked)
    for name, policy in (
        ("ModelConcurrencyPolicy", requests.target_tracking(asked)),
        ("ModelWakePolicy", requests.step_from_zero(asked)),
    ):
        target = ("ServiceNamespace", "ResourceId", "ScalableDimension")
        assert made(name) == wanted(policy, *target) | {"ScalingTargetId": "ModelCopies"}
    alarm = requests.alarm_from_zero(asked, "ModelWakePolicy")
    assert wanted(made("ModelWakeAlarm"), "AlarmDescription") == wanted(alarm, "AlarmName")


def test_an_endpoint_that_exists_is_left_alone() -> None:
    """Without an image the stack makes no endpoint; with a copy that is always there, nothing wakes it."""
    conditions = {
        name: each.get("Condition")
        for name, each in DOCUMENT["Resources"].items()
        if name.startswith("Model") and each["Type"] != "AWS::Serverless::Function"
    }
    assert {*conditions.values()} == {"MakesEndpoint", "ScalesToZero"}
    holds = {
        (image, copies): [
            resolved({"Condition": name}, name, {"ModelImage": image, "ModelMinCopies": copies})
            for name in ("MakesEndpoint", "ScalesToZero")
        ]
        for image in ("", IMAGE)
        for copies in (0, 1)
    }
    assert holds == {
        ("", 0): [False, False],
        ("", 1): [False, False],
        (IMAGE, 0): [True, True],
        (IMAGE, 1): [True, False],
    }
    assert TEMPLATE.parameters["ModelImage"] == ""
