"""The house stands as it was drawn: template, folders, settings, events and directions of import agree."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from shopwright.publishing import JOB_PREFIX
from shopwright.settings import Settings

from .template import DOCUMENT, ROOT, TEMPLATE, policies

CORE = ROOT / "layers" / "core" / "shopwright"
DEPENDENCIES = ROOT / "layers" / "dependencies"
FUNCTIONS = sorted(function.folder for function in TEMPLATE.functions.values())

# Who may import whom inside the package; what is not named here is a feature module.
BASE = {
    "budget",
    "consent",
    "errors",
    "events",
    "feedback",
    "ladder",
    "ports",
    "products",
    "rejections",
    "texts",
    "usage",
}
EDGE = {"http", "observability", "settings", "bootstrap"}


def _imports(path: Path) -> set[str]:
    """Every module a file imports, absolute, wherever in the file the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ["shopwright", *path.relative_to(CORE).parts[:-1]] if CORE in path.parents else []
            prefix = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*prefix, *([node.module] if node.module else [])])
            found |= {module} if node.module else {f"{module}.{alias.name}" for alias in node.names}
    return found


def _python(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts]


def test_every_folder_is_a_function_and_every_function_a_folder() -> None:
    folders = sorted(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/*/handler.py"))
    assert [Path(folder).as_posix().rstrip("/") for folder in FUNCTIONS] == folders
    for folder in folders:
        assert [path.name for path in (ROOT / folder).iterdir() if path.name != "__pycache__"] == [
            "handler.py"
        ]


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_a_handler_is_short_and_defines_what_the_template_names(folder: str) -> None:
    source = (ROOT / folder / "handler.py").read_text(encoding="utf-8")
    names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert "lambda_handler" in names
    assert len(source.splitlines()) < 60


def test_the_template_sets_exactly_what_the_settings_read() -> None:
    wanted = {name.upper() for name in Settings.model_fields}
    for name, function in TEMPLATE.functions.items():
        given = {variable for variable in function.environment if not variable.startswith("POWERTOOLS_")}
        assert given == wanted, name


def test_a_shop_without_a_recommender_deploys_and_may_call_none() -> None:
    for name in TEMPLATE.functions:
        with_one, without = (
            [one for one in policies(name, given) if "sagemaker:InvokeEndpoint" in one["Action"]]
            for given in ({"RecommenderEndpointName": "next", "RecommenderComponentName": "part"}, {})
        )
        if name == "RecommendationFunction":
            assert without == []
            (statement,) = with_one
            assert [arn.rpartition(":")[2] for arn in statement["Resource"]] == [
                "endpoint/next",
                "inference-component/part",
            ]
        else:
            assert with_one == without


def test_who_may_ask_an_endpoint_may_keep_its_circuit_and_nothing_else_so() -> None:
    circuit = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    for name in TEMPLATE.functions:
        statements = policies(name, {"RecommenderEndpointName": "next"})
        asks = any("sagemaker:InvokeEndpoint" in one["Action"] for one in statements)
        keeps = [
            one for one in statements if circuit == {*one["Action"]} and one["Resource"] == "CatalogTable"
        ]
        assert len(keeps) == asks, name
        for one in keeps:
            assert one["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["circuit"]}}


def test_those_who_read_the_arrivals_may() -> None:
    may = {
        name
        for name in TEMPLATE.functions
        for one in policies(name, {})
        if "dynamodb:Query" in one["Action"] and "CatalogTable" in one["Resource"]
    }
    assert {"RecommendationFunction", "NeighbourRefreshFunction"} < may


def test_only_a_shop_that_trains_may_start_jobs_and_only_as_its_role() -> None:
    role = "arn:aws:iam::123456789012:role/training"
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shopwright-model:1"
    actions = {"sagemaker:CreateTrainingJob", "iam:PassRole"}
    for name in TEMPLATE.functions:
        allowed = [
            [one for one in policies(name, given) if actions & {*one["Action"]}]
            for given in (
                {"TrainingImage": image, "TrainingRoleArn": role},
                {"TrainingImage": image},
                {"TrainingRoleArn": role},
                {},
            )
        ]
        assert allowed[1:] == [[], [], []], name
        if name != "RecommenderExportFunction":
            assert allowed[0] == [], name
            continue
        start, take = allowed[0]
        assert start["Resource"].endswith(":training-job/shopwright-recommender-*")
        assert (take["Action"], take["Resource"]) == (["iam:PassRole"], role)
        assert take["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_functions_reach_no_more_of_the_bucket_than_they_need() -> None:
    reach = {
        name: {
            (action, arn.removeprefix("RecommenderBucket"))
            for one in policies(name, {})
            for action in one["Action"]
            if action.startswith("s3:")
            for arn in ([one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"])
        }
        for name in TEMPLATE.functions
    }
    assert {name for name, pairs in reach.items() if pairs} == {
        "RecommenderExportFunction",
        "RecommenderPublishFunction",
    }
    assert reach["RecommenderExportFunction"] == {
        ("s3:PutObject", "/exports/*"),
        ("s3:AbortMultipartUpload", "/exports/*"),
        ("s3:GetObject", "/exports/*/manifest.json"),
        ("s3:GetObject", "/recommender/current.json"),
        ("s3:ListBucket", ""),
    }
    assert reach["RecommenderPublishFunction"] == {
        ("s3:GetObject", "/models/*"),
        ("s3:GetObject", "/recommender/*"),
        ("s3:PutObject", "/recommender/*"),
        ("s3:DeleteObject", "/recommender/*"),
        ("s3:ListBucket", ""),
    }


def test_the_bucket_is_closed_and_forgets() -> None:
    bucket = DOCUMENT["Resources"]["RecommenderBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert bucket["Properties"]["BucketEncryption"]
    assert [*bucket["Properties"]["PublicAccessBlockConfiguration"].values()] == [True] * 4
    forgets = {rule.get("Prefix"): rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert forgets["exports/"]["ExpirationInDays"] == 30
    assert not [rule for prefix, rule in forgets.items() if "ExpirationInDays" in rule and not prefix]
    assert "recommender/" not in forgets
    policy = DOCUMENT["Resources"]["RecommenderBucketPolicy"]["Properties"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_end_of_our_own_training_publishes() -> None:
    events = DOCUMENT["Resources"]["RecommenderPublishFunction"]["Properties"]["Events"]
    pattern = events["JobEnded"]["Properties"]["Pattern"]
    assert pattern["detail"]["TrainingJobName"] == [{"prefix": JOB_PREFIX}]
    for case in ("completed", "failed", "stopped"):
        path = ROOT / "events" / "recommender_publish" / f"{case}.json"
        event = json.loads(path.read_text(encoding="utf-8"))
        assert event["source"] in pattern["source"]
        assert event["detail-type"] in pattern["detail-type"]
        assert event["detail"]["TrainingJobStatus"] in pattern["detail"]["TrainingJobStatus"]
        assert event["detail"]["TrainingJobName"].startswith(JOB_PREFIX)


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_every_function_has_events_and_they_are_json(folder: str) -> None:
    cases = list((ROOT / "events" / Path(folder).name).glob("*.json"))
    assert cases
    for case in cases:
        assert isinstance(json.loads(case.read_text(encoding="utf-8")), dict), case


@pytest.mark.parametrize("path", _python(CORE), ids=lambda path: path.relative_to(CORE).as_posix())
def test_core_imports_point_the_right_way(path: Path) -> None:
    imports = _imports(path)
    own = {name.split(".")[1] for name in imports if name.startswith("shopwright.")}
    others = {name.split(".")[0] for name in imports if not name.startswith("shopwright")}
    module = path.relative_to(CORE).with_suffix("").parts[0]
    assert not others & {"functions", "local", "model", "tests"}
    if module == "bootstrap":
        return
    assert "bootstrap" not in own
    if module == "adapters":
        assert own <= BASE | {"adapters"}
        return
    assert not others & {"boto3", "botocore"}
    assert "adapters" not in own
    if module not in EDGE:
        assert not others & {"os", "aws_lambda_powertools"}
        assert not own & EDGE
    if module in BASE:
        assert own <= BASE


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_handlers_import_only_what_a_handler_may(folder: str) -> None:
    imports = _imports(ROOT / folder / "handler.py")
    assert {name.split(".")[0] for name in imports} <= {
        "datetime",
        "typing",
        "aws_lambda_powertools",
        "shopwright",
    }
    assert not [name for name in imports if name.startswith(("shopwright.adapters", "shopwright.settings"))]


def test_the_model_shares_no_code_with_the_core() -> None:
    for path in _python(ROOT / "model"):
        assert not [
            name for name in _imports(path) if name.split(".")[0] in {"shopwright", "functions", "local"}
        ]


def test_the_layer_keeps_the_aws_services_that_are_called() -> None:
    kept = set(re.findall(r"! -name ([a-z0-9-]+)", (DEPENDENCIES / "Makefile").read_text(encoding="utf-8")))
    source = (CORE / "bootstrap.py").read_text(encoding="utf-8")
    called = set(re.findall(r'(?:_client|boto3\.client)\(\s*"([a-z0-9-]+)"', source))
    assert called == {"dynamodb", "sqs", "s3", "sagemaker", "sagemaker-runtime"}
    assert kept == called | {"sts"}


def test_what_ships_is_pinned_with_all_it_brings_by_hash() -> None:
    wanted = (DEPENDENCIES / "requirements.txt").read_text(encoding="utf-8").splitlines()
    locked = (DEPENDENCIES / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9-]+==[^ ]+) \\\n    --hash=sha256:[0-9a-f]{64}", locked, re.MULTILINE)
    assert {line for line in wanted if "==" in line} < set(pins)
    assert len(pins) == len(re.findall(r"^[a-z]", locked, re.MULTILINE))
    assert "--require-hashes -r requirements.lock" in (DEPENDENCIES / "Makefile").read_text(encoding="utf-8")
