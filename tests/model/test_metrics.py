"""What /metrics says: each number under its name, and queues as they are when somebody reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from model.metrics import CONTENT_TYPE, Metrics


def _read(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def _value(metrics: Metrics, name: str, **labels: str) -> float:
    return _read(metrics)[name, frozenset(labels.items())]


@pytest.mark.parametrize(
    ("tell", "name", "labels", "value"),
    [
        (
            lambda told: told.answered("text", 429),
            "model_requests_total",
            {"kind": "text", "status": "429"},
            1,
        ),
        (lambda told: told.rejected("deadline"), "model_rejections_total", {"reason": "deadline"}, 1),
        (lambda told: told.tokens("prompt", 12), "model_tokens_total", {"kind": "prompt"}, 12),
        (lambda told: told.running("text", 5), "model_batch_size_sum", {"kind": "text"}, 5),
        (lambda told: told.running("text", 5), "model_batch_size_bucket", {"kind": "text", "le": "4.0"}, 0),
        (lambda told: told.running("text", 5), "model_batch_size_bucket", {"kind": "text", "le": "8.0"}, 1),
        (lambda told: told.first_token(0.3), "model_time_to_first_token_seconds_sum", {}, 0.3),
        (lambda told: told.first_token(0.3), "model_time_to_first_token_seconds_bucket", {"le": "0.2"}, 0),
        (lambda told: told.first_token(0.3), "model_time_to_first_token_seconds_bucket", {"le": "0.5"}, 1),
        (lambda told: told.token(0.004), "model_time_per_token_seconds_sum", {}, 0.004),
        (lambda told: told.token(0.004), "model_time_per_token_seconds_bucket", {"le": "0.002"}, 0),
        (lambda told: told.token(0.004), "model_time_per_token_seconds_bucket", {"le": "0.005"}, 1),
    ],
)
def test_what_was_told_is_read_under_its_name(
    tell: Callable[[Metrics], None], name: str, labels: dict[str, str], value: float
) -> None:
    metrics, twice = Metrics(), Metrics()
    tell(metrics)
    tell(twice)
    tell(twice)
    assert _value(metrics, name, **labels) == pytest.approx(value)
    assert _value(twice, name, **labels) == pytest.approx(2 * value)


def test_a_queue_is_asked_whenever_somebody_reads() -> None:
    metrics, queue = Metrics(), [1, 2, 3]
    metrics.watch_queue("text", lambda: len(queue))
    metrics.watch_queue("embeddings", lambda: 7)
    assert _value(metrics, "model_queue_depth", kind="text") == 3
    queue.pop()
    assert _value(metrics, "model_queue_depth", kind="text") == 2
    assert _value(metrics, "model_queue_depth", kind="embeddings") == 7


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.rejected("deadline")
    assert ("model_rejections_total", frozenset({("reason", "deadline")})) not in _read(other)


def test_it_is_prometheus_text() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
    text = Metrics().text().decode()
    assert "# TYPE model_time_to_first_token_seconds histogram\n" in text
    assert "# HELP model_queue_depth What waits for its engine.\n" in text
