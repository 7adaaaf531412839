"""The shop's stores and a scripted model, for functions that run as they were built."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local import aws
from local.identity import SERVICE
from local.sample.loading import load_sample
from local.shop import Shop, local_parameters
from local.stack import Template
from local.template import load_template
from shopwright.consent import PURPOSES

from .emulator import RUNTIME_PYTHON, Emulated

TIMES = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not RUNTIME_PYTHON:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="run by make test-runtime, which builds first"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = terminalreporter.config.stash.get(TIMES, [])
    if lines:
        terminalreporter.section("milliseconds under the runtime interface emulator")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def template() -> Template:
    return load_template(parameters=local_parameters() | {"ConsentByDefault": ",".join(PURPOSES)})


@pytest.fixture(scope="session")
def shop(template: Template) -> Iterator[Shop]:
    """The stores behind the functions, filled; its own functions run from the source."""
    with Shop(template=template, model_server=("tests.local.healthy_model",), containers=1) as shop:
        load_sample(shop.url, shop.token("loader", SERVICE), lambda line: None, customers=8)
        yield shop


Start = Callable[[str], Emulated]


@pytest.fixture
def start(shop: Shop, template: Template) -> Iterator[Start]:
    """Starts a function by its name, with the environment that the template gives it."""
    endpoints = {
        name: value
        for name, value in aws.environment(shop.aws_url, shop.model_url).items()
        if name.startswith("AWS_") or name.lower() == "no_proxy"
    }
    with ExitStack() as stack:

        def started(name: str) -> Emulated:
            function = template.function(name)
            environment = {
                **endpoints,
                **template.environment(function.name, shop.resources),
                "PATH": os.defpath,
            }
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            running = Emulated(function.folder, environment, scratch, function.timeout)
            stack.callback(running.stop)
            return running

        yield started
