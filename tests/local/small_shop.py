"""A small template with its handlers, written into a folder: what the local infrastructure is tried on."""

from pathlib import Path

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
  Dimensions: {Type: Number, Default: 3}
Conditions:
  Loud: !Equals [!Ref Greeting, HELLO]
Globals:
  Function:
    Handler: handler.lambda_handler
    Timeout: 10
    Environment:
      Variables:
        NOTES_TABLE: !Ref NotesTable
        JOBS_URL: !Ref Jobs
        GREETING: !Sub "${Greeting}, you"
        LOUD: !If [Loud, "yes", !Ref AWS::NoValue]
Resources:
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/echo/
      MemorySize: 512
      Events:
        Any: {Type: HttpApi, Properties: {Path: "/echo/{name}", Method: ANY}}
        Fixed: {Type: HttpApi, Properties: {Path: /echo/fixed, Method: GET}}
        Greedy: {Type: HttpApi, Properties: {Path: "/files/{proxy+}", Method: GET}}
  SlowFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/slow/
      Timeout: 1
      Events:
        Post: {Type: HttpApi, Properties: {Path: /slow, Method: post}}
  WorkFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/work
      Environment: {Variables: {DEPTH: !GetAtt Jobs.QueueName}}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 4
            FunctionResponseTypes: [ReportBatchItemFailures]
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
        Done: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.sagemaker]}}}
  NotesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      SSESpecification: {SSEEnabled: true}
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: kind, AttributeType: S}
        - {AttributeName: language, AttributeType: S}
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by_kind
          KeySchema: [{AttributeName: kind, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
      VectorIndexes:
        - IndexName: embedding
          VectorAttribute: {AttributeName: embedding}
          Dimensions: !Ref Dimensions
          DistanceFunction: COSINE
          SearchSchema:
            - {AttributeName: kind, SearchSchemaElementType: HASH}
            - {AttributeName: language, SearchSchemaElementType: INLINE_FILTER}
          Projection: {ProjectionType: KEYS_ONLY}
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  RecommenderBucket:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: {BlockPublicAcls: true}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadJobs.Arn, maxReceiveCount: 2}
  DeadJobs:
    Type: AWS::SQS::Queue
"""

ECHO = """
import os

def lambda_handler(event, context):
    print("a line on standard output")
    wanted = (event.get("queryStringParameters") or {}).get("want")
    if wanted == "raise":
        raise KeyError("no such thing")
    if wanted == "exit":
        os._exit(3)
    return {"event": event, "greeting": os.environ["GREETING"], "pid": os.getpid(),
            "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}
"""

SLOW = """
import time

def lambda_handler(event, context):
    time.sleep(60)
"""

WORK = """
import json, os
import boto3

def lambda_handler(event, context):
    table = boto3.client("dynamodb")
    failed = []
    for record in event.get("Records", []):
        job = json.loads(record["body"])
        if job == "raise":
            raise ValueError("the whole batch")
        if job == "fail":
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        table.update_item(
            TableName=os.environ["NOTES_TABLE"],
            Key={"id": {"S": job}},
            UpdateExpression="ADD done :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    if "detail-type" in event:
        boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS_URL"], MessageBody='"swept"')
        return event
    return {"batchItemFailures": failed}
"""


def write(folder: Path) -> Path:
    """Writes template and handlers; gives the template's path."""
    for name, code in {"echo": ECHO, "slow": SLOW, "work": WORK}.items():
        place = folder / "functions" / name
        place.mkdir(parents=True)
        (place / "handler.py").write_text(code, encoding="utf-8")
    path = folder / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path
