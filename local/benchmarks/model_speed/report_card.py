"""The part of the document about a GPU and its limits."""

from __future__ import annotations

from typing import Any

from local.benchmarks.model_speed.summary import percentile
from local.benchmarks.model_speed.tables import count, milliseconds, table


def card_section(card: dict[str, Any]) -> str:
    """What decode and prefill take of the card, by its data sheet where that is known, and as measured."""
    limits, measured = card["limits"], card["measured_limits"]
    rows = [
        [
            f"decode, {row['clients']} clients",
            count(row["tokens_per_s"]),
            milliseconds(percentile(row["per_token"], 0.5)),
            f"{row['bandwidth'] / 1e12:.2f} TB/s",
            *_shares(row["bandwidth"], "bandwidth", limits, measured),
        ]
        for row in card["decode"]
    ]
    prefill = card["prefill"]
    rows.append(
        [
            f"prefill, {prefill['clients']} clients, {prefill['prompt']:.0f} tokens a prompt",
            count(prefill["prompt_tokens_per_s"]),
            "",
            f"{prefill['flops'] / 1e12:.0f} TFLOP/s",
            *_shares(prefill["flops"], "bf16", limits, measured),
        ]
    )
    return (
        f"## Against the card's limits\n\n{card['name']}, a model of type {card['model']} with "
        f"{card['step_weights'] / 1e9:.2f} billion weights read in every step (bf16). Weights made by "
        "`qwen_shapes` are random: the speed does not depend on their values. Decode counts the bytes that "
        "cannot be spared (weights once a step, each sequence's keys and values once a step) against the "
        "bandwidth of the memory; prefill counts 2 operations per weight and token and those of attention "
        "against the bf16 peak.\n\n"
        + _limits(limits, measured)
        + "\n\n"
        + table(
            ["", "tokens/s", "ms a token, p50", "needs", "of the data sheet", "of what was measured"], rows
        )
    )


def _shares(value: float, limit: str, limits: dict[str, Any] | None, measured: dict[str, Any]) -> list[str]:
    return [f"{value / limits[limit]:.1%}" if limits else "", f"{value / measured[limit]:.1%}"]


def _limits(limits: dict[str, Any] | None, measured: dict[str, Any]) -> str:
    rows = [["a copy and a product of matrices here", *_figures(measured)]]
    if limits:
        rows.insert(0, [f"data sheet, {limits['name']}", *_figures(limits)])
    return table(["limit", "memory", "bf16"], rows)


def _figures(limits: dict[str, Any]) -> list[str]:
    return [f"{limits['bandwidth'] / 1e12:.2f} TB/s", f"{limits['bf16'] / 1e12:.0f} TFLOP/s"]
