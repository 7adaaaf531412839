"""The whole local shop on a small template: processes start, work together, and stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from typer.testing import CliRunner, Result

from local.__main__ import app
from local.containers import FunctionError, FunctionTimeout
from local.processes import Child, ShopError, free_port, listen
from local.shop import Shop, local_parameters
from local.template import ROOT, load_template
from tests.local import small_shop

MODEL = ("tests.local.fake_model",)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    template = load_template(small_shop.write(tmp_path_factory.mktemp("small")))
    with Shop(template=template, model_server=MODEL, containers=2) as running:
        yield running


def test_a_request_reaches_its_function(shop: Shop) -> None:
    answer = httpx.get(f"{shop.url}/echo/fixed?a=1")
    assert answer.status_code == 200
    seen = answer.json()
    assert seen["event"]["routeKey"] == "GET /echo/fixed"
    assert seen["greeting"] == "hello, you"
    assert 0 < seen["left"] <= 10_000
    assert seen["arn"].endswith(":function:EchoFunction")
    assert seen["pid"] != os.getpid()


def test_the_model_server_looks_for_recommenders_in_the_shops_bucket(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert httpx.get(shop.model_url).text == f"s3://{shop.resources['RecommenderBucket']}/recommender/"
    monkeypatch.setenv("RECOMMENDER", "a folder")
    template = load_template(small_shop.write(tmp_path))
    with Shop(template=template, model_server=MODEL, containers=1) as told_otherwise:
        assert httpx.get(told_otherwise.model_url).text == "a folder"


def test_functions_that_fail(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    for want, why in {"raise": "KeyError: 'no such thing'", "exit": "Runtime.ExitError"}.items():
        answer = httpx.get(f"{shop.url}/echo/fixed", params={"want": want})
        assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
        assert why in caplog.text
    assert httpx.get(f"{shop.url}/echo/fixed").status_code == 200


def test_a_function_that_takes_too_long_is_ended(shop: Shop) -> None:
    with pytest.raises(FunctionTimeout, match="timed out after 1 s"):
        shop.invoke("slow", {})
    assert shop.invoke("echo", {})["event"] == {}


def test_an_event_that_does_not_fit_json_harms_nobody(shop: Shop) -> None:
    with pytest.raises(TypeError):
        shop.invoke("echo", {"a": object()})
    assert shop.invoke("echo", {})["event"] == {}


def test_queues_schedules_and_tables_work_together(shop: Shop) -> None:
    assert shop.fire("WorkFunction")["source"] == "aws.scheduler"
    shop.send("Jobs", "sent")
    shop.send("Jobs", "fail")
    shop.drain(20)
    table = boto3.client(
        "dynamodb",
        endpoint_url=shop.aws_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # pragma: allowlist secret
    )
    notes = {item["id"]["S"]: item["done"]["N"] for item in table.scan(TableName="NotesTable")["Items"]}
    assert notes == {"swept": "1", "sent": "1"}


def test_a_function_of_a_running_shop_is_invoked_from_the_command_line(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = load_template(small_shop.write(tmp_path))
    monkeypatch.setattr("local.invoke.load_template", lambda: template)
    event = tmp_path / "event.json"

    def run(function: str, content: str) -> Result:
        event.write_text(content, encoding="utf-8")
        port = shop.url.rpartition(":")[2]
        return CliRunner().invoke(app, ["invoke", function, str(event), "--port", port])

    done = run("echo", '{"a": "你"}')
    assert done.exit_code == 0
    assert json.loads(done.stdout)["event"] == {"a": "你"}
    failed = run("EchoFunction", '{"queryStringParameters": {"want": "raise"}}')
    assert failed.exit_code == 1
    progress, _, failure = failed.stderr.partition("\n")
    assert progress.strip() == f"in the shop at {shop.url}"
    assert json.loads(failure)["errorType"] == "KeyError"
    assert "there is no function nobody; there are EchoFunction" in run("nobody", "{}").stderr
    assert "event.json: Expecting property name" in run("echo", "{").stderr


def test_a_taken_port_is_named() -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ShopError, match=rf"port {port} .* choose another one with --port"):
            Shop(port=port, model_server=MODEL).__enter__()


def test_a_child_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    child = Child("the server", ["tests.local.nothing_there"], dict(os.environ), tmp_path / "log")
    with pytest.raises(ShopError, match=r"(?s)the server ended with 1\n.*No module named"):
        child.wait_until_answers("http://127.0.0.1:9/", 20)
    child.stop()


def test_handlers_that_cannot_be_imported_stop_the_start(tmp_path: Path) -> None:
    template = load_template(small_shop.write(tmp_path))
    (tmp_path / "functions" / "echo" / "handler.py").write_text("import nothing_there\n", encoding="utf-8")
    with pytest.raises(ShopError, match=r"(?s)did not start.*No module named 'nothing_there'"):
        Shop(template=template, model_server=MODEL).__enter__()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_with_their_parent_however_it_ends(tmp_path: Path, how: signal.Signals) -> None:
    port = free_port()
    code = (
        "import os, pathlib, time\n"
        "from local.processes import Child\n"
        f"child = Child('model', ['tests.local.fake_model', '--port', '{port}'], dict(os.environ),"
        f" pathlib.Path({str(tmp_path / 'log')!r}))\n"
        f"child.wait_until_answers('http://127.0.0.1:{port}/', 30)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
    finally:
        parent.send_signal(how)
        parent.wait()
        parent.stdout.close()
    deadline = time.monotonic() + 20
    while _listens(port):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    template = load_template(small_shop.write(tmp_path))
    with Shop(template=template, model_server=MODEL, containers=1) as running:
        pid = running.invoke("echo", {})["pid"]
        ports = [int(url.rpartition(":")[2]) for url in (running.url, running.aws_url)]
        assert all(_listens(port) for port in ports)
    assert not any(_listens(port) for port in ports)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(FunctionError, match="the shop is stopping"):
        running.invoke("echo", {})


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_environment_sets_the_templates_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_LANGUAGES", "en,zh")
    monkeypatch.setenv("EVENT_RETENTION_DAYS", "30")
    parameters = local_parameters()
    assert (parameters["ModelLanguages"], parameters["EventRetentionDays"]) == ("en,zh", 30)
    assert parameters["RecommenderEndpointName"] == load_template().parameters["ModelEndpointName"]
    monkeypatch.setenv("RECOMMENDER_ENDPOINT_NAME", "")
    assert local_parameters()["RecommenderEndpointName"] == ""
    monkeypatch.setenv("EVENT_RETENTION_DAYS", "a month")
    with pytest.raises(ShopError, match="EVENT_RETENTION_DAYS"):
        local_parameters()
