"""ONNX Runtime GenAI as a peer: what is pure of it, and whether it is there at all."""

from __future__ import annotations

import os

import pytest

from local.benchmarks.model_speed import weights
from local.benchmarks.model_speed.onnxruntime_peer import padded, until_end
from local.benchmarks.model_speed.processes import job
from local.benchmarks.model_speed.workload import chats


def test_prompts_are_filled_up_on_the_right():
    assert padded([[5, 6, 7], [8]], 2).tolist() == [[5, 6, 7], [8, 2, 2]]
    assert padded([[5]], 2).dtype == "int32"


def test_a_text_ends_before_its_first_end():
    assert until_end([4, 9, 3, 2, 3], [2, 3]) == [4, 9]
    assert until_end([2, 4], [2]) == []
    assert until_end([4, 9], [2]) == [4, 9]


def test_without_its_packages_the_peer_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_ONNXRUNTIME", tmp_path)
    assert weights.onnxruntime_source("/weights/some.gguf") is None
    (tmp_path / ".ready").touch()
    assert weights.onnxruntime_source("/weights/folder") is None


def test_its_child_finds_the_packages_first_and_sends_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_ONNXRUNTIME", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "/own")
    environment = weights.onnxruntime_environment()
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(tmp_path), "/own"]
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    monkeypatch.delenv("PYTHONPATH")
    assert weights.onnxruntime_environment()["PYTHONPATH"] == str(tmp_path)


@pytest.mark.skipif(not weights._ONNXRUNTIME.is_dir(), reason="make bench-model installs ONNX Runtime")
def test_it_writes_exactly_what_it_is_asked_for():
    asked = [(chat.turns(), tokens) for chat, tokens in zip(chats(3, "a"), (2, 5, 3), strict=True)]
    source = weights.onnxruntime_source(weights.text_source())
    question = {"source": source, "batch": 2, "chats": asked, "compared": [asked[0][0]], "compared_tokens": 4}
    row = job("onnxruntime_peer", question, weights.onnxruntime_environment())
    assert (row["tokens"], row["requests"]) == (10, 3)
    assert row["tokens_per_s"] == pytest.approx(10 / row["seconds"])
    assert len(row["texts"]) == 1
    assert row["versions"]["onnxruntime-genai"]
