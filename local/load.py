"""Loading a shop's own feeds through the API: products, articles, events.

What was sent is noted in a small file beside the input (or in `state`), so that a load that was interrupted
goes on where it stopped; when a file is through, its note is removed. Sending something twice is harmless.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from local import feeds
from local.feed_rows import FeedError, Row
from local.feeds import Notes
from local.load_progress import Bar, Note, Notebook, ProgressError, count_lines, mark_of
from shopwright.consent import Purpose
from shopwright.ingestion import customers_named

URL = "http://127.0.0.1:8000"

_BATCH = 100
_BATCH_BYTES = 900_000  # a body holds 1 MB
_ATTEMPTS = 6
_SECONDS = 60.0  # embedding a hundred products on a busy machine

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,49}")
_READERS: dict[str, Callable[[Path, Notes], Iterator[Row]]] = {
    "products": feeds.products,
    "articles": feeds.articles,
    "events": feeds.events,
}


class LoadError(Exception):
    """Loading cannot go on; the message says why. What was sent before stays, and is noted."""


@dataclass
class Tally:
    """What became of all files."""

    loaded: int = 0
    skipped: int = 0
    anonymous: int = 0  # of the loaded: events that were kept without their customers


def load(
    *,
    products: Path | None = None,
    articles: Path | None = None,
    events: Path | None = None,
    url: str = URL,
    token: str = "",
    consent: Sequence[Purpose] = (),
    consent_source: str = "import",
    state: Path | None = None,
    restart: bool = False,
    console: Console | None = None,
    transport: httpx.BaseTransport | None = None,
) -> int:
    """Load the files into the shop at `url`, products first, so that events find what they are about.

    Args:
        products: a Google product feed: .jsonl, .csv, .tsv or .txt (tab separated).
        articles: .jsonl as `PUT /articles` takes them.
        events: GA4-style events: .jsonl, or .csv and .tsv with one line an item.
        token: shown to the shop; a service's (scope shop/service).
        consent: purposes to which the events' customers have agreed; recorded before their events.
        consent_source: where they did.
        state: one file for all notes of progress; else each input has its own, `<input>.progress`.
        restart: begin anew, whatever the notes say.
        console: where to print; standard output if None.
        transport: how to reach the shop; the network if None.

    Returns:
        An exit code: 0, or 1 if nothing could be loaded or the load could not go on.
    """
    console = console or Console(highlight=False)
    files = [("products", products), ("articles", articles), ("events", events)]
    given = [(kind, path) for kind, path in files if path]
    if not given:
        console.print("name at least one file: --products, --articles or --events")
        return 1
    tally = Tally()
    try:
        for _, path in given:
            if not path.is_file():
                raise LoadError(f"there is no file {path}")
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(base_url=url, headers=bearer, timeout=_SECONDS, transport=transport) as client:
            agreed = Agreed(client, consent, consent_source)
            for kind, path in given:
                notebook = Notebook(state or path.with_name(f"{path.name}.progress"), restart=restart)
                _load_file(kind, path, client, agreed, notebook, console, tally)
    except (LoadError, FeedError, ProgressError, OSError, httpx.InvalidURL) as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        console.print(f"loaded {tally.loaded}, skipped {tally.skipped} before that")
        return 1
    console.print(f"loaded {tally.loaded}, skipped {tally.skipped}")
    if tally.anonymous:
        console.print(
            f"{tally.anonymous} events were kept without their customers, who allow no profiling: they count "
            "for what is popular, and make no profiles. If the customers have agreed, say so with --consent "
            "profiling,personalisation,...",
            style="yellow",
            soft_wrap=True,
        )
    return 0 if tally.loaded else 1


def _load_file(
    kind: str,
    path: Path,
    client: httpx.Client,
    agreed: Agreed,
    notebook: Notebook,
    console: Console,
    tally: Tally,
) -> None:
    mark = mark_of(path, str(client.base_url))
    note = notebook.get(kind, mark)
    tally.loaded += note.loaded
    tally.skipped += note.skipped
    if note.lines:
        console.print(f"{kind}: goes on after line {note.lines} (--restart begins anew)")
    notes = Notes()
    with Bar(kind, count_lines(path), console) as bar:
        bar.at(note.lines)
        for batch in _batches(row for row in _READERS[kind](path, notes) if row.last > note.lines):
            if kind == "events":
                agreed.record(batch)
            bad, loaded, anonymous = _send(kind, batch, client)
            tally.anonymous += anonymous
            for row in bad:
                lines = f"{row.first}" if row.first == row.last else f"{row.first}-{row.last}"
                where = f"{row.field}: " if row.field else ""
                console.print(
                    f"{path.name} line {lines}: {where}{row.why}",
                    style="yellow",
                    markup=False,
                    soft_wrap=True,
                )
            skipped = len({row.first for row in bad})
            tally.loaded += loaded
            tally.skipped += skipped
            note = Note(batch[-1].last, note.loaded + loaded, note.skipped + skipped)
            notebook.put(kind, mark, note)
            bar.at(note.lines)
    notebook.remove(kind)
    if notes.ignored:
        console.print(f"{path.name}: not used: {', '.join(sorted(notes.ignored))}", markup=False)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows in the portions that the API takes; bad ones travel along to be reported in their place."""
    batch: list[Row] = []
    batch_size = 0
    for row in rows:
        size = len(json.dumps(row.value, ensure_ascii=False).encode()) + 1
        if batch and (len(batch) == _BATCH or batch_size + size > _BATCH_BYTES):
            yield batch
            batch, batch_size = [], 0
        batch.append(row)
        batch_size += size
    if batch:
        yield batch


class Agreed:
    """Records what the events' customers have agreed to, each customer once."""

    def __init__(self, client: httpx.Client, purposes: Sequence[Purpose], source: str) -> None:
        self._client = client
        self._said = {**dict.fromkeys(purposes, "granted"), "source": source} if purposes else {}
        self._recorded: set[str] = set()

    def record(self, batch: Sequence[Row]) -> None:
        """For the customers of a batch of events; raises LoadError."""
        if not self._said:
            return
        for customer_id in sorted(customers_named([row.value for row in batch]) - self._recorded):
            # One that is no id is told as its event's fault.
            if _ID.fullmatch(customer_id):
                _call("consents", "PUT", f"/customers/{customer_id}/consent", self._said, self._client)
            self._recorded.add(customer_id)


def _send(kind: str, batch: list[Row], client: httpx.Client) -> tuple[list[Row], int, int]:
    """The rows that were not taken, each with a fault; how many were, and of those how many anonymously."""
    good = [row for row in batch if row.value is not None]
    bad = [row for row in batch if row.value is None]
    if not good:
        return bad, 0, 0
    method = "POST" if kind == "events" else "PUT"
    answer = _call(kind, method, f"/{kind}", {kind: [row.value for row in good]}, client)
    bad += [
        Row(good[fault["index"]].first, good[fault["index"]].last, None, fault["field"], fault["why"])
        for fault in answer["rejected"]
    ]
    bad.sort(key=lambda row: row.first)
    if kind != "events":
        return bad, len(answer["stored"]), 0
    loaded = answer["accepted"] + answer["duplicates"] + answer["anonymous"] + answer["late"]
    return bad, loaded, answer["anonymous"]


def _call(kind: str, method: str, path: str, body: Any, client: httpx.Client) -> Any:
    wait = 0.5
    for attempt in range(_ATTEMPTS):
        try:
            response = client.request(method, path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise LoadError(f"no shop answers at {client.base_url}; `make dev` starts one") from error
        except httpx.TransportError as error:
            why = f"{type(error).__name__} while it took {kind}"
        else:
            if response.is_success:
                return response.json()
            why = f"{response.status_code} {_detail(response)}"
            if response.status_code in (401, 403):
                raise LoadError(
                    f"the shop takes {kind} only with a service's token ({why}): give it with --token or "
                    "SHOP_TOKEN; `make dev` prints one"
                )
            if response.status_code not in (429, 502, 503, 504):
                raise LoadError(f"the shop refused {kind}: {why}")
            wait = max(wait, float(response.headers.get("Retry-After", 0)))
        if attempt < _ATTEMPTS - 1:
            time.sleep(wait)
            wait *= 2
    raise LoadError(f"the shop did not take {kind} in {_ATTEMPTS} attempts: {why}")


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
