"""A shop's own files, and the sample, as the export that training reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.__main__ import app
from model.recommender.exported import read_export


def _lines(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_sample_is_exported_for_training(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", "--output", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "181 products" in done.output
    export = read_export(tmp_path)
    assert len(export.sequences.histories) == 64


def test_files_are_exported_without_who_the_customers_are(tmp_path: Path) -> None:
    products = [{"id": f"p-{n}", "title": f"Tea {n}", "price": "3.00 EUR"} for n in range(3)]
    events = [
        {
            "event_id": f"e-{n}",
            "event_name": "view_item",
            "event_time": f"2026-11-2{n}T10:00:00Z",
            "customer_id": f"somebody-{n % 2}",
            "items": [{"item_id": f"p-{n % 3}"}],
        }
        for n in range(6)
    ]
    done = CliRunner().invoke(
        app,
        [
            "export",
            *("--products", _lines(tmp_path / "p.jsonl", products)),
            *("--events", _lines(tmp_path / "e.jsonl", [*events, {"event_id": "bad"}])),
            *("--output", str(tmp_path / "to")),
        ],
    )
    assert done.exit_code == 0, done.output
    assert "left out" in done.output
    assert "6 events, 2 customers, 3 products" in done.output
    assert not any(b"somebody" in path.read_bytes() for path in (tmp_path / "to").iterdir())
    assert len(read_export(tmp_path / "to").sequences.histories) == 2


@pytest.mark.parametrize("given", ["--products", "--events"])
def test_one_file_alone_is_not_enough(tmp_path: Path, given: str) -> None:
    done = CliRunner().invoke(app, ["export", given, _lines(tmp_path / "x.jsonl", [{}])])
    assert done.exit_code == 1
    assert "go together" in done.output
