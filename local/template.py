"""Reads template.yaml, so that the local shop, the tests and AWS are built from one description.

``load_template()`` gives functions with their routes, queues and schedules, tables as CreateTable takes them,
queues with their redrive, and buckets. What it does not understand it refuses by name (``TemplateError``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.intrinsics import Resolver, TemplateError, load_yaml
from local.stack import Function, Queue, QueueSource, Route, Schedule, Table, Template

ROOT = Path(__file__).resolve().parent.parent

_TABLE_MADE = {
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "VectorIndexes",
}
# What protects or observes a table in AWS and means nothing to an emulated one.
_TABLE_LEFT_OUT = {
    "TableName",
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "ContributorInsightsSpecification",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
    "Tags",
}
_QUEUE_NUMBERS = {
    "VisibilityTimeout",
    "DelaySeconds",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "MaximumMessageSize",
}
_QUEUE_LEFT_OUT = {
    "QueueName",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "Tags",
}
# All that a bucket has protects it, tidies it up or names it.
_BUCKET_LEFT_OUT = {
    "BucketName",
    "BucketEncryption",
    "LifecycleConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
}


def load_template(
    path: Path = ROOT / "template.yaml", parameters: Mapping[str, Any] | None = None
) -> Template:
    """Reads a SAM template, with other values for its parameters where given.

    Raises TemplateError for what it does not understand, and for a parameter it does not have.
    """
    try:
        return _Reader(load_yaml(path.read_text(encoding="utf-8")), parameters or {}).read(path)
    except TemplateError as error:
        raise TemplateError(f"{path.name}: {error}") from error


class _Reader:
    def __init__(self, document: Any, parameters: Mapping[str, Any]) -> None:
        if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
            raise TemplateError("it has no Resources")
        self.document = document
        self.parameters = {
            name: parameter["Default"]
            for name, parameter in document.get("Parameters", {}).items()
            if "Default" in parameter
        }
        unknown = set(parameters) - set(document.get("Parameters", {}))
        if unknown:
            raise TemplateError(f"there is no parameter {', '.join(sorted(unknown))}")
        self.parameters |= parameters
        self.conditions = document.get("Conditions", {})
        self.resources: dict[str, dict[str, Any]] = document["Resources"]
        self.authorized = self._authorized()
        # A resource stands for itself here: events and redrives name queues by their logical ids.
        itself = {f"{name}{part}": name for name in self.resources for part in ("", ".Arn", ".QueueUrl")}
        self.resolver = Resolver(self.parameters, itself, self.conditions)

    def read(self, path: Path) -> Template:
        return Template(
            path=path,
            functions={n: self.function(n, p) for n, p in self._of("AWS::Serverless::Function")},
            tables={n: self.table(n, p) for n, p in self._of("AWS::DynamoDB::Table")},
            queues={n: self.queue(n, p) for n, p in self._of("AWS::SQS::Queue")},
            buckets={n: self.bucket(n, p) for n, p in self._of("AWS::S3::Bucket")},
            parameters=self.parameters,
            conditions=self.conditions,
        )

    def _authorized(self) -> bool:
        """Whether the API's routes ask for a token: a JWT authorizer that all of them have by default."""
        apis = [each for each in self.resources.values() if each.get("Type") == "AWS::Serverless::HttpApi"]
        for api in apis:
            auth = api.get("Properties", {}).get("Auth")
            if auth is None:
                continue
            authorizer = auth.get("Authorizers", {}).get(auth.get("DefaultAuthorizer"), {})
            if {*authorizer} != {"IdentitySource", "JwtConfiguration"} or len(auth["Authorizers"]) != 1:
                raise TemplateError("Auth: only one JWT authorizer, the default of all routes, runs locally")
            return True
        return False

    def _of(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, resource.get("Properties", {}))
            for name, resource in self.resources.items()
            if resource.get("Type") == kind and self._wanted(resource)
        ]

    def _wanted(self, resource: dict[str, Any]) -> bool:
        condition = resource.get("Condition")
        return condition is None or bool(self.resolver.resolve({"Condition": condition}, "Condition"))

    def function(self, name: str, properties: dict[str, Any]) -> Function:
        common = self.document.get("Globals", {}).get("Function", {})
        if "CodeUri" not in properties or "Handler" not in {**common, **properties}:
            raise TemplateError(f"{name}: only functions with CodeUri and Handler run locally")
        folder = Path(properties["CodeUri"])
        if folder.parent != Path("functions"):
            raise TemplateError(f"{name}.CodeUri: {folder} is not a folder in functions/")
        both = [common.get("Environment", {}), properties.get("Environment", {})]
        settings = self.resolver.resolve(
            {key: {**common, **properties}.get(key) for key in ("Handler", "Timeout", "MemorySize")}, name
        )
        events = [
            (event, f"{name}.Events.{event}", body["Type"], body.get("Properties", {}))
            for event, body in properties.get("Events", {}).items()
        ]
        for _, where, kind, _ in events:
            # Nothing here sends what a rule waits for; such a function is called by hand.
            if kind not in {"HttpApi", "SQS", "Schedule", "ScheduleV2", "EventBridgeRule"}:
                raise TemplateError(f"{where}: {kind} events do not run locally")
        return Function(
            name=name,
            folder=folder.as_posix(),
            handler=settings["Handler"],
            timeout=float(settings["Timeout"] or 3),
            memory=int(settings["MemorySize"] or 128),
            environment={k: v for part in both for k, v in part.get("Variables", {}).items()},
            routes=tuple(self.route(w, p) for _, w, kind, p in events if kind == "HttpApi"),
            queues=tuple(self.source(w, p) for _, w, kind, p in events if kind == "SQS"),
            schedules=tuple(
                self.schedule(f"{name}{event}", where, kind, p)
                for event, where, kind, p in events
                if kind.startswith("Schedule")
            ),
        )

    def route(self, where: str, properties: dict[str, Any]) -> Route:
        auth = properties.get("Auth", {})
        if set(auth) - {"AuthorizationScopes"}:
            raise TemplateError(f"{where}.Auth: only AuthorizationScopes of a route are supported locally")
        scopes = tuple(auth.get("AuthorizationScopes", ())) if self.authorized else None
        if "Path" not in properties:
            return Route("ANY", "$default", scopes)
        path = self.resolver.resolve(properties["Path"], f"{where}.Path")
        method = str(properties.get("Method", "ANY")).upper()
        return Route("ANY" if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" else method, path, scopes)

    def source(self, where: str, properties: dict[str, Any]) -> QueueSource:
        queue = self._queue_named(properties.get("Queue"), f"{where}.Queue")
        return QueueSource(
            queue=queue,
            batch_size=int(properties.get("BatchSize", 10)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        )

    def schedule(self, name: str, where: str, kind: str, properties: dict[str, Any]) -> Schedule:
        expression = properties.get("ScheduleExpression" if kind == "ScheduleV2" else "Schedule")
        resolved = self.resolver.resolve(expression, where)
        if not isinstance(resolved, str) or not resolved.startswith(("rate(", "cron(", "at(")):
            raise TemplateError(f"{where}: {resolved!r} is not a schedule")
        enabled = properties.get("State", "ENABLED") == "ENABLED" and properties.get("Enabled", True)
        payload = self.resolver.resolve(properties.get("Input"), f"{where}.Input")
        return Schedule(name, kind, resolved, payload, bool(enabled))

    def table(self, name: str, properties: dict[str, Any]) -> Table:
        unknown = set(properties) - _TABLE_MADE - _TABLE_LEFT_OUT
        if unknown:
            raise TemplateError(f"{name}: {', '.join(sorted(unknown))} of a table is not supported locally")
        made = self.resolver.resolve({k: v for k, v in properties.items() if k in _TABLE_MADE}, name)
        expiry = self.resolver.resolve(properties.get("TimeToLiveSpecification", {}), name)
        return Table(
            name=self._own_name(properties.get("TableName"), name),
            create=made,
            expires_by=expiry.get("AttributeName") if expiry.get("Enabled") else None,
        )

    def queue(self, name: str, properties: dict[str, Any]) -> Queue:
        unknown = set(properties) - _QUEUE_NUMBERS - _QUEUE_LEFT_OUT
        if unknown:
            raise TemplateError(f"{name}: {', '.join(sorted(unknown))} of a queue is not supported locally")
        redrive = properties.get("RedrivePolicy", {})
        numbers = self.resolver.resolve({k: v for k, v in properties.items() if k in _QUEUE_NUMBERS}, name)
        return Queue(
            name=self._own_name(properties.get("QueueName"), name),
            attributes={key: str(value) for key, value in numbers.items()},
            dead_letters=self._queue_named(redrive["deadLetterTargetArn"], f"{name}.RedrivePolicy")
            if redrive
            else None,
            max_receives=int(redrive.get("maxReceiveCount", 0)),
        )

    def bucket(self, name: str, properties: dict[str, Any]) -> str:
        unknown = set(properties) - _BUCKET_LEFT_OUT
        if unknown:
            raise TemplateError(f"{name}: {', '.join(sorted(unknown))} of a bucket is not supported locally")
        # Names of buckets have no capitals and are everybody's: hence the stack's in front, as in AWS.
        return self._own_name(properties.get("BucketName"), f"shopwright-{name}").lower()

    def _own_name(self, given: Any, name: str) -> str:
        return str(self.resolver.resolve(given, name)) if given else name

    def _queue_named(self, value: Any, where: str) -> str:
        queue = self.resolver.resolve(value, where)
        if self.resources.get(queue, {}).get("Type") != "AWS::SQS::Queue":
            raise TemplateError(f"{where}: {value} is not a queue of this template")
        return queue
