"""The parts of the document about the machine and about how it was measured."""

from __future__ import annotations

from typing import Any

from local.benchmarks.model_speed import workload
from local.benchmarks.model_speed.summary import ONNXRUNTIME, SERVER
from local.benchmarks.model_speed.tables import table


def machine_section(found: dict[str, Any]) -> str:
    """Device, versions, how busy it was."""
    machine = found["machine"]
    rows = [
        [
            "processor",
            f"{machine['processor']}, {machine['cores']} cores ({', '.join(machine['instructions'])})",
        ],
        ["memory", f"{machine['memory_bytes'] / 2**30:.0f} GiB"],
        ["system", f"{machine['system']}, Python {machine['python']}"],
        ["versions", ", ".join(f"{name} {version}" for name, version in machine["versions"].items())],
        ["load average before", " ".join(str(value) for value in machine["load_average"])],
    ]
    if found["busy"]:
        share = f"{min(found['busy']):.0%} to {max(found['busy']):.0%}"
        rows.append(["used by others, before each engine and over each round", share])
    if machine.get("card"):
        rows.insert(0, ["card", machine["card"]])
    return "## Machine\n\n" + table(["", ""], rows, left=2)


def method_section(found: dict[str, Any]) -> str:
    """What was asked, how each engine was run, and what the numbers leave out."""
    ours = [row for row in found["levels"] if row["engine"] == SERVER]
    requests = sum(row["requests"] - row["failed"] for row in ours) or 1
    read, written = (sum(row[name] for row in ours) / requests for name in ("prompt_tokens", "tokens"))
    generator = max((row.get("generator_cores", 0.0) for row in ours), default=0.0)
    products, tokens = workload.PRODUCTS_DESCRIBED, workload.TOKENS_TO_WRITE
    points = [
        f"Chats begin with one system message of {len(workload.SYSTEM.split())} words, as the shop's do; "
        f"behind it each has a number and facts of its own about {min(products)} to {max(products)} "
        f"products, and is asked for {min(tokens)} to {max(tokens)} tokens. On average the server read "
        f"{read:.0f} tokens and wrote {written:.0f}. No prompt is asked twice of one process. "
        f"Seed: {found['seed']}.",
        "All engines write greedily. What the server wrote sets the length: the others get chats that it got "
        "at the same number of clients (the slower ones fewer, in the same mix of lengths; the pipeline, the "
        "batches and OpenVINO those of 8 clients), and write exactly as many tokens for each. OpenVINO has "
        "eight in its batch: another joins when one ends.",
        "The engines run one after the other, each in a process of its own that is started for the round and "
        "stopped after it; rounds repeat all of them. Speeds are the median of the rounds; waiting times are "
        "taken together, p99 by nearest rank (of fewer than 100 it is the largest).",
        "The load generator runs on the same machine and streams every answer; it took up to "
        f"{generator:.0%} of a core, which the server and llama.cpp could not have. The pipeline, the "
        "batches and OpenVINO are called directly and do not pay for HTTP.",
        "The static batches (ONNX Runtime GenAI batches continuously on a GPU only) hold eight chats and end "
        "with the longest; tokens beyond a chat's own are not counted. "
        + " ".join(f"{name}: {dtype}." for name, dtype in found["notes"].items()),
    ]
    if found["device"] == "cpu" and not any(row["engine"] == ONNXRUNTIME for row in found["levels"]):
        points.append(
            "ONNX Runtime GenAI was not measured: its packages are installed by `make bench-model` only."
        )
    return "## How it was measured\n\n" + "\n".join(f"- {point}" for point in points)
