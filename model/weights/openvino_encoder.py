"""A sentence encoder as OpenVINO reads it, with its tokenizer, so that serving loads no PyTorch."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from .prepared import prepared

if TYPE_CHECKING:
    from .sentence_encoder import Reading

MODEL, TOKENIZER, READING = "encoder.xml", "tokenizer.json", "reading.json"


def converted(source: str) -> Path:
    """The folder made of a model's folder, or of its name on the Hugging Face hub; cached.

    It holds MODEL (inputs `input_ids` and `attention_mask`, output unit vectors; weights in float16),
    TOKENIZER, and READING: `longest` in tokens and the `padding` id.

    Raises:
        OSError: the weights are absent.
        ValueError: pooling or tokenizer are not supported.
    """
    name, files = _files(source)
    return prepared(f"{name}-openvino-encoder-1", files, lambda path: _convert(source, path))


def _files(source: str) -> tuple[str, list[Path]]:
    """A name for the model and what its conversion depends on."""
    folder = Path(source)
    if folder.is_dir():
        return folder.resolve().name, sorted(path for path in folder.rglob("*") if path.is_file())
    from transformers.utils import cached_file

    # The hub keeps each revision in a folder of its own, named by its commit.
    config = Path(cached_file(source, "config.json"))
    return f"{source.replace('/', '--')}-{config.parent.name[:12]}", [config]


def _convert(source: str, path: Path) -> None:
    import openvino
    import torch

    from .sentence_encoder import SentenceEncoder, reading

    read = reading(source)
    encoder = SentenceEncoder(source, torch.float32)
    ids = torch.full((2, 5), read.padding)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with warnings.catch_warnings():
        # Tracing warns of each branch it takes once for all; none of them depends on the texts.
        warnings.simplefilter("ignore")
        with torch.inference_mode():
            model = openvino.convert_model(encoder, example_input={"input_ids": ids, "attention_mask": mask})
    path.mkdir()
    openvino.save_model(model, path / MODEL, compress_to_fp16=True)
    keep_reading(read, path)


def keep_reading(read: Reading, folder: Path) -> None:
    """Write TOKENIZER and READING, which engines.encoding.kept_encoding reads."""
    read.tokenizer.save(str(folder / TOKENIZER))
    settings = {"longest": read.longest, "padding": read.padding}
    (folder / READING).write_text(json.dumps(settings), encoding="utf-8")
