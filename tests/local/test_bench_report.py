"""A whole run against a server that does as told, and the document that its numbers make."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from local.benchmarks.model_speed.plan import Plan
from local.benchmarks.model_speed.report import markdown
from local.benchmarks.model_speed.run import Run
from local.benchmarks.model_speed.summary import ONNXRUNTIME
from local.benchmarks.model_speed.tables import milliseconds, table
from local.processes import ShopError
from tests.local.told_server import told_server

ROOT = Path(__file__).parents[2]
SMALL = Plan(
    name="small",
    repeats=2,
    server={1: 8, 8: 16},
    llamacpp={},
    pipeline=0,
    static=0,
    onnxruntime=0,
    openvino=0,
    shares=(),
    open_seconds=0.5,
    titles={2: 6},
    bulk=(4, 2, 1),
    likeness=(1, 4),
)


def _run(url, **more):
    said = []
    run = Run(
        SMALL, "/weights/some.gguf", "cpu", "1", said.append, url=url, rates=(8.0, 20.0), peers=False, **more
    )
    return run.all(), said


@pytest.fixture(scope="module")
def found():
    """What a run found of a server that takes 10 ms for the first token and 1 ms for each later one."""
    with told_server(first=0.01, between=0.001) as told:
        found, said = _run(told.url)
        assert told.at_once >= 8
        prompts = [body["messages"][1]["content"] for body in told.bodies if "messages" in body]
        # Two texts to compare apart, which are the same whatever the seed.
        assert len(set(prompts)) == len(prompts), "a prompt asked twice could come out of a cache"
    assert any("8 clients" in line for line in said)
    # As it comes back from its file.
    return json.loads(json.dumps({"command": "python -m it", **found}))


def test_a_run_counts_what_was_written(found):
    levels = [row for row in found["levels"] if row["clients"] == 8]
    assert [row["repeat"] for row in levels] == [0, 1]
    for row in levels:
        # Two whole decks of lengths.
        assert (row["requests"], row["failed"], row["tokens"]) == (16, 0, 2 * 584)
        assert row["prompt_tokens"] == 16 * 7
        assert row["tokens_per_s"] == pytest.approx(row["tokens"] / row["seconds"], rel=0.01)
        assert len(row["ttft"]) == 8
        assert min(row["ttft"]) >= 0.01
        # A token, not a text of dozens; a busy machine adds to it.
        assert 0.001 <= statistics.median(row["per_token"]) < 0.01
    assert {row["rate"] for row in found["open"]} == {8.0, 20.0}
    assert [row["per_request"] for row in found["embeddings"]] == [1, 4, 1, 4]
    assert found["memory"] == {}
    assert found["likeness"] is None


def _rows(document, heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)[1]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_document_says_what_was_found(found):
    document = markdown(found)
    _, _, *rows = _rows(document, "Text, by clients")
    assert [row[:2] for row in rows] == [["server", "1"], ["server", "8"]]
    speeds = sorted(row["tokens_per_s"] for row in found["levels"] if row["clients"] == 8)
    assert float(rows[1][2]) == pytest.approx(sum(speeds) / 2, abs=0.06)
    _, _, *arriving = _rows(document, "Text, as requests arrive")
    assert [row[0] for row in arriving] == ["8.00", "20.00"]
    _, _, *targets = _rows(document, "Targets")
    assert [row[2] for row in targets[:2]] == ["not measured"] * 2
    assert "`python -m it`" in document
    assert "not started by this run" in document
    assert found["machine"]["versions"]["transformers"] in document


def test_peers_targets_and_a_card_are_reported(found):
    peer = {"requests": 8, "failed": 0, "seconds": 2.0, "tokens": 584, "ttft": [], "per_token": []}
    levels = [
        *found["levels"],
        *(
            {
                "engine": engine,
                "clients": clients,
                "repeat": 0,
                "tokens_per_s": speed,
                "requests_per_s": 4,
                **peer,
            }
            for engine, clients, speed in (
                ("transformers pipeline", 1, 1.0),
                ("llama.cpp", 8, 1e9),
                (ONNXRUNTIME, 8, 2.0),
            )
        ),
    ]
    use = {"tokens_per_s": 1000, "per_token": [0.004], "clients": 8, "context": 500, "bandwidth": 2.4e12}
    card = {
        "name": "NVIDIA H200",
        "limits": {"name": "H200", "bandwidth": 4.8e12, "bf16": 989e12},
        "measured_limits": {"bandwidth": 4e12, "bf16": 8e14},
        "model": "qwen3",
        "step_weights": 4.02e9,
        "decode": [use],
        "prefill": {"clients": 16, "prompt": 2000, "prompt_tokens_per_s": 50_000, "flops": 4e14},
    }
    engine = {"identical": 2, "texts": 6, "same_start": 0.75, "same_choice": 0.99, "tokens": 300}
    likeness = {"tokens": 48, "engines": {"server": engine}}
    assert "ONNX Runtime GenAI was not measured" in markdown(found)
    document = markdown({**found, "levels": levels, "card": card, "likeness": likeness, "busy": [0.01, 0.5]})
    _, _, five, nine, *_ = _rows(document, "Targets")
    assert five[2].startswith("met, by")
    assert nine[2] == "**missed**, by 100%"
    assert "llama.cpp" in nine[1]
    _, _, *limits = _rows(document, "Against the card's limits")
    assert ["decode, 8 clients", "1,000", "4.0", "2.40 TB/s", "50.0%", "60.0%"] in limits
    assert limits[-1][3:] == ["400 TFLOP/s", "40.4%", "50.0%"]
    assert ["server", "2 of 6", "75%", "99.0% of 300"] in _rows(document, r"Is it the same text\?")
    assert "ONNX Runtime GenAI was not measured" not in document
    assert "Other work used up to 50%" in document


def test_the_document_is_made_again_from_the_numbers_alone(found, tmp_path):
    numbers = tmp_path / "numbers.json"
    numbers.write_text(json.dumps(found), encoding="utf-8")
    module = [sys.executable, "-m", "local.benchmarks.model_speed"]
    for folder in ("one", "two"):
        done = subprocess.run(
            [*module, "--render", numbers, "--out", tmp_path / folder],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert f"wrote {tmp_path / 'two' / 'speed.md'}" in done.stdout
    assert (tmp_path / "one" / "speed.md").read_text() == markdown(found)
    pictures = [(tmp_path / folder / "speed.svg").read_text() for folder in ("one", "two")]
    assert pictures[0] == pictures[1]
    assert "server, p99" in pictures[0]
    assert len(pictures[0]) < 100_000


def test_a_server_that_refuses_all_ends_the_run():
    with told_server(refuse=True) as told, pytest.raises(ShopError, match="queue is full"):
        _run(told.url)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rates", "1,x"], "--rates 1,x"),
        (["--rates", "0"], "above 0"),
        (["--device", "tpu"], "cpu or cuda"),
        (["--model", "/no/such"], "no such file or folder"),
        (["--device", "cuda"], "qwen_shapes"),
    ],
)
def test_wrong_options_are_told_in_a_line(arguments, message):
    done = subprocess.run(
        [sys.executable, "-m", "local.benchmarks.model_speed", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_tables_and_milliseconds():
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| :-- | --: |\n| 1 | 2 |"
    with pytest.raises(ValueError, match="1 cells under 2"):
        table(["a", "b"], [["1"]])
    assert [milliseconds(value) for value in (None, 0.0123, 0.0999, 1.5)] == ["", "12.3", "100", "1500"]
