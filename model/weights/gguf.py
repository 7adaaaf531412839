"""GGUF weights as OpenVINO reads them rightly: in Q8_0, with an adapter merged in where one is wanted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from . import lora
from .gguf_file import fields, opened
from .prepared import prepared

ARCHITECTURES = ("llama", "qwen2", "qwen3")
_VERSION = "q8-2"
_OWN = ("general.architecture", "general.file_type", "general.alignment")
Pairs = dict[str, tuple[lora.Floats, lora.Floats]]  # B (out, rank) and A (rank, in) by name
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
    """The file with every tensor in F32, F16 or Q8_0; cached. Where it is so already, a link to it.

    Other types become Q8_0 (vectors F32), since OpenVINO's reader gets Q4_1 wrong.

    Args:
        gguf: a file of a llama, qwen2 or qwen3 model.
        adapter: a PEFT LoRA folder that was trained on these weights.

    Raises:
        ValueError: another architecture, a broken file, or an adapter that does not fit; the message says.
    """
    stem = gguf.stem.lower()
    if adapter is None:
        return prepared(f"{stem}-{_VERSION}.gguf", [gguf], lambda made: _make(gguf, made))
    name = f"{stem}-{adapter.resolve().name}-{_VERSION}.gguf"
    files = [gguf, *lora.files(adapter)]
    return prepared(name, files, lambda made: _make_adapted(gguf, adapter, made))


def _make(gguf: Path, made: Path) -> None:
    source = _opened(gguf)
    if all(_kind(tensor) == tensor.tensor_type for tensor in source.tensors):
        made.symlink_to(gguf.resolve())
    else:
        _write(source, made, {})


def _make_adapted(gguf: Path, adapter: Path, made: Path) -> None:
    pairs = lora.pairs(adapter)
    source = _opened(gguf)
    try:
        deltas = _deltas(source, pairs)
    except ValueError as error:
        raise ValueError(f"adapter {adapter}: {error}") from None
    _write(source, made, deltas)


def _opened(gguf: Path) -> Any:
    source = opened(gguf)
    architecture = _field(source, "general.architecture")
    if architecture not in ARCHITECTURES:
        raise ValueError(f"{gguf.name}: architecture {architecture}, not one of {', '.join(ARCHITECTURES)}")
    return source


def _field(source: Any, key: str) -> Any:
    field = source.get_field(key)
    return None if field is None else field.contents()


def _deltas(source: Any, pairs: Pairs) -> Pairs:
    """The adapter's pairs by the names of the file's tensors, their rows in the file's order."""
    shapes = {tensor.name: _shape(tensor) for tensor in source.tensors}
    found = {}
    for module, (outward, inward) in pairs.items():
        match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", module)
        short = _MODULES.get(match[2]) if match else None
        name = f"blk.{match[1]}.{short}.weight" if match and short else "output.weight"
        if name not in shapes or not (short or module == "lm_head"):
            raise ValueError(f"the base has no tensor for {module}")
        shape = (outward.shape[0], inward.shape[1])
        if shapes[name] != shape:
            raise ValueError(f"{module} is {shape}, in the base {shapes[name]}")
        if short in ("attn_q", "attn_k") and _field(source, "general.architecture") == "llama":
            outward = _permuted(outward, _heads(source, short))
        found[name] = outward, inward
    return found


def _heads(source: Any, short: str) -> int:
    shared = _field(source, "llama.attention.head_count_kv") if short == "attn_k" else None
    return int(shared or _field(source, "llama.attention.head_count"))


def _permuted(rows: lora.Floats, heads: int) -> lora.Floats:
    """Hugging Face's order of a head's rows (two halves) to llama.cpp's (pairs), as its converter does."""
    halves = rows.reshape(heads, 2, -1, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def _write(source: Any, path: Path, deltas: Pairs) -> None:
    from gguf import GGUFWriter, LlamaFileType
    from gguf.constants import GGML_QUANT_SIZES

    writer = GGUFWriter(path, _field(source, "general.architecture"))
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    for key, value in fields(source).items():
        # What the writer says itself, and empty lists, which it cannot.
        if not (key.startswith("GGUF.") or key in _OWN or value == []):
            types = source.fields[key].types
            writer.add_key_value(key, value, types[0], types[-1] if len(types) > 1 else None)
    for tensor in source.tensors:
        kind = _kind(tensor)
        block, size = GGML_QUANT_SIZES[kind]
        taken = tensor.n_elements // block * size
        writer.add_tensor_info(tensor.name, _shape(tensor), np.dtype(np.float32), taken, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in source.tensors:
        writer.write_tensor_data(_converted(tensor, deltas.get(tensor.name)))
    writer.close()


def _shape(tensor: Any) -> tuple[int, ...]:
    """As numpy has it; the file has the row's length first."""
    return tuple(tensor.shape.tolist()[::-1])


def _kind(tensor: Any) -> Any:
    from gguf import GGMLQuantizationType as Types

    if tensor.tensor_type in (Types.F32, Types.F16, Types.Q8_0):
        return tensor.tensor_type
    if len(tensor.shape) < 2:
        return Types.F32
    return Types.Q8_0 if tensor.shape[0] % 32 == 0 else Types.F16


def _converted(tensor: Any, delta: tuple[lora.Floats, lora.Floats] | None) -> Any:
    from gguf import quants

    kind = _kind(tensor)
    if kind == tensor.tensor_type and delta is None:
        return tensor.data
    values = quants.dequantize(tensor.data, tensor.tensor_type)
    if delta is not None:
        values = values + delta[0] @ delta[1]
    return quants.quantize(values, kind)
