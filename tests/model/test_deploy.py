"""What a deployment would call, held against AWS's own description of its services; and what it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from typer.testing import CliRunner

from model.deploy import cli
from model.deployment import plan
from model.deployment.configuration import Deployment
from model.deployment.failures import explained
from model.deployment.permissions import policies
from model.deployment.rehearsal import Rehearsal
from tests.model.deployments import IMAGE, OURS, ROLE, SITUATIONS, VLLM

ROOT = Path(__file__).parents[2]
Call = dict[str, Any]


def _dry_run(arguments: list[str]) -> list[Call]:
    ended = CliRunner().invoke(cli, [*arguments, "--dry-run"])
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.output.splitlines()]


def _parameters(calls: list[Call], operation: str) -> Any:
    (found,) = [call["parameters"] for call in calls if call["operation"] == operation]
    return found


@pytest.fixture(scope="module")
def services() -> botocore.session.Session:
    return botocore.session.get_session()


def _faults(services: botocore.session.Session, call: Call) -> str:
    """What is wrong with a call by the service's model; empty if nothing."""
    operation: OperationModel = services.get_service_model(call["service"]).operation_model(call["operation"])
    shape: Any = operation.input_shape
    report: str = ParamValidator().validate(call["parameters"], shape).generate_report()
    return "\n".join([report, *_beyond(shape, call["parameters"], call["operation"])]).strip()


def _beyond(shape: Shape, value: Any, path: str) -> list[str]:
    """What ParamValidator leaves unchecked: enumerations, patterns, upper limits."""
    of: Any = shape
    if of.type_name == "structure":
        known = [(name, part) for name, part in value.items() if name in of.members]
        return [fault for name, part in known for fault in _beyond(of.members[name], part, f"{path}.{name}")]
    if of.type_name == "list":
        inside = [fault for part in value for fault in _beyond(of.member, part, f"{path}[]")]
        return inside + _too_many(of, len(value), path)
    if of.type_name == "map":
        return [f for key, part in value.items() for f in _beyond(of.value, part, f"{path}.{key}")]
    if of.type_name != "string":
        return _too_many(of, value, path)
    faults = _too_many(of, len(value), path)
    if of.enum and value not in of.enum:
        faults.append(f"{path}: {value} is not one of {len(of.enum)}")
    # Java's character classes are not Python's.
    pattern = of.metadata.get("pattern", "")
    if pattern and not re.search(r"\\[pu]", pattern) and not re.fullmatch(pattern, value):
        faults.append(f"{path}: {value} does not match {pattern}")
    return faults


def _too_many(shape: Any, value: float, path: str) -> list[str]:
    most = shape.metadata.get("max")
    return [f"{path}: {value} is above {most}"] if most is not None and value > most else []


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_call_is_one_that_aws_knows(services: botocore.session.Session, situation: str) -> None:
    calls = _dry_run(SITUATIONS[situation])
    assert len(calls) > 10
    assert {call["operation"]: _faults(services, call) for call in calls if _faults(services, call)} == {}


def test_a_wrong_call_does_not_pass(services: botocore.session.Session) -> None:
    calls = {call["operation"]: call for call in _dry_run(OURS)}
    variant = calls["CreateEndpointConfig"]["parameters"]["ProductionVariants"][0]
    variant["Instancetype"] = variant.pop("InstanceType")
    assert "Instancetype" in _faults(services, calls["CreateEndpointConfig"])
    del calls["CreateEndpoint"]["parameters"]["EndpointConfigName"]
    assert "EndpointConfigName" in _faults(services, calls["CreateEndpoint"])
    policies = [call for call in _dry_run(OURS) if call["operation"] == "PutScalingPolicy"]
    metric = policies[0]["parameters"]["TargetTrackingScalingPolicyConfiguration"]
    metric["PredefinedMetricSpecification"]["PredefinedMetricType"] += "s"
    assert "is not one of" in _faults(services, policies[0])
    calls["CreateModel"]["parameters"]["ModelName"] = "x" * 64
    assert "above 63" in _faults(services, calls["CreateModel"])


def test_the_role_is_on_the_configuration_and_the_model_in_the_component() -> None:
    calls = _dry_run(OURS)
    configuration = _parameters(calls, "CreateEndpointConfig")
    (variant,) = configuration["ProductionVariants"]
    assert configuration["ExecutionRoleArn"] == ROLE
    assert configuration["MetricsConfig"]["EnableDetailedObservability"] is True
    assert "ModelName" not in variant
    assert variant["RoutingConfig"] == {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}
    assert variant["ManagedInstanceScaling"]["MinInstanceCount"] == 0
    component = _parameters(calls, "CreateInferenceComponent")
    assert component["Specification"]["ModelName"] == _parameters(calls, "CreateModel")["ModelName"]
    assert (
        component["Specification"]["ComputeResourceRequirements"]["NumberOfAcceleratorDevicesRequired"] >= 1
    )
    assert component["VariantName"] == variant["VariantName"]
    assert component["RuntimeConfig"] == {"CopyCount": 1}


def test_from_zero_an_alarm_adds_the_first_copy() -> None:
    calls = _dry_run(OURS)
    alarm = _parameters(calls, "PutMetricAlarm")
    assert alarm["MetricName"] == "NoCapacityInvocationFailures"
    assert alarm["AlarmActions"][0].endswith("shopwright-model-from-zero")
    operations = [call["operation"] for call in calls]
    assert operations.count("PutScalingPolicy") == 2
    always_on = [call["operation"] for call in _dry_run([*OURS, "--min-copies", "1"])]
    assert always_on.count("PutScalingPolicy") == 1
    assert {"DeleteAlarms", "DeleteScalingPolicy"} <= set(always_on)


def test_repeated_it_makes_nothing_more() -> None:
    asked = Deployment(name="shop", role=ROLE, image=IMAGE)
    aws = Rehearsal("shop", existing=True)
    first, second = [], []
    for operations in (first, second):
        plan.follow(plan.deploy(asked), lambda call, seen=operations: (seen.append(call), aws(call))[1])
    changing = ("Create", "Update", "Delete")
    assert [call.operation for call in first if call.operation.startswith(changing)] == [
        "CreateModel",
        "CreateEndpointConfig",
        "UpdateEndpoint",
        "UpdateInferenceComponent",
        "DeleteEndpointConfig",
        "DeleteModel",
    ]
    assert [call for call in second if call.operation.startswith(changing)] == []


def test_what_broke_is_not_built_upon() -> None:
    asked = Deployment(name="shop", role=ROLE, image=IMAGE)
    aws = Rehearsal("shop", existing=False)

    def perform(call: plan.Call) -> plan.Answer:
        answer = aws(call)
        if call.operation == "DescribeEndpoint" and call.until and answer:
            return {**answer, "EndpointStatus": "Failed", "FailureReason": "no capacity for ml.g6.xlarge"}
        return answer

    with pytest.raises(plan.NotDeployable, match=r"Endpoint shop is Failed: no capacity for ml\.g6\.xlarge"):
        plan.follow(plan.deploy(asked), perform)


@pytest.mark.parametrize("operation", ["UpdateEndpoint", "UpdateInferenceComponent"])
def test_a_rolled_back_update_is_said(operation: str) -> None:
    asked = Deployment(name="shop", role=ROLE, image=IMAGE)
    aws = Rehearsal("shop", existing=True)

    def perform(call: plan.Call) -> plan.Answer:
        return {} if call.operation == operation else aws(call)

    with pytest.raises(plan.NotDeployable, match="went back"):
        plan.follow(plan.deploy(asked), perform)


def test_delete_leaves_nothing_and_may_be_repeated() -> None:
    aws = Rehearsal("shop", existing=True)
    plan.follow(plan.deploy(Deployment(name="shop", role=ROLE, image=IMAGE)), aws)
    for _ in range(2):
        plan.follow(plan.delete("shop"), aws)
    for kind in ("Model", "EndpointConfig"):
        assert aws(plan.Call("sagemaker", f"List{kind}s", {"NameContains": "shop-"})) == {f"{kind}s": []}
    for kind in ("Endpoint", "InferenceComponent"):
        assert aws(plan.Call("sagemaker", f"Describe{kind}", {f"{kind}Name": "shop"})) is None


def test_of_other_endpoints_nothing_is_deleted() -> None:
    aws = Rehearsal("shop", existing=True)
    for name in ("shop-two-0123abcd", "shop-0123abcd-old", "workshop-0123abcd"):
        aws(plan.Call("sagemaker", "CreateModel", {"ModelName": name}))
    plan.follow(plan.delete("shop"), aws)
    left = aws(plan.Call("sagemaker", "ListModels", {"NameContains": "shop"}))
    assert left is not None
    assert len(left["Models"]) == 3


def test_weights_and_adapters_come_from_s3() -> None:
    container = _parameters(_dry_run(SITUATIONS["own-weights"]), "CreateModel")["PrimaryContainer"]
    assert container["ModelDataSource"]["S3DataSource"]["S3Uri"] == "s3://shop-models/qwen3/"
    (adapter,) = container["AdditionalModelDataSources"]
    assert (adapter["ChannelName"], adapter["S3DataSource"]["S3Uri"]) == ("copy", "s3://shop-models/copy/")
    assert container["Environment"] == {
        "EMBEDDING_ID": "all-minilm-l6-v2",
        "ADAPTERS": "copy=/opt/ml/additional-model-data-sources/copy",
        "RECOMMENDER": "s3://shop-models/next/",
        "RECOMMENDER_SECONDS": "300",
        "LOG_LEVEL": "debug",
    }


def test_the_role_may_read_what_the_container_will() -> None:
    buckets = [
        "--weights",
        "s3://weights/a/",
        "--adapter",
        "copy=s3://copies/",
        "--recommender",
        "s3://next/a/",
    ]
    ended = CliRunner().invoke(cli, [*OURS, *buckets, "--iam"])
    statements = json.loads(ended.output)["permissions of the execution role"]["Statement"]
    read = [arn for one in statements if "s3:GetObject" in one["Action"] for arn in one["Resource"]]
    assert [arn.rpartition(":")[2] for arn in read if not arn.endswith("/*")] == ["copies", "next", "weights"]


def test_vllm_is_another_image_and_environment_and_nothing_else() -> None:
    ours, vllm = _dry_run(OURS), _dry_run(VLLM)
    assert [call["operation"] for call in ours] == [call["operation"] for call in vllm]
    container = _parameters(vllm, "CreateModel")["PrimaryContainer"]
    assert container["Image"].endswith(".eu-central-1.amazonaws.com/vllm:server-sagemaker-cuda-v1.3")
    assert container["Environment"]["SM_VLLM_MODEL"] == "Qwen/Qwen3-4B"
    assert _parameters(ours, "CreateEndpointConfig") == _parameters(vllm, "CreateEndpointConfig")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--image", IMAGE], "--role"),
        (["--image", IMAGE, "--role", "shopwright"], "arn:aws:iam"),
        (["--role", ROLE], "--image"),
        (["--role", ROLE, "--image", "repo/shopwright:latest"], "tag or digest"),
        (["--role", ROLE, "--image", "repo/shopwright"], "tag or digest"),
        ([*OURS, "--name", "a_b"], "--name"),
        ([*OURS, "--name", "a" * 55], "54"),
        ([*OURS, "--min-copies", "3"], "--max-copies"),
        ([*OURS, "--weights", "/opt/weights"], "s3://"),
        ([*OURS, "--env", "novalue"], "KEY=VALUE"),
        ([*OURS, "--env", "A=1", "--env", "A=2"], "twice"),
        ([*OURS, *(f for i in range(6) for f in ("--adapter", f"a{i}=s3://bucket/a/"))], "takes 5"),
        ([*VLLM, "--embedding-model", "x/y"], "second endpoint"),
        ([*VLLM, "--adapter", "a=s3://bucket/a/"], "merge"),
        ([*OURS, "--recommender", "/opt/recommenders"], "--recommender /opt/recommenders: expected an S3"),
        ([*VLLM, "--recommender", "s3://bucket/next/"], "beside it"),
        (["--role", ROLE, "--container", "vllm", "--region", "eu-west-1"], "--model"),
        (["--role", ROLE, "--container", "vllm", "--model", "x/y"], "--region"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAGEMAKER_ROLE", "MODEL_IMAGE"):
        monkeypatch.delenv(name, raising=False)
    ended = CliRunner().invoke(cli, [*arguments, "--dry-run"])
    assert ended.exit_code == 1
    assert said in ended.stderr
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1


def test_a_dry_run_cannot_call() -> None:
    """Nothing that could reach AWS is so much as imported."""
    program = (
        "import sys\n"
        "from model.deploy import cli\n"
        "cli(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'boto3', 'botocore', 'sagemaker', 'urllib3'} & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *OURS, "--dry-run"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_printed_permissions_cover_every_call() -> None:
    documents = policies("shopwright-model", ROLE, ["shop-models"])
    allowed = [
        action
        for statement in documents["permissions of whoever deploys"]["Statement"]
        for action in statement["Action"]
    ]
    for arguments in SITUATIONS.values():
        for call in _dry_run(arguments):
            action = f"{call['service']}:{call['operation']}"
            assert any(fnmatch(action, pattern) for pattern in allowed), action
    assert not [action for action in allowed if action.endswith("*")]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ResourceLimitExceeded", "quota"),
        ("AccessDeniedException", "--iam"),
        ("ExpiredToken", "sign in again"),
        ("ValidationException", "CreateEndpoint: ValidationException: the reason"),
    ],
)
def test_failures_of_aws_are_said_with_what_to_do(code: str, said: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "the reason"}}, "CreateEndpoint")
    assert said in explained(error)
    assert "AWS_PROFILE" in explained(NoCredentialsError())
