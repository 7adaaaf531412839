"""``docker run IMAGE serve`` or ``train``: SageMaker's container contract in front of ``python -m model``.

    /opt/ml/model           where SageMaker puts the weights: a folder of transformers, or one .gguf file;
                            adapters in adapters/<name>/ below it
    SAGEMAKER_BIND_TO_PORT  the port, where it is not 8080
    SHOPWRIGHT_USER         who serves, if the container is started as root
    SIGTERM                 ends it with status 0 once what was begun is answered; SIGKILL follows 30 s later

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

MODEL_FOLDER = Path("/opt/ml/model")


def settings(given: Mapping[str, str], folder: Path = MODEL_FOLDER) -> dict[str, str]:
    """The variables that SageMaker's contract adds to the environment. What is set already stays.

    Args:
        given: the environment as it is.
        folder: where the weights are, if any came.
    """
    found = {
        "MODEL_HOST": "0.0.0.0",  # noqa: S104 (a container is reached from outside)
        "MODEL_PORT": "8080",
        "MODEL_ID": _weights(folder),
        "ADAPTERS": ",".join(
            f"{config.parent.name}={config.parent}"
            for config in sorted(folder.glob("adapters/*/adapter_config.json"))
        ),
    }
    added = {name: value for name, value in found.items() if value and not given.get(name)}
    if port := given.get("SAGEMAKER_BIND_TO_PORT"):
        added["MODEL_PORT"] = port
    return added


def become(name: str) -> None:
    """Go on as this user, for good. Nothing happens if the process is not root's.

    Raises KeyError if there is no such user.
    """
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir
    os.environ["USER"] = name


def main(arguments: list[str]) -> None:
    """Serve, or whatever else `python -m model` can be told."""
    arguments = arguments or ["serve"]
    if arguments[0] == "serve":
        # As a container's first process it would not end on SIGTERM without a handler. The server has its
        # own while it runs, drains, restores this one and raises the signal again.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        os.environ.update(settings(os.environ))
        if user := os.environ.get("SHOPWRIGHT_USER"):
            become(user)

    from .__main__ import cli

    cli(arguments, prog_name="python -m model")


def _weights(folder: Path) -> str:
    """The folder, or the only .gguf file in it; empty if neither is there."""
    if (folder / "config.json").is_file():
        return str(folder)
    files = list(folder.glob("*.gguf"))
    return str(files[0]) if len(files) == 1 else ""


if __name__ == "__main__":
    main(sys.argv[1:])
