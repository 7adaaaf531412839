"""The whole shop on this machine: emulated AWS, model server, functions, gateway, queues and schedules.

``with Shop() as shop:`` starts it and stops all of it, however the block ends. Everything listens on
127.0.0.1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

import uvicorn

from local import api_pages, aws
from local.containers import Containers, FunctionError
from local.gateway import create_app
from local.identity import UserPool
from local.processes import Child, ShopError, free_port, last_lines, listen
from local.stack import Template
from local.template import load_template
from local.triggers import Triggers

_AWS_SECONDS = 30.0
# Weights from a hub or a large file take their time.
_MODEL_SECONDS = 300.0
MODEL_SERVER = ("model", "serve")


def local_parameters() -> dict[str, Any]:
    """The template's parameters that follow from this process's environment.

    Each parameter may be given as the variable of its name (`MODEL_LANGUAGES` for `ModelLanguages`); what is
    not follows from the embedding model configured here (EMBEDDING_ID). Raises ShopError when the model
    cannot be had.
    """
    from model.registry import NotConfigured, default_embedding

    try:
        embedding = default_embedding()
    except NotConfigured as error:
        raise ShopError(str(error)) from error
    defaults = load_template().parameters
    parameters: dict[str, Any] = {
        "EmbeddingQueryPrefix": embedding.query_prefix,
        "EmbeddingPassagePrefix": embedding.passage_prefix,
        # The same server recommends, once RECOMMENDER tells it where recommenders are.
        "RecommenderEndpointName": defaults["ModelEndpointName"],
    }
    if embedding.dimensions:
        parameters["EmbeddingDimensions"] = embedding.dimensions
    for name, default in defaults.items():
        variable = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
        if variable in os.environ:
            given = os.environ[variable]
            if isinstance(default, int) and not given.isdecimal():
                raise ShopError(f"{variable} is {given!r}; it has to be a whole number")
            parameters[name] = int(given) if isinstance(default, int) else given
    return parameters


class Shop:
    """A running shop.

    ``url`` is the gateway's address, ``aws_url`` that of emulated AWS, ``model_url`` the model server's,
    ``resources`` what ``create_resources`` gave.
    """

    url: str
    aws_url: str
    model_url: str
    resources: dict[str, str]

    def __init__(
        self,
        *,
        port: int = 0,
        template: Template | None = None,
        model_server: Sequence[str] = MODEL_SERVER,
        containers: int = 3,
        show_logs: bool = False,
        logs: Path | None = None,
        schedules: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """
        Args:
            port: of the gateway; 0 takes a free one.
            template: the template to run (default: template.yaml with the local model's parameters).
            model_server: module and arguments that serve the model; ``--port N`` is added.
            containers: how many invocations run at once.
            show_logs: the functions' logs go to standard error rather than to a file.
            logs: a folder that keeps what all parts log; else it is gone when the shop stops.
            schedules: run the schedules by the clock.
            say: takes a line of progress.
        """
        self._port = port
        self._template = template
        self._model_server = model_server
        self._size = containers
        self._show_logs = show_logs
        self._logs = logs
        self._schedules = schedules
        self._say = say
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, function: str, event: Any) -> Any:
        """Runs a function (logical id or folder name) with an event; raises FunctionError when it fails."""
        return self._containers.invoke(function, event)

    @property
    def function_processes(self) -> list[int]:
        """The processes that run the functions, as the system knows them."""
        return self._containers.processes

    def token(self, subject: str, *scopes: str) -> str:
        """A token of the shop's for somebody new (see ``local.identity``)."""
        return self._users.token(subject, *scopes)

    def fire(self, function: str) -> Any:
        """Runs a scheduled function now and gives its result."""
        return self._triggers.fire(function)

    def send(self, queue: str, message: Any) -> None:
        """Puts a message on a queue (logical id), as JSON."""
        self._sqs.send_message(QueueUrl=self.resources[queue], MessageBody=json.dumps(message))

    def drain(self, timeout: float = 60.0) -> None:
        """Waits until no queued work is left; TimeoutError after ``timeout`` seconds."""
        self._triggers.drain(timeout)

    def wait(self) -> None:
        """Blocks for as long as the shop runs; Ctrl-C raises KeyboardInterrupt here."""
        while self._gateway.is_alive():
            self._gateway.join(0.5)
        raise ShopError("the gateway has ended")

    def _start(self) -> None:
        started = time.monotonic()
        # First of all, so that a taken port costs nobody the wait for the model.
        listening = self._stack.enter_context(listen(self._port))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        logs = self._logs or Path(tempfile.mkdtemp(prefix="shopwright-"))
        if self._logs:
            logs.mkdir(parents=True, exist_ok=True)
        else:
            self._stack.callback(shutil.rmtree, logs, ignore_errors=True)
        aws_port, model_port = free_port(), free_port()
        aws_url, model_url = f"http://127.0.0.1:{aws_port}", f"http://127.0.0.1:{model_port}"
        self.aws_url, self.model_url = aws_url, model_url
        # Unless told otherwise: of the small models the one that was trained on the shop's own tasks.
        environment = {"MODEL_ID": "shop-copy-en", **aws.environment(aws_url, model_url)}

        def child(name: str, *module: str) -> Child:
            running = Child(name, module, environment, logs / f"{module[0]}.log")
            self._stack.callback(running.stop)
            return running

        template = self._template or load_template(parameters=local_parameters())
        # The bucket is not there yet: the server looks again and again.
        if not environment.get("RECOMMENDER") and "RecommenderBucket" in template.buckets:
            environment["RECOMMENDER"] = f"s3://{template.buckets['RecommenderBucket']}/recommender/"
            environment.setdefault("RECOMMENDER_SECONDS", "1")
        model = child("the model server", *self._model_server, "--port", str(model_port))
        emulated = child("emulated AWS", "local.aws", "--port", str(aws_port))
        emulated.wait_until_answers(f"{aws_url}/moto-api/", _AWS_SECONDS)
        clients = {service: aws.client(service, aws_url) for service in ("dynamodb", "sqs", "s3")}
        self._users = UserPool(aws.client("cognito-idp", aws_url), aws_url)
        self._sqs = clients["sqs"]
        self.resources = aws.create_resources(template, clients)
        self._say(f"emulated AWS      {aws_url}")
        self._start_functions(template, environment, logs / "functions.log")
        self._say(f"functions         {len(template.functions)} in {self._size} containers")
        self._triggers = Triggers(template, self._containers.invoke, self._sqs, self.resources)
        self._stack.callback(self._triggers.stop)
        model.wait_until_answers(f"{model_url}/ping", _MODEL_SECONDS)
        self._say(f"model server      {model_url}")
        self._start_gateway(template, listening)
        self._triggers.start()
        if self._schedules:
            self._triggers.run_schedules()
        self._say(f"gateway           {self.url}  (ready in {time.monotonic() - started:.1f} s)")

    def _start_functions(self, template: Template, environment: dict[str, str], log: Path) -> None:
        output: IO[bytes] | None = None if self._show_logs else self._stack.enter_context(log.open("wb"))
        self._containers = Containers(
            template,
            {**environment, **template.shared_environment(self.resources)},
            size=self._size,
            log=output,
        )
        self._stack.callback(self._containers.stop)
        try:
            self._containers.start()
        except FunctionError as error:
            said = "" if self._show_logs else f"\n{last_lines(log)}"
            raise ShopError(f"{error}{said}") from error

    def _start_gateway(self, template: Template, listening: Any) -> None:
        app = create_app(
            template,
            self._containers.invoke,
            authorizer=self._users.authorizer,
            extra_routes=api_pages.pages(template),
        )
        config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False, loop="asyncio")
        server = uvicorn.Server(config)
        self._gateway = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="gateway", daemon=True
        )
        self._gateway.start()

        def stop() -> None:
            server.should_exit = True
            self._gateway.join(timeout=5)

        self._stack.callback(stop)
        while not server.started:
            if not self._gateway.is_alive():
                raise ShopError("the gateway did not start")
            time.sleep(0.01)


def print_line(line: str) -> None:
    """Progress for a terminal, out of the way of what is piped."""
    print(f"  {line}", file=sys.stderr, flush=True)
