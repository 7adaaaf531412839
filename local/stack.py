"""What a template describes: functions, what calls them, tables, queues, buckets (see ``local.template``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.intrinsics import Resolver, TemplateError


@dataclass(frozen=True)
class Route:
    """One HTTP API route. ``method`` is upper case, or ANY; ``path`` may hold ``{name}`` and ``{name+}``.

    ``scopes``: a caller's token needs one of them; None where the route asks for no token.
    """

    method: str
    path: str
    scopes: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """The route key of API Gateway."""
        return "$default" if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class QueueSource:
    """A queue whose messages call the function. ``queue`` is its logical id, ``window`` seconds to gather."""

    queue: str
    batch_size: int
    window: float
    reports_failures: bool


@dataclass(frozen=True)
class Schedule:
    """A timer of the function: ``rate(...)`` or ``cron(...)``; ``payload`` is its Input, if it has one."""

    name: str
    kind: str
    expression: str
    payload: Any
    enabled: bool


@dataclass(frozen=True)
class Function:
    """One Lambda. ``folder`` as in CodeUri, ``timeout`` in seconds, ``memory`` in MiB.

    ``environment`` is not yet resolved.
    """

    name: str
    folder: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, Any]
    routes: tuple[Route, ...]
    queues: tuple[QueueSource, ...]
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True)
class Queue:
    """A queue: SQS attributes, and where messages go that failed ``max_receives`` times (a logical id)."""

    name: str
    attributes: Mapping[str, str]
    dead_letters: str | None
    max_receives: int


@dataclass(frozen=True)
class Table:
    """A table: its CreateTable arguments, and the attribute that expires items."""

    name: str
    create: Mapping[str, Any]
    expires_by: str | None


@dataclass(frozen=True)
class Template:
    """template.yaml, read. The dictionaries are keyed by logical id, in the template's order."""

    path: Path
    functions: Mapping[str, Function]
    tables: Mapping[str, Table]
    queues: Mapping[str, Queue]
    buckets: Mapping[str, str]  # their names
    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]

    def function(self, name: str) -> Function:
        """The function with this logical id or this folder's last part; the error names all there are."""
        for function in self.functions.values():
            if name in {function.name, function.folder.rpartition("/")[2]}:
                return function
        raise TemplateError(f"there is no function {name}; there are {', '.join(self.functions)}")

    def environment(self, name: str, resources: Mapping[str, str]) -> dict[str, str]:
        """A function's environment variables, given what was made (see ``local.aws.create_resources``)."""
        resolver = Resolver(self.parameters, resources, self.conditions)
        variables = resolver.resolve(dict(self.function(name).environment), f"{name}.Environment.Variables")
        return {variable: _text(value) for variable, value in variables.items()}

    def shared_environment(self, resources: Mapping[str, str]) -> dict[str, str]:
        """The environment of all functions at once, as local processes run any of them.

        Raises TemplateError where two functions want different values for one variable;
        POWERTOOLS_SERVICE_NAME may differ and is left out then.
        """
        shared: dict[str, str] = {}
        wants: dict[str, str] = {}
        undecided = set()
        for name in self.functions:
            for variable, value in self.environment(name, resources).items():
                if shared.setdefault(variable, value) == value:
                    wants.setdefault(variable, name)
                elif variable == "POWERTOOLS_SERVICE_NAME":
                    undecided.add(variable)
                else:
                    raise TemplateError(
                        f"{name} wants {variable}={value!r}, {wants[variable]} {shared[variable]!r}: "
                        "functions share one environment locally"
                    )
        return {variable: value for variable, value in shared.items() if variable not in undecided}


def _text(value: Any) -> str:
    # As CloudFormation writes booleans into an environment.
    return str(value).lower() if isinstance(value, bool) else str(value)
