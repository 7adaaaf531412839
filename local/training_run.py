"""The whole way to a recommender in a running shop: export, training, publishing. As in AWS, but for the job.

In AWS a SageMaker job trains on the export; here a process of this machine does, with the same command.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from local import aws
from local.processes import ShopError
from local.shop import Shop
from model.recommender.published import pack
from shopwright.publishing import JOB_PREFIX, MODELS

_SECONDS = 60.0  # until the server has taken up what was published


def train(shop: Shop, say: Callable[[str], None]) -> dict[str, Any]:
    """What the publishing function answered: `published`, or `refused` with the reason.

    Raises:
        ShopError: the training failed, or the server does not take up what was published.
    """
    exported = shop.fire("RecommenderExportFunction")
    version = exported["time"]
    say(f"exported {exported['events']:,} events of {exported['customers']} customers; training on them")
    s3, bucket = aws.client("s3", shop.aws_url), shop.resources["RecommenderBucket"]
    artifact = f"{MODELS}/{JOB_PREFIX}{version}/output/model.tar.gz"
    with tempfile.TemporaryDirectory() as place:
        export, made = Path(place, "export"), Path(place, "made")
        export.mkdir()
        for name in ("events.jsonl.gz", "products.jsonl.gz", "manifest.json"):
            s3.download_file(bucket, f"exports/{version}/{name}", str(export / name))
        command = [sys.executable, "-m", "model.recommender.train", "--export", str(export)]
        ran = subprocess.run([*command, "--output", str(made)], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise ShopError(f"the training failed: {ran.stderr.strip().splitlines()[-1]}")
        pack(made, packed := Path(place, "model.tar.gz"))
        s3.upload_file(str(packed), bucket, artifact)
    answer: dict[str, Any] = shop.invoke("RecommenderPublishFunction", {"artifact": artifact})
    say(f"{answer['status']}: {answer['why']}")
    if answer["status"] == "published":
        _wait(shop.model_url, version)
    return {**answer, "measured": json.loads(ran.stdout.splitlines()[-1])["measured"]}


def _wait(model_url: str, version: str) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        models = httpx.get(f"{model_url}/v1/models").json()["data"]
        if version in {model["id"] for model in models}:
            return
        time.sleep(0.1)
    raise ShopError(f"the model server does not take up recommender {version}")
