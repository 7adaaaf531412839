"""SnapStart: what a function uses is built before the snapshot, and nowhere else before it is asked for."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.template import load_template
from shopwright import bootstrap

ROOT = Path(__file__).parents[2]
BEHIND_THE_API = sorted(
    Path(function.folder).name for function in load_template().functions.values() if function.routes
)


def _registered(monkeypatch: pytest.MonkeyPatch, function: str) -> list[object]:
    found: list[object] = []
    runtime = SimpleNamespace(register_before_snapshot=found.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)  # type: ignore[arg-type]
    importlib.reload(importlib.import_module(f"functions.{function}.handler"))
    return found


@pytest.mark.parametrize("function", BEHIND_THE_API)
def test_every_service_that_a_handler_uses_is_in_the_snapshot(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    source = (ROOT / "functions" / function / "handler.py").read_text(encoding="utf-8")
    built = _registered(monkeypatch, function)
    assert built
    for name, factory in vars(bootstrap).items():
        # A service that others hold is built with them.
        if f"bootstrap.{name}()" in source and name != "catalog":
            assert factory in built, name


@pytest.mark.parametrize("function", BEHIND_THE_API)
def test_without_snapstart_nothing_is_built_early(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    assert _registered(monkeypatch, function) == []
