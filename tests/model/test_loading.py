"""From what the environment asks for to engines: what is said when it cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.loading import load_text
from model.metrics import Metrics
from model.registry import SHOP_COPY, NotConfigured, adapters, default_text


@pytest.mark.parametrize("variable", ["MODEL_ID", "ADAPTERS"])
def test_a_broken_adapter_is_reported_under_the_variable_that_asked_for_it(
    tmp_path: Path, variable: str
) -> None:
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    if variable == "MODEL_ID":
        asked = replace(default_text({"MODEL_ID": SHOP_COPY}), adapter=str(tmp_path))
    else:
        (asked,) = adapters(default_text({}), {"ADAPTERS": f"shop={tmp_path}"})
    with pytest.raises(NotConfigured, match=f"^{variable}: {tmp_path} cannot be loaded: "):
        load_text(asked, Metrics(), sequences=1, cache_tokens=512)
