"""Percentiles, medians over rounds, and the targets."""

from __future__ import annotations

import pytest

from local.benchmarks.model_speed.requests import Outcome
from local.benchmarks.model_speed.summary import (
    PIPELINE,
    SERVER,
    Verdict,
    by,
    idle_first,
    merged,
    percentile,
    row_of,
    verdicts,
)


def test_percentiles_are_measured_values():
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    hundred = [float(number) for number in range(1, 101)]
    assert percentile(hundred, 0.99) == 99.0
    assert percentile(hundred, 1.0) == 100.0
    assert percentile(hundred[:99], 0.99) == 99.0
    assert percentile(hundred, 0.0) == 1.0


def test_a_row_counts_from_the_first_start_to_the_last_end():
    outcomes = [
        Outcome(10.0, 10.0, 10.5, 12.0, [0.5, 1.0], 100, 3, "length"),
        Outcome(11.0, 11.0, 11.25, 14.0, [2.75], 50, 2, "stop"),
        Outcome(11.0, 11.0, None, 13.0, failure="status 429"),
    ]
    row = row_of(outcomes)
    assert (row["requests"], row["failed"], row["failure"]) == (3, 1, "status 429")
    assert (row["seconds"], row["tokens"], row["prompt_tokens"], row["ended_early"]) == (4.0, 5, 150, 1)
    assert (row["tokens_per_s"], row["requests_per_s"]) == (1.25, 0.5)
    assert row["ttft"] == [0.5, 0.25]
    assert row["per_token"] == [0.75, 2.75]
    assert row["gap_p99"] == 2.75


def test_rounds_are_merged_speeds_by_median_waits_together():
    rows = [
        {"engine": "a", "clients": 1, "requests": 2, "tokens_per_s": speed, "ttft": [speed], "failed": 1}
        for speed in (10.0, 90.0, 30.0)
    ]
    whole = merged(rows)
    assert (whole["tokens_per_s"], whole["spread"], whole["repeats"]) == (30.0, [10.0, 90.0], 3)
    assert (whole["requests"], whole["failed"], whole["ttft"]) == (6, 3, [10.0, 90.0, 30.0])
    other = {**rows[0], "clients": 4}
    assert [*by([rows[0], other, rows[1]], "engine", "clients")] == [("a", 1), ("a", 4)]
    with pytest.raises(ValueError, match="no rows"):
        merged([])


def _level(engine, clients, speed, ttft=()):
    return {"engine": engine, "clients": clients, "tokens_per_s": speed, "ttft": list(ttft), "requests": 1}


def test_targets_are_held_against_the_right_rows():
    levels = [
        _level(SERVER, 1, 100, [0.1] * 50 + [0.2]),
        _level(SERVER, 8, 400, [0.3] * 50 + [0.5]),
        _level(SERVER, 16, 900, [9.0]),
        _level(PIPELINE, 1, 50),
        _level("other", 8, 500),
        _level("other", 16, 5000),
    ]
    arriving = [{"rate": 1.0, "ttft": [0.1]}, {"rate": 4.0, "ttft": [0.1, 0.8]}]
    five, nine, clients, arrive = verdicts(levels, [{**row, "tokens_per_s": 1.0} for row in arriving])
    assert (five.ratio, five.met) == (8.0, True)
    assert five.margin == pytest.approx(0.6)
    assert (nine.ratio, nine.met) == (0.8, False)
    assert nine.margin == pytest.approx(-1 / 9)
    assert "other" in nine.measured
    assert idle_first(levels) == 0.2
    assert (clients.ratio, clients.met) == (pytest.approx(2.5), True)
    assert clients.margin == pytest.approx(1 - 2.5 / 3)
    assert (arrive.ratio, arrive.met) == (pytest.approx(4.0), False)
    assert "4.00 requests/s" in arrive.target


def test_what_was_not_measured_is_neither_met_nor_missed():
    for verdict in verdicts([_level(SERVER, 8, 400)], []):
        assert (verdict.met, verdict.margin, verdict.measured) == (None, None, "not measured")
    assert Verdict("", "", 3.0, 3, at_most=True).met is True
    assert Verdict("", "", 0.9, 0.9).met is True
