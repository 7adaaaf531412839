"""Intervals of shares, and results as a file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.benchmarks.model_quality.report import render
from local.benchmarks.model_quality.rows import Name, Results
from local.benchmarks.model_quality.runs import Run, UnreadableRun
from local.benchmarks.model_quality.shares import Share, wilson


# From the formula in Newcombe, Statistics in Medicine 17 (1998), whose table I gives the last three.
@pytest.mark.parametrize(
    ("passed", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
    ],
)
def test_intervals_are_wilsons(passed, of, low, high):
    assert wilson(passed, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000), st.data())
def test_an_interval_holds_its_share_and_stays_within_bounds(of, data):
    passed = data.draw(st.integers(0, of))
    low, high = wilson(passed, of)
    assert 0 <= low <= passed / of <= high <= 1
    # The same share seen ten times as often is known better.
    wider = high - low
    low, high = wilson(10 * passed, 10 * of)
    assert high - low < wider


@pytest.mark.parametrize(("passed", "of"), [(1, 0), (0, 0), (-1, 3), (4, 3)])
def test_what_is_no_share_is_refused(passed, of):
    with pytest.raises(ValueError, match=f"{passed} of {of}"):
        wilson(passed, of)


def test_a_share_is_shown_with_interval_and_counts():
    share = Share()
    for passed in [True] * 3 + [False]:
        share.count(passed)
    assert str(share) == "75% [30-95] 3/4"
    assert str(Share()) == "none asked"


def run(label, **shares):
    made = Run({"label": label, "seed": "7"})
    for measure, (passed, of) in shares.items():
        made.results.shares[Name("copy", "ad_copy", "en", "sample shop", measure)] = Share(passed, of)
    return made


def rows(document):
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in document.splitlines() if "|" in line
    ]


def test_runs_stand_side_by_side():
    document = render([run("small", best=(1, 4)), run("large", best=(4, 4), more=(0, 2))])
    table = rows(document)
    assert ["task", "language", "data", "measure", "small", "large"] in table
    what = ["ad_copy", "en", "sample shop"]
    assert [*what, "best", "25% [5-70] 1/4", "100% [51-100] 4/4"] in table
    assert [*what, "more", "-", "0% [0-66] 0/2"] in table
    assert ["seed", "7", "7"] in table


def test_every_row_has_a_cell_a_run():
    tables = [
        line for line in render([run("a", x=(1, 2)), run("b", y=(1, 2))]).splitlines() if line.startswith("|")
    ]
    assert {line.count("|") for line in tables} == {4, 7}


def test_nothing_cannot_be_rendered():
    with pytest.raises(ValueError, match="no runs"):
        render([])


def test_a_run_is_kept_and_read_again(tmp_path):
    first = run("small", best=(1, 4))
    first.results.reasons["ad_copy, en"]["numbers"] += 3
    for text in ("one", "two", "three"):
        first.results.show("ad_copy, en", text)
    first.write(tmp_path / "run.json")
    assert Run.read(tmp_path / "run.json") == first
    document = render([Run.read(tmp_path / "run.json")])
    assert "numbers 3" in document
    assert document.endswith("small: ad_copy, en: one\n- small: ad_copy, en: two\n")


def test_a_task_measured_again_replaces_what_was_counted():
    results = run("", best=(1, 4), other=(1, 1)).results
    results.add(run("", best=(3, 4)).results)
    assert [(name.measure, share.passed) for name, share in results.shares.items()] == [
        ("best", 3),
        ("other", 1),
    ]
    assert isinstance(results, Results)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "about": {}}', json.dumps({"version": 99})])
def test_another_file_is_no_run(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(UnreadableRun, match=r"run\.json"):
        Run.read(path)
