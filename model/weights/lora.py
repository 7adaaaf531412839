"""A LoRA adapter in PEFT's format, as what it adds to each weight of its base."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_NAME = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
_UNSUPPORTED = (
    "modules_to_save",
    "use_dora",
    "lora_bias",
    "rank_pattern",
    "alpha_pattern",
    "fan_in_fan_out",
    "target_parameters",
    "trainable_token_indices",
    "layer_replication",
    "use_qalora",
    "use_bdlora",
    "alora_invocation_tokens",
    "arrow_config",
)


def files(adapter: Path) -> list[Path]:
    """The two files it is read from. Raises ValueError if one is missing."""
    for name in (CONFIG, WEIGHTS):
        if not (adapter / name).is_file():
            raise ValueError(f"adapter {adapter}: {name} is missing")
    return [adapter / CONFIG, adapter / WEIGHTS]


def pairs(adapter: Path) -> dict[str, tuple[Floats, Floats]]:
    """By module of the base: B (out, rank), already times the scale, and A (rank, in); B @ A is added.

    Raises:
        ValueError: a file is missing, or the adapter uses what is not supported; the message names it.
    """
    config, weights = files(adapter)
    try:
        settings: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"adapter {adapter}: {CONFIG} is not JSON: {error}") from None
    scale = _scale(adapter, settings)
    halves: dict[str, dict[str, Floats]] = {}
    for name, values in _tensors(adapter, weights).items():
        match = _NAME.fullmatch(name)
        if not match:
            raise ValueError(
                f"adapter {adapter}: {name} is not supported, only lora_A and lora_B of layers are"
            )
        halves.setdefault(match[1], {})[match[2]] = values
    found = {}
    for module, half in halves.items():
        shapes = {key: value.shape for key, value in half.items()}
        rank = settings["r"]
        if len(half) < 2 or half["A"].shape[:1] != (rank,) or half["B"].shape[1:] != (rank,):
            raise ValueError(f"adapter {adapter}: {module} has {shapes}, which does not fit rank {rank}")
        found[module] = half["B"] * np.float32(scale), half["A"]
    return found


def _scale(adapter: Path, settings: dict[str, Any]) -> float:
    used = [key for key in _UNSUPPORTED if settings.get(key)]
    if settings.get("peft_type") != "LORA":
        used.append(f"peft_type {settings.get('peft_type')}")
    if settings.get("bias", "none") != "none":
        used.append(f"bias {settings['bias']}")
    if settings.get("init_lora_weights", True) not in (True, False, "gaussian"):
        used.append(f"init_lora_weights {settings['init_lora_weights']}")  # others change the base, too
    if used:
        raise ValueError(f"adapter {adapter}: {', '.join(used)} not supported")
    rank, alpha = settings.get("r"), settings.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, int | float):
        raise ValueError(f"adapter {adapter}: {CONFIG} has no r and lora_alpha")
    return alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank)


def _tensors(adapter: Path, weights: Path) -> dict[str, Floats]:
    import safetensors

    try:
        read = safetensors.deserialize(weights.read_bytes())  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ValueError(f"adapter {adapter}: {WEIGHTS}: {error}") from None
    found = {}
    for name, tensor in read:
        raw, kind = bytes(tensor["data"]), tensor["dtype"]
        if kind == "BF16":  # the upper half of a float32
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        elif kind in ("F16", "F32"):
            values = np.frombuffer(raw, "<f2" if kind == "F16" else "<f4").astype(np.float32)
        else:
            raise ValueError(f"adapter {adapter}: {name} is {kind}, not F32, F16 or BF16")
        found[name] = values.reshape(tensor["shape"])
    return found
