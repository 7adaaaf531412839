"""What AWS makes of a template and ministack leaves out: an HTTP API's `Body`, a table's vector indexes."""

from __future__ import annotations

import json
import time
from typing import Any


class Stack:
    """A deployed stack: its template as SAM transformed it, its resources' names, its parameters' values."""

    def __init__(self, cloudformation: Any, name: str) -> None:
        body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        self.template = json.loads(body) if isinstance(body, str) else body
        [described] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.names = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

    def properties(self, resource: str) -> dict[str, Any]:
        properties: dict[str, Any] = self.template["Resources"][resource]["Properties"]
        return properties


def make_routes(gateway: Any, stack: Stack) -> None:
    """The API's authorizer, integrations and routes."""
    api, body = stack.names["Api"], stack.properties("Api")["Body"]
    authorizers = {}
    for name, scheme in body["components"]["securitySchemes"].items():
        described = scheme["x-amazon-apigateway-authorizer"]
        jwt = described["jwtConfiguration"]
        authorizers[name] = gateway.create_authorizer(
            ApiId=api,
            AuthorizerType="JWT",
            Name=name,
            IdentitySource=[described["identitySource"]],
            JwtConfiguration={
                "Issuer": stack.parameters[jwt["issuer"]["Ref"]],
                "Audience": stack.parameters[jwt["audience"]["Ref"]].split(","),
            },
        )["AuthorizerId"]
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            described = operation["x-amazon-apigateway-integration"]
            # .../functions/${ActivityFunctionAliaslive}/invocations
            function = described["uri"]["Fn::Sub"].rpartition("${")[2].partition("}")[0]
            integration = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=stack.names[function],
                PayloadFormatVersion=described["payloadFormatVersion"],
            )["IntegrationId"]
            [security] = operation["security"]
            [(name, scopes)] = security.items()
            gateway.create_route(
                ApiId=api,
                RouteKey=f"{method.upper()} {path}",
                Target=f"integrations/{integration}",
                AuthorizationType="JWT",
                AuthorizerId=authorizers[name],
                AuthorizationScopes=scopes,
            )


def make_vector_index(dynamodb: Any, stack: Stack, resource: str) -> None:
    """The table's vector index; returns when it is filled."""
    table, properties = stack.names[resource], stack.properties(resource)
    [index] = properties["VectorIndexes"]
    dimensions = int(stack.parameters[index["Dimensions"]["Ref"]])
    dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=properties["AttributeDefinitions"],
        VectorIndexUpdates=[{"Create": index | {"Dimensions": dimensions}}],
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        described = dynamodb.describe_table(TableName=table)["Table"]
        if [each["IndexStatus"] for each in described["VectorIndexes"]] == ["ACTIVE"]:
            return
        time.sleep(0.5)
    raise TimeoutError(f"{table}: {described}")
