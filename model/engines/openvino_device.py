"""What this processor can do, as OpenVINO sees it."""

from __future__ import annotations


def has_bfloat16() -> bool:
    """Whether it multiplies bfloat16: half the memory to read, and exact enough."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
