"""A GPU against its own limits, through the server: long answers for memory, long prompts for arithmetic."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.benchmarks.model_speed import cards, machine
from local.benchmarks.model_speed.over_http import Say
from local.benchmarks.model_speed.plan import CardPlan
from local.benchmarks.model_speed.processes import job
from local.benchmarks.model_speed.requests import Target, ask_chat
from local.benchmarks.model_speed.summary import Row, row_of
from local.benchmarks.model_speed.traffic import from_clients
from local.benchmarks.model_speed.workload import Chat, long_chats


def measure_card(target: Target, source: str, plan: CardPlan, seed: str, say: Say) -> dict[str, Any]:
    """Decode and prefill of the model in the folder `source`, as shares of what the card can do."""
    shape, name = cards.Shape.of(Path(source)), machine.card_name()
    decode = []
    for clients in plan.clients:
        asked = long_chats(
            clients * plan.decode_chats_per_client, f"{seed}/decode/{clients}", products=1,
            tokens=plan.decode_tokens,
        )  # fmt: skip
        row = _ask(target, clients, asked)
        decode.append({"clients": clients, **row, **decode_use(shape, row, clients)})
        say(f"  decode, {clients} clients: {row['tokens_per_s']:.0f} tokens/s")
    asked = long_chats(plan.prompt_chats, f"{seed}/prefill", products=plan.prompt_products, tokens=1)
    row = _ask(target, plan.prompt_clients, asked)
    prefill = {"clients": plan.prompt_clients, **row, **prefill_use(shape, row)}
    say(f"  prefill: {prefill['prompt_tokens_per_s']:.0f} prompt tokens/s")
    # Last: the server holds the card's memory, but nothing runs on it now.
    probe = {"device": "cuda", "megabytes": 1024, "size": 8192, "repeats": 10}
    known = cards.card(name)
    config = json.loads((Path(source) / "config.json").read_text(encoding="utf-8"))
    return {
        "name": name,
        "limits": asdict(known) if known else None,
        "measured_limits": job("card_probe", probe),
        "model": config.get("model_type", ""),
        "step_weights": shape.step_weights,
        "decode": decode,
        "prefill": prefill,
    }


def decode_use(shape: cards.Shape, row: Row, clients: int) -> Row:
    """`bandwidth`: bytes/s that the tokens of `row` needed at least, `clients` sequences in every step."""
    context = (row["prompt_tokens"] + row["tokens"] / 2) / row["requests"]
    return {
        "context": context,
        "bandwidth": cards.decode_bytes_per_s(shape, row["tokens_per_s"], clients, context),
    }


def prefill_use(shape: cards.Shape, row: Row) -> Row:
    """`flops`: FLOP/s that reading the prompts of `row` took."""
    prompt = row["prompt_tokens"] / row["requests"]
    return {
        "prompt": prompt,
        "prompt_tokens_per_s": row["prompt_tokens"] / row["seconds"],
        "flops": cards.prefill_flops(shape, prompt) * row["requests"] / row["seconds"],
    }


def _ask(target: Target, clients: int, asked: list[Chat]) -> Row:
    row = row_of(from_clients(clients, asked, lambda chat: ask_chat(target, chat)))
    if row["failed"]:
        raise RuntimeError(f"{row['failed']} of {row['requests']} requests failed: {row['failure']}")
    return row
