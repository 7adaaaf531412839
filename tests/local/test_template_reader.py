"""The template reader: what it understands comes out resolved, what it does not is refused by name."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.aws import create_resources, install
from local.intrinsics import TemplateError
from local.template import Route, Template, load_template
from tests.local import small_shop

RESOURCES = {"NotesTable": "notes", "Jobs": "http://queue/jobs", "Jobs.QueueName": "jobs"}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return load_template(small_shop.write(tmp_path))


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in small_shop.TEMPLATE
    path = tmp_path / "changed.yaml"
    path.write_text(small_shop.TEMPLATE.replace(old, new), encoding="utf-8")
    return path


def test_functions_with_globals_routes_queues_and_schedules(template: Template) -> None:
    echo, slow, work = template.functions.values()
    assert (echo.name, echo.folder, echo.handler) == (
        "EchoFunction",
        "functions/echo",
        "handler.lambda_handler",
    )
    assert (echo.timeout, echo.memory, slow.timeout, slow.memory) == (10.0, 512, 1.0, 128)
    assert echo.routes[0] == Route("ANY", "/echo/{name}")
    assert slow.routes[0].key == "POST /slow"
    [source] = work.queues
    assert (source.queue, source.batch_size, source.reports_failures) == ("Jobs", 4, True)
    assert work.schedules[0].expression == "rate(1 minute)"


def test_a_function_is_found_by_logical_id_and_by_folder(template: Template) -> None:
    assert template.function("work") is template.function("WorkFunction")
    with pytest.raises(TemplateError, match="no function nobody; there are EchoFunction"):
        template.function("nobody")


def test_the_environment_is_resolved(template: Template) -> None:
    assert template.environment("EchoFunction", RESOURCES) == {
        "NOTES_TABLE": "notes",
        "JOBS_URL": "http://queue/jobs",
        "GREETING": "hello, you",
    }
    assert template.environment("WorkFunction", RESOURCES)["DEPTH"] == "jobs"


def test_parameters_can_be_given_and_decide_conditions(tmp_path: Path) -> None:
    loud = load_template(small_shop.write(tmp_path), {"Greeting": "HELLO", "Dimensions": 5})
    assert loud.environment("EchoFunction", RESOURCES)["GREETING"] == "HELLO, you"
    assert loud.environment("EchoFunction", RESOURCES)["LOUD"] == "yes"
    assert loud.tables["NotesTable"].create["VectorIndexes"][0]["Dimensions"] == 5


def test_one_environment_for_all_functions(template: Template, tmp_path: Path) -> None:
    assert template.shared_environment(RESOURCES)["DEPTH"] == "jobs"
    torn = load_template(_changed(tmp_path, "{DEPTH:", "{GREETING:"))
    with pytest.raises(TemplateError, match="WorkFunction wants GREETING='jobs', EchoFunction 'hello, you'"):
        torn.shared_environment(RESOURCES)


def test_tables_queues_and_buckets_are_made_as_described(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        install()
        resources = create_resources(template)
        dynamodb = boto3.client("dynamodb", "us-east-1")
        table = dynamodb.describe_table(TableName=resources["NotesTable"])["Table"]
        assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by_kind"]
        assert table["VectorIndexes"][0]["Dimensions"] == 3
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        expiry = dynamodb.describe_time_to_live(TableName=resources["NotesTable"])["TimeToLiveDescription"]
        assert expiry == {"AttributeName": "expires_at", "TimeToLiveStatus": "ENABLED"}
        sqs = boto3.client("sqs", "us-east-1")
        queue = sqs.get_queue_attributes(QueueUrl=resources["Jobs"], AttributeNames=["All"])["Attributes"]
        assert queue["VisibilityTimeout"] == "60"
        assert resources["DeadJobs.Arn"] in queue["RedrivePolicy"]
        assert template.environment("WorkFunction", resources)["JOBS_URL"] == resources["Jobs"]
        listed = boto3.client("s3", "us-east-1").list_buckets()["Buckets"]
        assert (
            [bucket["Name"] for bucket in listed]
            == [resources["RecommenderBucket"]]
            == ["shopwright-recommenderbucket"]
        )
        assert resources["RecommenderBucket.Arn"] == "arn:aws:s3:::shopwright-recommenderbucket"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Type: ScheduleV2", "Type: S3", "WorkFunction.Events.Tick: S3 events do not run locally"),
        ("BillingMode: PAY", "Colour: PAY", "NotesTable: Colour of a table is not supported"),
        (
            "PublicAccessBlockC",
            "WebsiteC",
            "RecommenderBucket: WebsiteConfiguration of a bucket is not supported",
        ),
        ("VisibilityTimeout: 60", "FifoQueue: true", "Jobs: FifoQueue of a queue is not supported"),
        ("Queue: !GetAtt Jobs.Arn", "Queue: !GetAtt NotesTable.Arn", "Queue: .* is not a queue"),
        ("CodeUri: functions/work", "CodeUri: src/work", "src/work is not a folder in functions/"),
        ("rate(1 minute)", "every minute", "'every minute' is not a schedule"),
        ("Dimensions: !Ref Dimensions", "Dimensions: !Ref Size", "nothing is known of Size"),
        ("Dimensions: !Ref Dimensions", "Dimensions: !Cidr x", "Fn::Cidr is not supported locally"),
        ("Resources:", "Resources: [", "not YAML"),
        (
            "/echo/fixed, Method: GET}",
            "/echo/fixed, Method: GET, Auth: {ApiKeyRequired: true}}",
            "EchoFunction.Events.Fixed.Auth: only AuthorizationScopes",
        ),
        (
            "  NotesTable:\n",
            "  Api:\n    Type: AWS::Serverless::HttpApi\n"
            "    Properties: {Auth: {EnableIamAuthorizer: true}}\n"
            "  NotesTable:\n",
            "only one JWT authorizer",
        ),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(TemplateError, match=f"changed.yaml: .*{message}"):
        load_template(_changed(tmp_path, old, new))


def test_unknown_names_are_refused(template: Template, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="nothing is known of Jobs"):
        template.environment("EchoFunction", {"NotesTable": "notes"})
    with pytest.raises(TemplateError, match="no parameter Colour"):
        load_template(template.path, {"Colour": "red"})


def test_the_real_template_is_understood() -> None:
    template = load_template()
    assert {name for name, function in template.functions.items() if function.routes} >= {
        "ActivityFunction",
        "CatalogFunction",
    }
    assert set(template.tables) == {"CustomersTable", "CatalogTable"}
    assert template.queues["RefreshQueue"].dead_letters == "RefreshDeadLetterQueue"
