"""Where PyTorch computes, and in which numbers."""

from __future__ import annotations

import torch


def best_device() -> torch.device:
    """A GPU of NVIDIA's or Apple's where there is one, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def best_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else what is exact."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.bfloat16
    # oneDNN, which tells, is not in every build for processors.
    onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    fast = onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if fast else torch.float32
