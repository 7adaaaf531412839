"""The tokenizer in a GGUF file as Hugging Face files, without its weights and without PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import gguf_file
from .prepared import prepared

VERSION = "tokenizer-1"
_CONTROL, _USER_DEFINED = 3, 4
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_ROLES = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}


def tokenizer(gguf: Path) -> Path:
    """A folder with tokenizer.json, tokenizer_config.json (chat template inside) and generation_config.json,
    whose `eos_token_id` lists the tokens that end a text; cached.

    Raises:
        ValueError: text is cut in a way that is not known here (`tokenizer.ggml.pre`); or a broken file.
    """
    return prepared(f"{gguf.stem.lower()}-{VERSION}", [gguf], lambda made: _make(gguf, made))


def _make(gguf: Path, made: Path) -> None:
    fields = gguf_file.fields(gguf_file.opened(gguf))
    built = _built(gguf, fields)
    tokens = fields["tokenizer.ggml.tokens"]
    ids = {role: fields.get(f"tokenizer.ggml.{key}_token_id") for role, key in _ROLES.items()}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": fields.get(f"{fields.get('general.architecture')}.context_length"),
        "clean_up_tokenization_spaces": False,
        "chat_template": fields.get("tokenizer.chat_template"),
        **{role: tokens[number] for role, number in ids.items() if number is not None},
    }
    ends = [fields.get(f"tokenizer.ggml.{key}_token_id") for key in ("eos", "eot")]
    generation = {
        "bos_token_id": ids["bos_token"],
        "eos_token_id": sorted({end for end in ends if end is not None}),
        "pad_token_id": ids["pad_token"],
    }
    made.mkdir()
    built.save(str(made / "tokenizer.json"))
    for name, values in (("tokenizer_config.json", settings), ("generation_config.json", generation)):
        said = {key: value for key, value in values.items() if value is not None}
        (made / name).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def _built(gguf: Path, fields: dict[str, Any]) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    cut = fields.get("tokenizer.ggml.pre")
    if fields.get("tokenizer.ggml.model") != "gpt2" or cut not in ("smollm", "qwen2"):
        raise ValueError(f"{gguf.name}: tokenizer.ggml.pre is {cut or 'nothing'}, not smollm or qwen2")
    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"]]
    built = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    first: Any = pre_tokenizers.Digits(individual_digits=True)
    if cut == "qwen2":
        built.normalizer = normalizers.NFC()
        first = pre_tokenizers.Split(Regex(_QWEN2), "isolated")
    bytes_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=cut == "smollm")
    built.pre_tokenizer = pre_tokenizers.Sequence([first, bytes_level])
    built.decoder = decoders.ByteLevel()
    kinds = list(zip(tokens, fields.get("tokenizer.ggml.token_type", ()), strict=False))
    built.add_special_tokens(
        [AddedToken(t, normalized=False, special=True) for t, k in kinds if k == _CONTROL]
    )
    built.add_tokens([AddedToken(t, normalized=False, special=False) for t, k in kinds if k == _USER_DEFINED])
    return built
