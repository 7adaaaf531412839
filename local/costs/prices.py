"""What AWS takes for what the shop uses, in US dollars: list prices of us-east-1, without free tiers.

Typed in from AWS's pricing pages; a price that has changed since is mended here, and `make costs` makes the
tables again.
"""

from __future__ import annotations

from datetime import date

AS_OF = date(2026, 11, 1)
REGION = "us-east-1"
MONTH_HOURS = 730

PRICES = {
    "api_request": ("API Gateway, HTTP API: a request of up to 512 kB", 1.00e-6),
    "lambda_request": ("Lambda: a request", 0.20e-6),
    "lambda_gb_second": ("Lambda on arm64: a GB-second", 0.0000133334),
    "snapshot_gb_second": ("Lambda SnapStart: a GB of a snapshot kept for a second", 0.0000015046),
    "restore_gb": ("Lambda SnapStart: a GB restored", 0.0001397998),
    "read_unit": ("DynamoDB on demand: a read request unit", 0.125e-6),
    "write_unit": ("DynamoDB on demand: a write request unit", 0.625e-6),
    "table_gb_month": ("DynamoDB: a GB kept for a month", 0.25),
    "recovery_gb_month": ("DynamoDB point-in-time recovery: a GB for a month", 0.20),
    "queue_request": ("SQS: a request", 0.40e-6),
    "schedule_run": ("EventBridge Scheduler: an invocation", 1.00e-6),
    "object_write": ("S3: a PUT or LIST request", 5.0e-6),
    "object_read": ("S3: a GET request", 0.4e-6),
    "log_gb": ("CloudWatch Logs: a GB taken in", 0.50),
    "alarm_month": ("CloudWatch: an alarm of a standard metric, a month", 0.10),
    "metric_month": ("CloudWatch: a custom metric, a month", 0.30),
    "dashboard_month": ("CloudWatch: a dashboard, a month", 3.00),
    "gpu_hour": ("SageMaker hosting: ml.g6.xlarge (one L4), an hour", 1.1267),
}


def price(name: str) -> float:
    """Dollars for one."""
    return PRICES[name][1]
