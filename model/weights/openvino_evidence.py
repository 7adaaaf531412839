"""The network that finds evidence, with its encoder, as OpenVINO reads them: serving loads no PyTorch."""

from __future__ import annotations

import warnings
from pathlib import Path

from .openvino_encoder import keep_reading
from .prepared import prepared

ENCODER, NETWORK = "encoder.xml", "network.xml"


def converted(encoder: Path, network: Path) -> Path:
    """The folder made of the encoder's folder and of the network's; cached.

    It holds ENCODER (inputs `input_ids` and `attention_mask`, output a token's numbers), NETWORK (inputs
    `states`, `parts`, `spans`, output log odds), and what openvino_encoder.keep_reading writes. Weights are
    in float16.

    Raises OSError if a file is absent.
    """
    files = sorted(path for folder in (encoder, network) for path in folder.rglob("*") if path.is_file())
    return prepared("openvino-evidence-1", files, lambda path: _convert(encoder, network, path))


def _convert(encoder: Path, network: Path, path: Path) -> None:
    import openvino
    import torch

    from ..evidence.network import Encoder, SmallEncoder, load
    from .sentence_encoder import reading

    read = reading(str(encoder))
    loaded = load(network)
    width = loaded.settings.width + loaded.settings.matching
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    texts = {"input_ids": torch.full((2, 5), read.padding), "attention_mask": mask}
    pages = {
        "states": torch.rand(2, 7, width),
        "parts": torch.tensor([[0, 0, 1, 1, 2, 2, 2], [0, 1, 2, 2, 2, 3, 3]]),
        "spans": torch.rand(2, 3, 7),
    }
    path.mkdir()
    with warnings.catch_warnings():
        # Tracing warns of each branch it takes once for all; none of them depends on the texts.
        warnings.simplefilter("ignore")
        with torch.inference_mode():
            small = SmallEncoder(Encoder(str(encoder), loaded.settings.layers), loaded.small)
            for name, module, example in ((ENCODER, small, texts), (NETWORK, loaded.reading, pages)):
                model = openvino.convert_model(module, example_input=example)
                openvino.save_model(model, path / name, compress_to_fp16=True)
    keep_reading(read, path)
