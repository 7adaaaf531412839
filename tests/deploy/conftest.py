"""The shop deployed by `sam deploy` to emulated AWS that runs what it is given (ministack)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import aws
from local.intrinsics import REGION
from local.processes import free_port, last_lines

from .completing import Stack, make_routes, make_vector_index

MINISTACK_PYTHON = os.environ.get("MINISTACK_PYTHON", "")
STACK = "shop"
SCOPES = ("customer", "service", "marketing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not MINISTACK_PYTHON:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="run by make test-deploy, which builds first"))


@dataclass(frozen=True)
class Emulated:
    """Emulated AWS at `url`, its processes' environment, and a user pool for the shop's callers."""

    url: str
    environment: Mapping[str, str]
    pool: str
    clients: Mapping[str, tuple[str, str]]  # per scope the app client's id and secret

    def client(self, service: str) -> Any:
        return aws.client(service, self.url)

    def token(self, scope: str) -> str:
        """What Cognito gives an app by itself; its `sub` is the app's client id."""
        answer = httpx.post(
            f"{self.url}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": f"shop/{scope}"},
            auth=self.clients[scope],
        )
        token: str = answer.raise_for_status().json()["access_token"]
        return token


@pytest.fixture(scope="session")
def emulated(model_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    folder = tmp_path_factory.mktemp("ministack")
    port = free_port()
    environment = aws.environment(f"http://127.0.0.1:{port}", model_url)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [MINISTACK_PYTHON, "-m", "ministack"],
            cwd=folder,
            env={
                **environment,
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",
                "IOT_MTLS_ENABLED": "0",
                "LAMBDA_EXECUTOR": "local",
                "MINISTACK_REGION": REGION,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "log")
        yield Emulated(url, environment, *_user_pool(Emulated(url, environment, "", {})))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"ministack does not answer\n{last_lines(log)}")


def _user_pool(emulated: Emulated) -> tuple[str, dict[str, tuple[str, str]]]:
    cognito = emulated.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="shop")["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain="shop", UserPoolId=pool)
    cognito.create_resource_server(
        UserPoolId=pool,
        Identifier="shop",
        Name="shop",
        Scopes=[{"ScopeName": scope, "ScopeDescription": scope} for scope in SCOPES],
    )
    clients = {}
    for scope in SCOPES:
        made = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName=scope,
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[f"shop/{scope}"],
            AllowedOAuthFlowsUserPoolClient=True,
        )["UserPoolClient"]
        clients[scope] = (made["ClientId"], made["ClientSecret"])
    return pool, clients


Deploy = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def deploy(emulated: Emulated) -> Deploy:
    """Runs `sam deploy` of what was built, with parameters; gives the stack's outputs."""

    def run(release: str = "", **parameters: str) -> dict[str, str]:
        built = Path(os.environ["BUILT"]) / "template.yaml"
        # ministack hands SAM's transform no parameters, so that it sees their defaults only.
        template = built.with_stem("released")
        default = 'Default: ""\n    AllowedPattern: ^([0-9a-f]{64})?$'
        said = built.read_text(encoding="utf-8").replace("Default: ''", 'Default: ""')
        assert said.count(default) == 1
        template.write_text(said.replace(default, default.replace('""', f'"{release}"')), encoding="utf-8")
        processor = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        given = {
            "Processor": processor,
            "TokenIssuer": f"https://cognito-idp.{REGION}.amazonaws.com/{emulated.pool}",
            "TokenAudience": ",".join(client for client, _ in emulated.clients.values()),
            "ConsentByDefault": "profiling,personalisation,model_processing",
            **parameters,
        }
        done = subprocess.run(
            [
                *(os.environ["SAM"], "deploy", "--template-file", str(template)),
                *("--stack-name", STACK, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"),
                *("--no-confirm-changeset", "--no-progressbar", "--region", REGION),
                *("--parameter-overrides", *(f"{name}={value}" for name, value in given.items())),
            ],
            env={**emulated.environment, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        [stack] = emulated.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    return run


Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def ask(emulated: Emulated, deploy: Deploy) -> Iterator[Ask]:
    """Sends a request to the deployed API, with a token of a scope if one is named."""
    url = deploy()["ApiUrl"]
    stack = Stack(emulated.client("cloudformation"), STACK)
    make_routes(emulated.client("apigatewayv2"), stack)
    make_vector_index(emulated.client("dynamodb"), stack, "CatalogTable")
    tokens = {scope: emulated.token(scope) for scope in SCOPES}
    # The API's name leads nowhere here; the header does.
    headers = {"host": f"{url.removeprefix('https://').partition('.')[0]}.execute-api.localhost"}
    with httpx.Client(base_url=emulated.url, headers=headers, timeout=60) as http:

        def send(method: str, path: str, scope: str | None, body: Any = None) -> httpx.Response:
            bearer = {} if scope is None else {"authorization": f"Bearer {tokens[scope]}"}
            return http.request(method, path, json=body, headers=bearer)

        yield send
