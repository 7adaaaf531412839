"""python -m model prepare, as a process: afterwards serving finds all it needs and makes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.loading import load_embeddings, load_evidence, load_text
from model.metrics import Metrics
from model.registry import EVIDENCE, default_embedding, default_text
from model.weights.prepared import prepared
from model.weights.ready import encoder_files, text_files

ROOT = Path(__file__).parents[2]


def _prepare(cache: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "model", "prepare", *options],
        cwd=ROOT,
        env=os.environ | {"SHOPWRIGHT_CACHE": str(cache)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _held(cache: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in sorted(cache.rglob("*"))}


def test_after_it_a_server_on_a_processor_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _prepare(tmp_path, "--for", "cpu", MODEL_ID="shop-copy-en")
    assert done.returncode == 0, done.stderr
    made = _held(tmp_path)
    lines = [line.split(": ", 1) for line in done.stdout.splitlines()]
    names = [default_embedding({}).id, "evidence-e5", "shop-copy-en", "shop-copy-en"]
    assert [name for name, _ in lines] == names
    assert all(Path(path).parent == tmp_path and Path(path) in made for _, path in lines)

    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setattr("model.loading.this_device", lambda: "cpu")
    assert load_embeddings(default_embedding({})).embed(["tea"]).rows
    assert load_evidence(default_embedding({})) is not None
    text = load_text(default_text({"MODEL_ID": "shop-copy-en"}), Metrics(), sequences=1, cache_tokens=512)
    text.engine.close()
    assert _held(tmp_path) == made


def test_after_it_a_server_on_a_gpu_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = _prepare(tmp_path, "--for", "gpu", ADAPTERS="shop=model/adapters/shop-copy-en")
    assert done.returncode == 0, done.stderr
    made = _held(tmp_path)
    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path))
    encoder = encoder_files(default_embedding({}), "gpu")
    text = text_files(default_text({}), "gpu")
    assert done.stdout.splitlines() == [
        f"{default_embedding({}).id}: {encoder}",
        f"evidence-e5: {EVIDENCE}",
        f"{default_text({}).id}: {text.weights}",
        f"shop: {text.weights}",
    ]
    for folder in (encoder, text.weights):
        assert (Path(folder) / "model.safetensors").is_file()
        assert (Path(folder) / "tokenizer.json").is_file()
    assert _held(tmp_path) == made


def test_what_cannot_be_prepared_is_said_plainly(tmp_path: Path) -> None:
    weights = tmp_path / "broken.gguf"
    weights.write_bytes(b"not a model")
    ended = _prepare(tmp_path / "cache", "--for", "cpu", MODEL_ID=str(weights), EMBEDDING_ID="./nowhere")
    assert ended.returncode == 1
    assert ended.stderr.startswith("EMBEDDING_ID=./nowhere: ")
    ended = _prepare(tmp_path / "cache", "--for", "gpu", MODEL_ID=str(weights))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"MODEL_ID: {weights} cannot be loaded: broken.gguf: ")


def test_what_was_prepared_is_found_after_an_image_dropped_the_fractions_of_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWRIGHT_CACHE", str(tmp_path / "cache"))
    source = tmp_path / "weights"
    source.write_text("tea")
    found = []
    for nanoseconds in (1_700_000_000_900_000_000, 1_700_000_000_000_000_000, 1_700_000_001_000_000_000):
        os.utime(source, ns=(nanoseconds, nanoseconds))
        found.append(prepared("made", [source], lambda path: path.touch()))
    assert found[0] == found[1] != found[2]
