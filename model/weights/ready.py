"""Which files of a model the engines load, made where the cache does not hold them yet.

Serving and `python -m model prepare` both ask here, so that what one makes is what the other needs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..registry import EVIDENCE, EmbeddingModel, TextModel

Device = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class TextFiles:
    """What a text engine loads: a .gguf file is OpenVINO's, a folder or a name on the hub transformers'.

    `adapter` is a LoRA folder that is not in the weights yet.
    """

    weights: str
    tokenizer: str
    adapter: str | None = None


def text_files(model: TextModel, device: Device) -> TextFiles:
    """Of a text model. A model that is no GGUF file is loaded as it is.

    Raises:
        ValueError: the GGUF file or the adapter is broken or not supported; the message says.
        OSError: a file cannot be read or written.
    """
    if not model.source.lower().endswith(".gguf"):
        return TextFiles(model.source, model.source, model.adapter)
    gguf = Path(model.source)
    if device == "gpu":
        from .folder import folder

        made = str(folder(gguf))
        return TextFiles(made, made, model.adapter)
    from .gguf import requantised
    from .gguf_tokenizer import tokenizer

    adapter = None if model.adapter is None else Path(model.adapter)
    return TextFiles(str(requantised(gguf, adapter)), str(tokenizer(gguf)))


def encoder_files(model: EmbeddingModel, device: Device) -> str:
    """Of an embedding model: for a processor OpenVINO's folder, for a GPU what transformers loads.

    Raises:
        OSError: a file is absent, or cannot be read or written.
        ValueError, RuntimeError: the model is of a kind that cannot be made ready; the message says.
    """
    source = model.source
    if source.endswith(".bin"):
        from . import e5

        source = str(e5.folder(Path(source)))
    if device == "gpu":
        return source
    from .openvino_encoder import converted

    return str(converted(source))


def evidence_files(model: EmbeddingModel, device: Device) -> list[Path]:
    """Of what finds evidence over the states of the default embedding model: for a processor OpenVINO's
    folder, for a GPU the encoder's and the network's. Raises as `encoder_files`."""
    encoder = Path(encoder_files(model, "gpu"))
    if device == "gpu":
        return [encoder, EVIDENCE]
    from .openvino_evidence import converted

    return [converted(encoder, EVIDENCE)]


def this_device() -> Device:
    """gpu if PyTorch finds one. Asked only where there may be one: loading it takes seconds."""
    drivers = (Path("/dev/nvidiactl"), Path("/dev/kfd"))
    if sys.platform == "linux" and not any(driver.exists() for driver in drivers):
        return "cpu"
    from ..engines.device import best_device

    return "cpu" if best_device().type == "cpu" else "gpu"
