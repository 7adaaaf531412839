"""Every adapter that is shipped is small, is for a model the registry knows, and says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.registry import SMOLLM2

FOLDERS = sorted(
    path for path in (Path(__file__).parents[2] / "model" / "adapters").iterdir() if path.is_dir()
)


def test_there_is_one() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_adapter_is_small_and_names_its_base(folder: Path) -> None:
    from safetensors.torch import load_file

    weights = load_file(folder / "adapter_model.safetensors")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10e6
    assert all(weight.isfinite().all() for weight in weights.values())
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == SMOLLM2


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_card_states_licence_data_and_numbers(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    for stated in ("license: ", "| data |", "| validation loss |", "## Before and after", "| base |"):
        assert stated in card
