"""Counts times prices, as the tables of docs/operations.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.costs.prices import AS_OF, MONTH_HOURS, PRICES, REGION, price
from local.intrinsics import load_yaml
from local.template import ROOT

BEGIN, END = "<!-- costs: made by `make costs` -->", "<!-- end of costs -->"


def between_marks(document: str, said: str) -> str:
    """The document with what stands between the marks replaced. Raises ValueError where it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} ... {END}")
    return f"{before}{begin}\n\n{said}\n{end}{after}"


def dollars(call: Mapping[str, Any]) -> dict[str, float]:
    """What one call costs, by component. The endpoint's machine is paid by the hour and stands apart."""
    seconds = call["seconds"] + call["model_seconds"]
    return {
        "api": price("api_request") if call["api"] else 0.0,
        "lambda": price("lambda_request") + seconds * call["memory_mb"] / 1024 * price("lambda_gb_second"),
        "dynamodb": call["reads"] * price("read_unit") + call["writes"] * price("write_unit"),
        "rest": call["queue"] * price("queue_request")
        + call["object_writes"] * price("object_write")
        + call["object_reads"] * price("object_read")
        + call["log_bytes"] / 2**30 * price("log_gb"),
    }


def render(found: Mapping[str, Any]) -> str:
    """Both tables, the prices they rest on, and how they were made."""
    scheduled = {*found["schedules"]}
    asked = [call for call in found["calls"] if call["function"] not in scheduled]
    lines = [
        f"Counted on {found['when']} with `{found['command']}` in the sample shop "
        f"({found['products']} products, {found['customers']} customers); list prices of {REGION}, "
        f"{AS_OF:%B %Y}, without free tiers.",
        "",
        "Per 1,000 calls, in dollars. Lambda waits for the model and is paid for it: here the small default "
        "model on two processors. Searches of the vector index are counted; their price is not in the sum.",
        "",
        "| 1,000 times | reads | writes | searches | model calls | tokens in / out "
        "| API | Lambda | DynamoDB | rest | sum |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for call in asked:
        cost = dollars(call)
        lines.append(
            f"| {call['call']} | {1000 * call['reads']:,.0f} | {1000 * call['writes']:,.0f} "
            f"| {1000 * call['searches']:,.0f} | {1000 * call['model_calls']:,.0f} "
            f"| {1000 * call['tokens_in']:,.0f} / {1000 * call['tokens_out']:,.0f} | "
            + " | ".join(f"{1000 * each:.3f}" for each in cost.values())
            + f" | {1000 * sum(cost.values()):.3f} |"
        )
    lines += [
        "",
        "A month in which nobody calls:",
        "",
        "| what | a month | dollars |",
        "| --- | ---: | ---: |",
    ]
    idle = [*_idle(found)]
    lines += [f"| {what} | {count} | {cost:.2f} |" for what, count, cost in idle]
    lines += [f"| **all of it** | | **{sum(cost for *_, cost in idle):.2f}** |", ""]
    hours, kept = price("gpu_hour"), price("table_gb_month") + price("recovery_gb_month")
    lines += [
        f"The endpoint comes on top while a copy of the model runs: {hours:.2f} dollars an hour on "
        f"ml.g6.xlarge, {hours * MONTH_HOURS:,.0f} a month if it never sleeps, nothing at zero copies. "
        f"What is kept costs {kept:.2f} dollars a GB and month, recovery included.",
        "",
        "| price | dollars |",
        "| --- | ---: |",
        *(f"| {what} | {_plain(each)} |" for what, each in PRICES.values()),
    ]
    return "\n".join(lines) + "\n"


def _plain(amount: float) -> str:
    """Cents at least, and as many more digits as there are."""
    whole, _, part = f"{amount:.10f}".rstrip("0").partition(".")
    return f"{whole}.{part:0<2}"


def _idle(found: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """What runs or stands there whether anybody calls or not."""
    document = load_yaml((ROOT / "template.yaml").read_text(encoding="utf-8"))
    resources = document["Resources"].values()
    memory = document["Globals"]["Function"]["MemorySize"] / 1024
    snapshots = sum("SnapStart" in each.get("Properties", {}) for each in resources)
    alarms = sum(each["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in each for each in resources)
    rows = [
        (
            f"snapshots of {snapshots} functions, one version each",
            f"{snapshots} x {memory:g} GB",
            snapshots * memory * MONTH_HOURS * 3600 * price("snapshot_gb_second"),
        )
    ]
    by_function = {call["function"]: call for call in found["calls"]}
    for function, runs in found["schedules"].items():
        call = by_function[function]
        each = sum(dollars(call).values()) + price("schedule_run")
        rows.append((f"{call['call']} ({function})", f"{runs:,.0f}", runs * each))
    rows.append(("alarms", str(alarms), alarms * price("alarm_month")))
    rows.append(("dashboard", "1", price("dashboard_month")))
    return rows
