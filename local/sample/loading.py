"""Loads the sample shop through the API, as a shop would load its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx

from local.sample import load_articles, load_products
from local.sample.customers import generate
from shopwright.consent import PURPOSES

_BATCH = 25  # small enough that two batches at once keep both cores busy to the end


def load_sample(url: str, token: str, say: Callable[[str], None], customers: int = 64) -> None:
    """Sends catalogue, articles and the synthetic customers' events to the shop at `url`, as a service of it.

    Raises:
        RuntimeError: if the shop refuses any of it.
    """
    products, articles = load_products(), load_articles()
    events = list(generate(products, customers=customers, until=datetime.now(UTC)))
    say(f"loading the sample shop: {len(products)} products, {len(articles)} articles, {len(events)} events")
    bearer = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=bearer, timeout=60) as http, ThreadPoolExecutor(2) as pool:
        # Before their events, which would else be kept without them.
        list(pool.map(lambda who: _consent(http, who), dict.fromkeys(each["customer_id"] for each in events)))
        for method, path, rows in (
            ("PUT", "/products", products),
            ("PUT", "/articles", articles),
            ("POST", "/events", events),
        ):
            batches = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
            list(pool.map(lambda batch, m=method, p=path: _send(http, m, p, batch), batches))


def _consent(http: httpx.Client, customer_id: str) -> None:
    said = {**dict.fromkeys(PURPOSES, "granted"), "source": "sample shop"}
    response = http.put(f"/customers/{customer_id}/consent", json=said)
    if response.status_code >= 400:
        raise RuntimeError(
            f"the shop took no consent of its sample's customer {customer_id}: {response.text}"
        )


def _send(http: httpx.Client, method: str, path: str, rows: list[dict[str, Any]]) -> None:
    response = http.request(method, path, json={path[1:]: rows})
    if response.status_code >= 400 or response.json()["rejected"]:
        raise RuntimeError(f"the shop refused a part of its own sample: {method} {path}: {response.text}")
