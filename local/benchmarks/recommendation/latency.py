"""How long the whole recommendation handler takes, rung by rung, beside libraries that answer in process."""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from local import aws
from local.benchmarks.model_speed.processes import job, serving
from local.benchmarks.model_speed.summary import percentile
from local.benchmarks.recommendation import store_items, untrained
from local.benchmarks.recommendation.baskets import recommenders_environment
from local.benchmarks.recommendation.made_up import MadeUpShop, number_of, product_id
from local.benchmarks.recommendation.parts import RECOMMENDERS, Keep, Setting
from local.template import load_template
from shopwright.consent import PURPOSES
from shopwright.events import Event

_PACKAGE = "local.benchmarks.recommendation"
SIZES = (10_000, 100_000)
_QUICK = (1_000,)
_CALLS, _QUICK_CALLS = 500, 40
_WARM_UP = 20
_LEAST_EVENTS = 5  # of a customer with a history
# Several times as many events as products, as in a shop; fewer at the larger size, to be done in minutes.
_EVENTS = {10_000: 100_000, 100_000: 300_000}
BY_RULES = ("for_you", "unknown", "similar", "bought_together")
BY_MODEL = "model"  # for_you of the same customers, by the recommender behind the endpoint
RUNGS = (BY_MODEL, *BY_RULES)


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """p50 and p99 by size, rung and who answers."""
    calls = _QUICK_CALLS if setting.quick else _CALLS
    found: dict[str, Any] = {"calls": calls, "warm_up": _WARM_UP, "sizes": {}}
    for size in _QUICK if setting.quick else SIZES:
        found["sizes"][str(size)] = _of_size(size, calls, setting)
        keep(found)
    return found


def _of_size(size: int, calls: int, setting: Setting) -> dict[str, Any]:
    say = setting.progress.say
    shop = MadeUpShop(size, setting.seed)
    events = list(shop.events(_EVENTS.get(size, 10 * size)))
    asked = requests(events, calls, setting.seed)
    with tempfile.TemporaryDirectory(prefix="recommendation-") as folder:
        say(f"latency: {size:,} products, {len(events):,} events: what the store holds")
        prepared = store_items.write(shop, events, Path(folder) / "items.jsonl")
        module = [
            f"{_PACKAGE}.store",
            str(Path(folder) / "items.jsonl"),
            "{port}",
            str(size),
            str(setting.seed),
        ]
        with serving("the stand-in for the store", module, "/ping") as store:
            say(f"latency: {calls} calls of each rung of the handler")
            ours = _handler(asked, store.url)
            say(f"latency: {calls} calls of the model's rung")
            published = Path(folder) / "recommender"
            untrained.publish(size, events, setting.seed, published)
            server = ["model", "serve", "--port", "{port}"]
            with serving("the model server", server, "/ping", {"RECOMMENDER": str(published)}) as model:
                asked_of_model = {BY_MODEL: asked["for_you"]}
                ours["rungs"] |= _handler(asked_of_model, store.url, model.url)["rungs"]
        found = {**prepared, "handler": ours, "peers": None}
        if (RECOMMENDERS / ".ready").is_file():
            say("latency: implicit and RecTools")
            found["peers"] = _peers(shop, events, asked, Path(folder))
    return found


def requests(events: list[Event], calls: int, seed: int) -> dict[str, list[int]]:
    """Whom and what is asked for, by rung: customers and products by number, as often as they turn up.

    Customers have a history; products are those that customers did something with, or bought.
    """
    draw = random.Random(f"requests/{seed}")
    active = Counter(event.customer_id for event in events)
    known = sorted(number_of(key) for key, count in active.items() if count >= _LEAST_EVENTS)
    touched = [event.items[0].item_id for event in events]
    bought = [event.items[0].item_id for event in events if len(event.items) > 1]
    return {
        "for_you": draw.choices(known, k=calls),
        "unknown": [len(active) + number for number in range(calls)],
        "similar": [number_of(key) for key in draw.choices(touched, k=calls)],
        "bought_together": [number_of(key) for key in draw.choices(bought, k=calls)],
    }


def _handler(asked: dict[str, list[int]], store_url: str, model_url: str | None = None) -> dict[str, Any]:
    """By rung; with the model's address its rung can be asked for, too."""
    endpoint = load_template().parameters["ModelEndpointName"] if model_url else ""
    template = load_template(
        parameters={"RecommenderEndpointName": endpoint, "ConsentByDefault": ",".join(PURPOSES)}
    )
    queue = f"{store_url}/queue"
    tables = {"CustomersTable": store_items.CUSTOMERS, "CatalogTable": store_items.CATALOG}
    unused = {
        "RefreshQueue": queue,
        "RefreshDeadLetterQueue": queue,
        "ContentQueue": queue,
        "RecommenderBucket": "none",
    }
    environment = {
        **aws.environment(store_url, model_url or store_url),
        **template.environment("RecommendationFunction", {**tables, **unused}),
    }
    found: dict[str, Any] = {"rungs": {}}
    for rung in asked:
        before = _times(store_url)
        calls = {rung: [_call(rung, number) for number in asked[rung]]}
        said = job("handler_calls", {"rungs": calls, "warm_up": _WARM_UP}, environment, _PACKAGE)
        after = _times(store_url)
        row = said["rungs"][rung]
        number = len(row["seconds"]) + _WARM_UP
        found["rungs"][rung] = {
            **summary(row["seconds"]),
            "computed_p50": round(percentile(row["computed"], 0.5), 7),
            "said": row["said"],
            "store_calls": {
                operation: round((count - before.get(operation, [0, 0])[0]) / number, 2)
                for operation, (count, _) in after.items()
                if count > before.get(operation, [0, 0])[0]
            },
            "in_store_s": round(
                (sum(s for _, s in after.values()) - sum(s for _, s in before.values())) / number, 6
            ),
        }
        found["import_s"] = round(said["import_s"], 3)
        found["peak_bytes"] = max(said["peak_bytes"], found.get("peak_bytes", 0))
    return found


def _call(rung: str, number: int) -> tuple[str, str]:
    if rung in (BY_MODEL, "for_you", "unknown"):
        return f"/customers/c-{number}/recommendations", "placement=for_you"
    query = f"placement={rung}&product_id={product_id(number)}"
    # Who looks at a product page: somebody with a history like any other.
    return f"/customers/c-{number % 100}/recommendations", query


def _times(url: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = httpx.get(f"{url}/times", trust_env=False).json()
    return found


def summary(seconds: list[float]) -> dict[str, float]:
    """p50 and p99 (nearest rank), and the mean."""
    return {
        "p50": round(percentile(seconds, 0.5), 7),
        "p99": round(percentile(seconds, 0.99), 7),
        "mean": round(sum(seconds) / len(seconds), 7),
    }


def _peers(
    shop: MadeUpShop, events: list[Event], asked: dict[str, list[int]], folder: Path
) -> dict[str, Any]:
    customers = len({event.customer_id for event in events})
    pairs = [(number_of(e.customer_id), number_of(i.item_id), e.interest) for e in events for i in e.items]
    sold = [event for event in events if event.event_name == "purchase"]
    together = [(at, number_of(i.item_id), 1.0) for at, event in enumerate(sold) for i in event.items]
    _save(folder / "interactions.npz", pairs, (customers, shop.size))
    _save(folder / "baskets.npz", together, (len(sold), shop.size))
    question = {
        "interactions": str(folder / "interactions.npz"),
        "baskets": str(folder / "baskets.npz"),
        "rungs": asked,
        "warm_up": _WARM_UP,
    }
    environment = {**os.environ, **recommenders_environment()}
    said = job("peers", question, environment, _PACKAGE)
    return {
        "versions": said["versions"],
        "missing": said["missing"],
        "peak_bytes": said["peak_bytes"],
        "libraries": {
            name: {
                "learned_s": round(row["learned_s"], 2),
                "rungs": {rung: summary(seconds) for rung, seconds in row["rungs"].items()},
            }
            for name, row in said["libraries"].items()
        },
    }


def _save(path: Path, entries: list[tuple[int, int, float]], shape: tuple[int, int]) -> None:
    rows, columns, weights = zip(*entries, strict=True)
    np.savez(
        path,
        rows=np.array(rows, np.int32),
        columns=np.array(columns, np.int32),
        weights=np.array(weights, np.float32),
        shape=np.array(shape),
    )
