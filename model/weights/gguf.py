"""GGUF weights as OpenVINO reads them rightly: in Q8_0, with an adapter merged in where one is wanted."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from . import lora
from .gguf_file import Bytes, GGUFFile, Tensor
from .prepared import prepared

ARCHITECTURES = ("llama", "qwen2", "qwen3")
_F32, _F16, _Q8_0 = 0, 1, 8  # ggml's numbers of types
_MOSTLY_Q8_0 = 7  # general.file_type
_MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def requantised(gguf: Path, adapter: Path | None = None) -> Path:
    """The file itself if it is all F32, F16 and Q8_0 and no adapter is wanted, else one made of it; cached.

    In the made file other types are Q8_0 (vectors F32), since OpenVINO's reader gets Q4_1 wrong.

    Args:
        gguf: a file of a llama, qwen2 or qwen3 model.
        adapter: a PEFT LoRA folder that was trained on these weights.

    Raises:
        ValueError: another architecture, a broken file, or an adapter that does not fit; the message says.
    """
    source = GGUFFile(gguf)
    architecture = source.fields.get("general.architecture")
    if architecture not in ARCHITECTURES:
        raise ValueError(f"{gguf.name}: architecture {architecture}, not one of {', '.join(ARCHITECTURES)}")
    stem = gguf.stem.lower()
    if adapter is None:
        if {tensor.kind for tensor in source.tensors.values()} <= {_F32, _F16, _Q8_0}:
            return gguf
        return prepared(f"{stem}-q8-1.gguf", [gguf], lambda made: _write(source, made, {}))
    files = [gguf, *lora.files(adapter)]
    name = f"{stem}-{adapter.resolve().name}-q8-1.gguf"
    return prepared(name, files, lambda made: _write(source, made, _deltas(source, adapter)))


def _deltas(source: GGUFFile, adapter: Path) -> dict[str, tuple[lora.Floats, lora.Floats]]:
    """The adapter's pairs by the names of the file's tensors, their rows in the file's order."""
    found = {}
    for module, (outward, inward) in lora.pairs(adapter).items():
        match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", module)
        short = _MODULES.get(match[2]) if match else None
        name = f"blk.{match[1]}.{short}.weight" if match and short else "output.weight"
        if name not in source.tensors or not (short or module == "lm_head"):
            raise ValueError(f"adapter {adapter}: {source.path.name} has no tensor for {module}")
        shape = (outward.shape[0], inward.shape[1])
        if source.tensors[name].shape != shape:
            raise ValueError(
                f"adapter {adapter}: {module} is {shape}, in the base {source.tensors[name].shape}"
            )
        if source.fields["general.architecture"] == "llama" and short in ("attn_q", "attn_k"):
            outward = _permuted(outward, _heads(source, short))
        found[name] = outward, inward
    return found


def _heads(source: GGUFFile, short: str) -> int:
    heads = int(source.fields["llama.attention.head_count"])
    return int(source.fields.get("llama.attention.head_count_kv", heads)) if short == "attn_k" else heads


def _permuted(rows: lora.Floats, heads: int) -> lora.Floats:
    """Hugging Face's order of a head's rows (two halves) to llama.cpp's (pairs), as its converter does."""
    halves = rows.reshape(heads, 2, -1, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def _write(source: GGUFFile, path: Path, deltas: dict[str, tuple[lora.Floats, lora.Floats]]) -> None:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    kinds = {name: _kind(tensor) for name, tensor in source.tensors.items()}
    directory, start, sizes = b"", 0, {}
    for name, tensor in source.tensors.items():
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kinds[name])]
        sizes[name] = int(np.prod(tensor.shape)) // block * size
        encoded, shape = name.encode(), tensor.shape[::-1]
        layout = f"<Q{len(encoded)}sI{len(shape)}QIQ"
        directory += struct.pack(layout, len(encoded), encoded, len(shape), *shape, kinds[name], start)
        start += -(-sizes[name] // source.alignment) * source.alignment
    with path.open("wb") as file:
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(source.tensors), len(source.fields)))
        file.write(_settings(source))
        file.write(directory)
        for name, tensor in source.tensors.items():
            file.write(bytes(-file.tell() % source.alignment))
            file.write(_converted(source, tensor, kinds[name], deltas.get(name)).tobytes())
        file.write(bytes(-file.tell() % source.alignment))


def _kind(tensor: Tensor) -> int:
    if tensor.kind in (_F32, _F16, _Q8_0):
        return tensor.kind
    if len(tensor.shape) < 2:
        return _F32
    return _Q8_0 if tensor.shape[-1] % 32 == 0 else _F16


def _converted(
    source: GGUFFile, tensor: Tensor, kind: int, delta: tuple[lora.Floats, lora.Floats] | None
) -> Any:
    from gguf import quants
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    block, size = GGML_QUANT_SIZES[GGMLQuantizationType(tensor.kind)]
    raw: Bytes = source.data(tensor, int(np.prod(tensor.shape)) // block * size)
    if kind == tensor.kind and delta is None:
        return raw
    given = {_F32: "<f4", _F16: "<f2"}.get(tensor.kind, "u1")
    rows = np.frombuffer(raw.tobytes(), given).reshape(*tensor.shape[:-1], -1)
    values = quants.dequantize(rows, GGMLQuantizationType(tensor.kind))
    if delta is not None:
        values = values + delta[0] @ delta[1]
    return quants.quantize(values, GGMLQuantizationType(kind))


def _settings(source: GGUFFile) -> bytes:
    """The fields as they are, but for the file's type."""
    raw, key = source.settings.tobytes(), b"general.file_type" + struct.pack("<I", 4)
    place = raw.find(key)
    if place < 0:
        return raw
    place += len(key)
    return raw[:place] + struct.pack("<I", _MOSTLY_Q8_0) + raw[place + 4 :]
