"""Every function as it was built, in Lambda's own runtime: answers its events, brings all that it imports."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from local.containers import FunctionError
from local.shop import Shop
from local.template import load_template

from .conftest import TIMES, Start
from .emulator import ROOT

FUNCTIONS = sorted(Path(function.folder).name for function in load_template().functions.values())
WARM = 15


def _cases(function: str) -> dict[str, Any]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "events" / function).glob("*.json"))
    }


def _outcome(answer: Any) -> Any:
    """What has to be the same whenever and wherever an event is answered: not times, ids and counts."""
    if "errorType" in answer:
        return answer["errorType"]
    if "statusCode" not in answer:
        return sorted(answer)
    body = json.loads(answer["body"]) if answer.get("body") else {}
    # The usual case is asked more than once, and is then answered from what was kept of the first time.
    rung = "rules" if body.get("served_by") == "cache" else body.get("served_by")
    return answer["statusCode"], sorted(body), rung, body.get("degraded"), body.get("errors")


def _by_source(shop: Shop, function: str, event: Any) -> Any:
    try:
        return shop.invoke(function, event)
    except FunctionError as error:
        return error.failure


def _went_well(answer: Any) -> bool:
    return "errorType" not in answer and answer.get("statusCode", 200) < 300


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_built_function_answers_as_its_source_does_and_brings_what_it_imports(
    start: Start, shop: Shop, function: str, request: pytest.FixtureRequest
) -> None:
    cases = _cases(function)
    by_source = {name: _by_source(shop, function, event) for name, event in cases.items()}
    usual = next(name for name, answer in by_source.items() if _went_well(answer))

    built = start(function)
    # Nothing of AWS is imported before it is asked for: that would be two thirds of a cold start.
    at_start, init = built.timed({"probe": "at start"})
    assert "shopwright.bootstrap" in at_start
    assert not {"boto3", "botocore.session", "botocore.client"} & {*at_start}

    answer, cold = built.timed(cases[usual])
    assert _outcome(answer) == _outcome(by_source[usual]), usual
    for name, event in cases.items():
        assert _outcome(built.invoke(event)) == _outcome(by_source[name]), name

    files = [Path(file) for file in built.invoke({"probe": "files"})]
    strangers = [file for file in files if not _belongs(file, built.places)]
    assert strangers == []
    assert [file for file in files if file.parts[-2] == "boto3"]

    warm = [built.timed(cases[usual])[1] for _ in range(WARM)]
    lines = request.config.stash.setdefault(
        TIMES, [f"{'function':<22}{'case':<24}{'init':>6}{'first call':>12}{'warm':>8}"]
    )
    lines.append(f"{function:<22}{usual:<24}{init:>6.0f}{cold:>12.0f}{statistics.median(warm):>8.1f}")


def _belongs(file: Path, places: list[Path]) -> bool:
    """Whether it is of what was built, of the standard library, or of the runtime's own client."""
    if any(file.is_relative_to(place) for place in places):
        return True
    if "site-packages" in file.parts:
        package = file.parts[file.parts.index("site-packages") + 1]
        return package.startswith(("awslambdaric", "runtime_client", "snapshot_restore_py", "simplejson"))
    return not file.is_relative_to(ROOT)
