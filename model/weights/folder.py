"""A GGUF file as a Hugging Face folder: what training starts from, and what transformers serves.

The folder holds config.json, model.safetensors (bfloat16), generation_config.json, and the tokenizer with the
chat template. The weights are the file's own, so what 4 bits lost stays lost.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .prepared import prepared

_VERSION = "hf"
# How a file's `tokenizer.ggml.pre` cuts a text before byte pairs are merged: transformers cuts every llama
# tokenizer the GPT-2 way, while SmolLM's sets every digit apart first.
_DIGITS_APART = {"type": "Digits", "individual_digits": True}


def folder(gguf: Path) -> Path:
    """The Hugging Face folder of a GGUF file, made once and kept in the cache.

    Raises:
        ValueError: if the file is no Llama with SmolLM's tokenizer: others may be cut differently, and a
            model that reads other tokens than it was trained on writes worse without saying so.
    """
    name = f"{gguf.stem.lower()}-{_VERSION}"
    return prepared(name, [gguf], lambda made: _make(gguf, made))


def _make(gguf: Path, made: Path) -> None:
    import transformers

    _check(gguf)
    transformers.utils.logging.disable_progress_bar()
    made.mkdir()
    model = _model(transformers, gguf)
    model.save_pretrained(made)
    tokenizer = _tokenizer(transformers, gguf, model.config.max_position_embeddings)
    tokenizer.save_pretrained(made, save_jinja_files=False)


def _check(gguf: Path) -> None:
    import gguf as library

    fields = library.GGUFReader(gguf).fields
    said = {
        key: str(fields[key].contents()) if key in fields else "nothing"
        for key in ("general.architecture", "tokenizer.ggml.pre")
    }
    if list(said.values()) != ["llama", "smollm"]:
        found = ", ".join(f"{key} is {value}" for key, value in said.items())
        raise ValueError(f"{gguf.name}: only SmolLM's files can be made a folder; in this one {found}")


def _tokenizer(transformers: Any, gguf: Path, longest: int) -> Any:
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    state["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [_DIGITS_APART, state["pre_tokenizer"]]}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=type(tokenizer.backend_tokenizer).from_str(json.dumps(state)),
        chat_template=tokenizer.chat_template,
        model_max_length=longest,
        clean_up_tokenization_spaces=False,
        **tokenizer.special_tokens_map,
    )


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
