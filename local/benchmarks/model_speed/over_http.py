"""What is measured of a server, whoever's it is: clients, arrivals, titles. Each function gives its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.benchmarks.model_speed.requests import Outcome, Target, ask_chat, ask_embeddings
from local.benchmarks.model_speed.summary import Row, row_of
from local.benchmarks.model_speed.traffic import arrivals, as_they_arrive, from_clients
from local.benchmarks.model_speed.workload import Chat, chats, titles
from local.processes import ShopError

Say = Callable[[str], None]
_WARMING = 4


def warm(target: Target, seed: str) -> None:
    """A few chats that nothing else asks. Raises ShopError if the server cannot answer them as it should."""
    for chat in chats(_WARMING, f"{seed}/warm"):
        outcome = ask_chat(target, chat)
        if outcome.failure:
            raise ShopError(f"{target.url} does not answer a streamed chat: {outcome.failure}")


def clients(
    target: Target, asked: Mapping[int, Sequence[Chat]], say: Say
) -> tuple[list[Row], dict[int, list[Chat]]]:
    """Rows for each number of clients; and the chats that were answered, to be answered at that length."""

    def ask(chat: Chat) -> Outcome:
        return ask_chat(target, chat)

    rows, written = [], {}
    for number, level in asked.items():
        row, outcomes = _timed(lambda n=number, c=level: from_clients(n, c, ask))
        rows.append({"clients": number, **row})
        written[number] = [
            chat.of_exactly(outcome.tokens)
            for chat, outcome in zip(level, outcomes, strict=True)
            if not outcome.failure
        ]
        say(f"{number:>2} clients: {row['tokens_per_s']:6.1f} tokens/s, {_failed(row)}{row['seconds']:.1f} s")
    return rows, written


def open_loop(target: Target, rates: Sequence[float], seconds: float, seed: str, say: Say) -> list[Row]:
    """Rows for each number of requests/s, arriving for `seconds`."""

    def ask(chat: Chat, due: float) -> Outcome:
        return ask_chat(target, chat, due)

    rows = []
    for rate in rates:
        times = arrivals(rate, seconds, f"{seed}/open/{rate}")
        asked = chats(len(times), f"{seed}/open/{rate}")
        row, _ = _timed(lambda t=times, a=asked: as_they_arrive(t, a, ask))
        rows.append({"rate": rate, **row})
        say(f"{rate:.2f} requests/s arriving: {_failed(row)}{row['tokens_per_s']:.1f} tokens/s")
    return rows


def embeddings(
    target: Target, singles: Mapping[int, int], bulk: tuple[int, int, int], seed: str, say: Say
) -> list[Row]:
    """Rows for one title a request at each number of clients, and for many titles a request."""
    _ask_titles(target, 1, titles(16, f"{seed}/titles/warm"), 1)
    rows = [
        {
            "clients": number,
            "per_request": 1,
            **_ask_titles(target, number, titles(count, f"{seed}/titles/{number}"), 1),
        }
        for number, count in singles.items()
    ]
    size, requests, number = bulk
    many = titles(size * requests, f"{seed}/titles/bulk")
    rows.append({"clients": number, "per_request": size, **_ask_titles(target, number, many, size)})
    for row in rows:
        speed = f"{row['titles_per_s']:.0f} titles/s"
        say(f"{row['clients']:>2} clients, {row['per_request']} titles each: {speed}")
    return rows


def texts(target: Target, asked: Sequence[Chat]) -> list[str]:
    """The answers to `asked`, one after the other."""
    outcomes = from_clients(1, asked, lambda chat: ask_chat(target, chat))
    failed = next((outcome.failure for outcome in outcomes if outcome.failure), None)
    if failed:
        raise ShopError(f"{target.url}: {failed}")
    return [outcome.text for outcome in outcomes]


def _ask_titles(target: Target, number: int, all_titles: list[str], size: int) -> Row:
    requests = [all_titles[start : start + size] for start in range(0, len(all_titles), size)]
    row, _ = _timed(lambda: from_clients(number, requests, lambda some: ask_embeddings(target, some)))
    if row["failed"]:
        raise ShopError(f"{target.url}/v1/embeddings: {row['failure']}")
    kept = {
        name: row[name] for name in ("requests", "failed", "seconds", "tokens", "latency", "requests_per_s")
    }
    return {**kept, "titles_per_s": len(all_titles) / row["seconds"]}


def _timed(work: Callable[[], list[Outcome]]) -> tuple[dict[str, Any], list[Outcome]]:
    """The outcomes as a row, with the share of a core that asking itself took."""
    used, began = time.process_time(), time.perf_counter()
    outcomes = work()
    share = (time.process_time() - used) / (time.perf_counter() - began)
    return {**row_of(outcomes), "generator_cores": round(share, 3)}, outcomes


def _failed(row: Row) -> str:
    return f"{row['failed']} of {row['requests']} failed ({row['failure'][:120]}), " if row["failed"] else ""
