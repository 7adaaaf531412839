"""A real run with the SageMaker SDK against a recorder on loopback: it sends what the dry run printed.

The SDK has an environment of its own (model/requirements-deploy.txt), named by DEPLOY_PYTHON, else
.venv-deploy; without it these tests are skipped and test_deploy.py alone holds the plan.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from model.deployment.plan import Answer, Call
from model.deployment.rehearsal import Rehearsal
from tests.model.deployments import OURS, SITUATIONS

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("DEPLOY_PYTHON", ROOT / ".venv-deploy/bin/python"))
SERVICES = {
    "SageMaker": "sagemaker",
    "AnyScaleFrontendService": "application-autoscaling",
    "GraniteServiceVersion20100801": "cloudwatch",
}

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="the SageMaker SDK's environment is not made")

Request = tuple[str, str, dict[str, Any]]


@contextmanager
def _recorder(answer: Callable[[Call], Answer]) -> Iterator[tuple[str, list[Request]]]:
    """An address that takes three services' requests; what `answer` has no answer for is not there."""
    requests: list[Request] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service, operation = self.headers["X-Amz-Target"].split(".")
            asked: Request = (SERVICES[service], operation, json.loads(body))
            requests.append(asked)
            answered = answer(Call(*asked))
            if answered is None:
                answered = {"__type": "ValidationException", "message": "Could not find it."}
            text = json.dumps(answered).encode()
            self.send_response(400 if "__type" in answered else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _deploy(arguments: list[str], home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return _run(["-m", "model.deploy", "--poll-seconds", "0", *arguments], home, **environment)


def _run(arguments: list[str], home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "HOME": str(home)}
    return subprocess.run(
        [PYTHON, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=kept | nowhere | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_real_run_sends_what_the_dry_run_printed(tmp_path: Path, situation: str) -> None:
    arguments = SITUATIONS[situation]
    printed = _deploy([*arguments, "--dry-run"], tmp_path)
    assert printed.returncode == 0, printed.stderr
    planned = [json.loads(line) for line in printed.stdout.splitlines()]
    stands = Rehearsal("shopwright-model", existing="--existing" in arguments or "--delete" in arguments)
    with _recorder(stands) as (address, requests):
        ended = _deploy(
            [part for part in arguments if part != "--existing"], tmp_path, AWS_ENDPOINT_URL=address, **KEYS
        )
    assert ended.returncode == 0, ended.stderr
    assert requests == [(call["service"], call["operation"], call["parameters"]) for call in planned]
    assert ended.stdout.splitlines()[-1] in (
        "shopwright-model is in service",
        "shopwright-model is gone",
    )


def test_without_credentials_it_says_so(tmp_path: Path) -> None:
    ended = _deploy(OURS, tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "no AWS credentials" in ended.stderr


def test_a_request_that_is_not_the_planned_one_is_never_sent(tmp_path: Path) -> None:
    """The SDK's listing takes no page size: what it would send then differs from the plan."""
    program = (
        "from model.deployment.plan import Call\n"
        "from model.deployment.sdk import Aws\n"
        "asked = {'NameContains': 'shop-', 'MaxResults': 5}\n"
        "Aws('eu-central-1', print)(Call('sagemaker', 'ListModels', asked))\n"
    )
    with _recorder(Rehearsal("shop", existing=True)) as (address, requests):
        ended = _run(["-c", program], tmp_path, AWS_ENDPOINT_URL=address, **KEYS)
    assert ended.returncode == 1
    assert "the SDK would send ListModels {'NameContains': 'shop-'}" in ended.stderr
    assert requests == []


def test_an_exceeded_quota_is_said_with_what_to_do(tmp_path: Path) -> None:
    stands = Rehearsal("shopwright-model", existing=False)

    def answer(call: Call) -> Answer:
        if call.operation == "CreateEndpoint":
            return {"__type": "ResourceLimitExceeded", "message": "The limit for ml.g6.xlarge is 0."}
        return stands(call)

    with _recorder(answer) as (address, requests):
        ended = _deploy(OURS, tmp_path, AWS_ENDPOINT_URL=address, **KEYS)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "quota of the account is exceeded: The limit for ml.g6.xlarge is 0." in ended.stderr
    assert requests[-1][1] == "CreateEndpoint"


def test_waiting_ends_and_says_how_to_go_on(tmp_path: Path) -> None:
    program = (
        "from model.deployment import plan\n"
        "from model.deployment.sdk import Aws\n"
        "aws = Aws('eu-central-1', print, poll_seconds=0.01, timeout_seconds=0.05)\n"
        "plan.follow(plan.delete('shop'), aws)\n"
    )
    stands = Rehearsal("shop", existing=True)

    def answer(call: Call) -> Answer:
        return {} if call.operation == "DeleteEndpoint" else stands(call)

    with _recorder(answer) as (address, _):
        ended = _run(["-c", program], tmp_path, AWS_ENDPOINT_URL=address, **KEYS)
    assert ended.returncode == 1
    assert "waiting for shop: it is gone (0 s)" in ended.stdout
    assert "the same command waits on" in ended.stderr
