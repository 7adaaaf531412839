"""Finds evidence: the trained network, on a processor in OpenVINO, on a GPU in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..evidence.pages import Arrays, Floats, Page, arrays
from ..evidence.states import Encode, States
from . import Rows
from .encoding import Encoding, Ids, kept_encoding
from .openvino_device import has_bfloat16

_KEPT = 60_000  # tokens, a kilobyte each: some 3,000 sentences


class EvidenceReader:
    """Implements engines.EvidenceEngine. What is read of a text is kept: sentences come back."""

    def __init__(self, encoding: Encoding, encode: Encode, odds: Callable[[Arrays], Floats]) -> None:
        """`odds` gives, for pages, (pages, sentences)."""
        self._states = States(encoding, encode, _KEPT)
        self._odds = odds

    def read(self, pages: Sequence[Page]) -> Rows:
        """See engines.EvidenceEngine."""
        told = self._states.told(pages)
        # Alone, each in the shape of its own: beside a long one a short one would be mostly filling.
        rows = [self._odds(arrays([page]))[0].tolist() for page in told]
        return Rows(rows, [sum(map(len, page)) for page in told])


def on_processor(folder: Path) -> EvidenceReader:
    """Of what weights.openvino_evidence.converted gives. In bfloat16 where the processor multiplies it."""
    import openvino

    from ..weights.openvino_evidence import ENCODER, NETWORK

    core = openvino.Core()

    def compiled(name: str, precision: str) -> Any:
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        return core.compile_model(folder / name, "CPU", hints)

    encoder = compiled(ENCODER, "bf16" if has_bfloat16() else "f32")
    network = compiled(NETWORK, "f32")

    def encode(ids: Ids, mask: Ids) -> Floats:
        states: Floats = encoder({"input_ids": ids, "attention_mask": mask})[0]
        return states

    def odds(page: Arrays) -> Floats:
        found: Floats = network({"states": page.states, "parts": page.parts, "spans": page.spans})[0]
        return found

    return EvidenceReader(kept_encoding(folder), encode, odds)


def on_gpu(encoder: Path, network: Path) -> EvidenceReader:
    """Of the folders of the encoder and the network."""
    import torch

    from ..evidence.network import Encoder, SmallEncoder, load
    from ..weights.sentence_encoder import reading
    from .device import best_device

    device = best_device()
    loaded = load(network).to(device)
    small = SmallEncoder(Encoder(str(encoder), loaded.settings.layers), loaded.small).to(device)
    read = reading(str(encoder))

    def encode(ids: Ids, mask: Ids) -> Floats:
        with torch.inference_mode():
            states = small(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
            told: Floats = states.cpu().numpy()
        return told

    def odds(page: Arrays) -> Floats:
        given = (torch.from_numpy(each).to(device) for each in (page.states, page.parts, page.spans))
        with torch.inference_mode():
            found: Floats = loaded.reading(*given).cpu().numpy()
        return found

    encoding = Encoding(read.tokenizer, longest=read.longest, padding=read.padding)
    return EvidenceReader(encoding, encode, odds)
