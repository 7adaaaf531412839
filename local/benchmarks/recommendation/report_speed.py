"""The parts of the document about seconds and bytes."""

from __future__ import annotations

from typing import Any

from local.benchmarks.model_speed.tables import count, table
from local.benchmarks.recommendation.cost import OF

Found = dict[str, Any]
_NAMES = {
    "model": "for you, by the model",
    "for_you": "for you, by rules",
    "unknown": "for you, unknown customer",
    "similar": "similar",
    "bought_together": "bought together",
}


def latency_section(found: Found) -> str:
    """The handler beside libraries."""
    sections = [
        "*by the model*: the same customers, the list made by the recommender behind the endpoint (model/, "
        "on the same two cores, with all its engines loaded, its network as drawn: as fast as a trained "
        "one). The whole `lambda_handler` of functions/recommendation on API Gateway's event: validation, "
        "reading, ranking, reasons, JSON; boto3's whole path (signing, HTTP, parsing) against **a store "
        "that answers at once**, a process on loopback with prepared items. What DynamoDB adds is not in "
        "here: its documentation speaks of single-digit milliseconds a read; the calls below follow each "
        "other. A search's answer is made up (the product's own shelf), so the vector index's work is "
        "missing too, and so are API Gateway, the authorizer and a cold start. *computing*: processor "
        "time of the handler's process, which other work on the machine does not stretch as it does the "
        "clock. The libraries answer the same requests in process with bare numbers: no store, no titles "
        "and prices, no stock, no reasons; each is asked what it can answer at all.",
        f"A made-up shop: popularity falls as 1 / (rank + 10), shelves of a hundred products, customers with "
        f"three favourite shelves and twenty events on average. {found['calls']} calls a rung after "
        f"{found['warm_up']} to warm up; one at a time.",
    ]
    for size, own in found["sizes"].items():
        sections.append(f"### {int(size):,} products, {own['events']:,} events")
        sections.append(_handler(own["handler"]))
        sections.append(_peers(own["peers"]))
    return "\n\n".join(sections)


def _handler(found: Found) -> str:
    rows = []
    for rung, row in found["rungs"].items():
        calls = ", ".join(f"{number:g} {operation}" for operation, number in row["store_calls"].items())
        said, _ = next(iter(sorted(row["said"].items(), key=lambda each: -each[1])))
        rows.append(
            [
                _NAMES.get(rung, rung),
                _ms(row["p50"]),
                _ms(row["p99"]),
                _ms(row["computed_p50"]),
                _ms(row["in_store_s"]),
                calls,
                said,
            ]
        )
    head = ["handler", "p50, ms", "p99, ms", "computing, p50, ms", "in the store, ms"]
    head += ["calls of the store", "most answers"]
    most = count(found["peak_bytes"] / 2**20)
    return table(head, rows) + f"\n\nImport {found['import_s'] * 1000:.0f} ms; at most {most} MiB resident."


def _peers(found: Found | None) -> str:
    if found is None:
        return (
            "implicit and RecTools were not measured: they are not in `.recommenders` (`make "
            "bench-recommend` installs them)."
        )
    rows = [
        [library, _NAMES.get(rung, rung), _ms(row["p50"]), _ms(row["p99"]), f"{own['learned_s']:.1f}"]
        for library, own in found["libraries"].items()
        for rung, row in own["rungs"].items()
    ]
    words = table(["in process", "asked for", "p50, ms", "p99, ms", "learned in, s"], rows, left=2)
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    words += f"\n\n{versions}; one thread; at most {count(found['peak_bytes'] / 2**20)} MiB with all of them."
    words += " An unknown customer is beyond implicit's models."
    for name, why in found["missing"].items():
        words += f" {name} could not be measured: {why}."
    return words


def cost_section(found: Found) -> str:
    """Seconds and memory by events."""
    sections = [
        "Made-up events, one product for twenty of them, each size in a process of its own. *read*: resident "
        "before counting, with all events (and products) in memory, as the scheduled function has them. "
        "Reading them from DynamoDB and writing the rows is not in here."
    ]
    for of, rows in found["rows"].items():
        table_rows = [
            [
                count(row["events"]),
                count(row["products"]),
                f"{row['seconds']:.2f}",
                f"{row['seconds'] / row['events'] * 1e6:.1f}",
                count(row["read_bytes"] / 2**20),
                count(row["most_bytes"] / 2**20),
            ]
            for row in rows
        ]
        head = ["events", "products", "s", "µs an event", "read, MiB", "most, MiB"]
        slope = found["slope"][of]
        sections += [
            f"{OF[of].capitalize()}: seconds grow with the events to the power of "
            f"**{slope['seconds']:.2f}** (slope of the line through the logarithms; 1 is linear), memory "
            f"from the second largest size to the largest to the power of {slope['memory']:.2f}.",
            table(head, table_rows, left=0),
        ]
    most = found["memory_of_function_mb"]
    fits = [row["events"] for row in found["rows"]["neighbours"] if row["most_bytes"] < most * 2**20]
    too_many = [row["events"] for row in found["rows"]["neighbours"] if row["most_bytes"] >= most * 2**20]
    words = f"The scheduled function has {most:,} MB: "
    words += f"{max(fits):,} events fit" if fits else "none of these sizes fits"
    words += f", {min(too_many):,} do not." if too_many else "."
    return "\n\n".join([*sections, words])


def _ms(seconds: float) -> str:
    value = seconds * 1000
    return f"{value:.1f}" if value >= 0.95 else f"{value:.3f}"
