"""The folder an adapter is shipped as: PEFT's two files, and a card that says what it is and how it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from .rows import Row
from .run import Trained
from .settings import Settings, digest

_CARD = """---
base_model: {base}
library_name: peft
pipeline_tag: text-generation
license: {licence}
---

# {name}

A LoRA adapter for `{base}`, made by `python -m model.train`.

| | |
| --- | --- |
| data | {data} |
| rows to train on | {rows} ({tasks}), sha256 of their tokens {rows_digest} |
| rows to validate on | {validation} |
| adapter | rank {rank}, alpha {alpha}, {parameters:,} weights in {dtype} |
| settings | {settings} |
| steps | {steps} |
| loss on training rows | {loss:.4f} nats a token, the mean of the run |
| validation loss | {history} |
"""


def write(
    output: Path,
    trained: Trained,
    settings: Settings,
    *,
    base: str,
    rows: Sequence[Row],
    validation: Sequence[Row],
    data: str,
    licence: str,
) -> None:
    """Write adapter_config.json, adapter_model.safetensors (bfloat16) and README.md.

    Args:
        output: made if it is not there; its name is the adapter's.
        base: what the base model is called, not where it lies on this machine.
        data: where the rows are from, in a sentence.
        licence: of the adapter, as an SPDX identifier in lower case.
    """
    output.mkdir(parents=True, exist_ok=True)
    model = trained.model
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for weight in weights:
        weight.data = weight.data.to(torch.bfloat16)
    for config in model.peft_config.values():
        config.base_model_name_or_path = base
    model.save_pretrained(output, save_embedding_layers=False)
    tasks = Counter(row.task or "no task" for row in rows)
    card = _CARD.format(
        base=base,
        licence=licence,
        name=output.resolve().name,
        data=data,
        rows=len(rows),
        tasks=", ".join(f"{task} {count}" for task, count in sorted(tasks.items())),
        rows_digest=digest(rows),
        validation=len(validation) or "none",
        rank=settings.rank,
        alpha=settings.alpha,
        parameters=sum(weight.numel() for weight in weights),
        dtype="bfloat16",
        settings=_listed(asdict(settings)),
        steps=trained.steps,
        loss=trained.loss,
        history=", ".join(f"{loss:.4f} at step {step}" for step, loss in trained.history) or "not measured",
    )
    (output / "README.md").write_text(card, encoding="utf-8")


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in settings.items() if key not in ("rank", "alpha")
    )
