"""A GGUF file as a Hugging Face folder: what training starts from, and what transformers serves.

The folder holds config.json, model.safetensors (bfloat16) and the files of gguf_tokenizer.py, so that a text
is cut alike wherever the file is used. The weights are the file's own, so what 4 bits lost stays lost.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from . import gguf_tokenizer
from .gguf_file import opened
from .prepared import prepared

_VERSION = "hf-2"


def folder(gguf: Path) -> Path:
    """The Hugging Face folder of a GGUF file, made once and kept in the cache.

    Raises:
        ValueError: if the file is no Llama with SmolLM's tokenizer; of others it was never tried whether
            transformers reads the same weights.
    """
    name = f"{gguf.stem.lower()}-{_VERSION}-{gguf_tokenizer.VERSION}"
    return prepared(name, [gguf], lambda made: _make(gguf, made))


def _make(gguf: Path, made: Path) -> None:
    import transformers

    _check(gguf)
    transformers.utils.logging.disable_progress_bar()
    made.mkdir()
    _model(transformers, gguf).save_pretrained(made)
    # Over save_pretrained's generation_config.json too: the tokenizer's names every token that ends a text.
    shutil.copytree(gguf_tokenizer.tokenizer(gguf), made, dirs_exist_ok=True)


def _check(gguf: Path) -> None:
    fields = opened(gguf).fields
    said = {
        key: str(fields[key].contents()) if key in fields else "nothing"
        for key in ("general.architecture", "tokenizer.ggml.pre")
    }
    if list(said.values()) != ["llama", "smollm"]:
        found = ", ".join(f"{key} is {value}" for key, value in said.items())
        raise ValueError(f"{gguf.name}: only SmolLM's files can be made a folder; in this one {found}")


def _model(transformers: Any, gguf: Path) -> Any:
    import torch

    read = transformers.AutoModelForCausalLM.from_pretrained(
        str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32
    )
    # A model read from GGUF refuses to be saved; one made from its configuration does not.
    config = type(read.config)(**_plain(read.config.to_dict()))
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.load_state_dict(read.state_dict())
    return model


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration without what only says that it was read from GGUF."""
    return {
        key: value for key, value in config.items() if key not in ("quantization_config", "_name_or_path")
    }
