"""What several kinds of test share: one model server for the whole run, started when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.model.live_server import live_server

# Machines that run tests are busy; how long an example takes says nothing.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real model server with its default weights."""
    with live_server(tmp_path_factory.mktemp("model")) as server:
        yield server.url
