"""python -m model.train on a tiny model, as a process: killed and resumed, it ends as if it never was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from model.registry import NotConfigured
from model.train import STOPPED, job_hyperparameters
from tests.model.tiny import row_lines, tiny_llama

pytest.importorskip("peft")

ROOT = Path(__file__).parents[2]
# With dropout, so that the state of the random numbers has to be restored as well.
FLAGS = [
    "--epochs",
    "3",
    "--batch",
    "4",
    "--accumulate",
    "2",
    "--evaluations",
    "6",
    "--longest",
    "512",
    "--dropout",
    "0.1",
]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    tiny_llama(folder / "tiny")
    for channel, lines in (("train", row_lines(64)), ("validation", row_lines(9))):
        (folder / channel).mkdir()
        (folder / channel / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _environment(workplace: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "MODEL_ID": str(workplace / "tiny"), "OMP_WAIT_POLICY": "passive", **more}


def _start(workplace: Path, name: str) -> subprocess.Popen[str]:
    paths = ["--train", workplace / "train", "--validation", workplace / "validation"]
    paths += ["--output", workplace / name, "--checkpoints", workplace / f"{name}-checkpoints"]
    return subprocess.Popen(
        [sys.executable, "-m", "model.train", *map(str, paths), *FLAGS, "--learning_rate", "0.01"],
        cwd=ROOT,
        env=_environment(workplace),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _until(process: subprocess.Popen[str], pattern: str) -> str:
    """What it says up to the first line that matches."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(f"it never said {pattern}:\n{said}\n{process.communicate()[1]}")


def _validation_losses(said: str) -> dict[int, float]:
    found = re.findall(r"step (\d+)/24  validation loss ([\d.]+)", said)
    return {int(step): float(loss) for step, loss in found}


@pytest.fixture(scope="module")
def whole(workplace: Path) -> str:
    """What a run says that nothing interrupts: a training job, told by SageMaker's variables."""
    done = subprocess.run(
        [sys.executable, "-m", "model.train", *FLAGS, "--checkpoints", str(workplace / "whole-checkpoints")],
        cwd=ROOT,
        env=_environment(
            workplace,
            SM_CHANNEL_TRAIN=str(workplace / "train"),
            SM_CHANNEL_VALIDATION=str(workplace / "validation"),
            SM_MODEL_DIR=str(workplace / "whole"),
            SM_HPS='{"learning-rate": "0.01", "epochs": 99}',
        ),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_learns_and_tells_how_it_goes(whole: str) -> None:
    losses = _validation_losses(whole)
    assert list(losses) == [4, 8, 12, 16, 20, 24]  # 3 epochs of 8 steps: the flag wins over SM_HPS
    assert losses[24] < losses[4] - 0.2
    assert re.search(r"step \d+/24  loss [\d.]+  \d+ tokens/s  [\d.]+ min left", whole)


def test_leaves_a_peft_folder_with_its_card(workplace: Path, whole: str) -> None:
    from safetensors.torch import load_file

    folder = workplace / "whole"
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["base_model_name_or_path"]) == ("LORA", 8, "tiny")
    weights = load_file(folder / "adapter_model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {"torch.bfloat16"}
    assert all(weight.abs().sum() > 0 for name, weight in weights.items() if "lora_B" in name)
    card = (folder / "README.md").read_text()
    assert "license: apache-2.0" in card
    assert "64 (task-0 22, task-1 21, task-2 21)" in card
    assert str(workplace) not in card


def test_goes_on_after_sigterm_and_after_a_kill_as_if_it_had_not_been(workplace: Path, whole: str) -> None:
    first = _start(workplace, "broken")
    said = _until(first, r"step 4/24  validation")
    first.send_signal(signal.SIGTERM)
    rest, errors = first.communicate(timeout=120)
    assert first.returncode == STOPPED, errors
    assert re.search(r"stopped at step \d+ of 24; the same command goes on from there", rest)
    assert not (workplace / "broken").exists()

    second = _start(workplace, "broken")
    said += rest + _until(second, r"step 12/24  validation")
    second.kill()
    said += second.communicate()[0]
    # As if the kill had come while a checkpoint was written.
    (workplace / "broken-checkpoints" / "checkpoint-23").mkdir()

    third = _start(workplace, "broken")
    rest, errors = third.communicate(timeout=240)
    assert third.returncode == 0, errors
    assert re.search(r"resuming from .*checkpoint-(?:8|12|16|20)$", rest, re.MULTILINE)
    assert _validation_losses(said + rest) == pytest.approx(_validation_losses(whole), abs=2e-4)
    ours, theirs = (
        re.search(r"training rows \| ([\d.]+) nats", (workplace / name / "README.md").read_text())
        for name in ("broken", "whole")
    )
    assert ours
    assert theirs
    assert float(ours[1]) == pytest.approx(float(theirs[1]), abs=2e-4)


def test_other_settings_do_not_go_on_from_there(workplace: Path, whole: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "model.train", "--train", str(workplace / "train"), *FLAGS),
            *("--output", str(workplace / "other"), "--checkpoints", str(workplace / "whole-checkpoints")),
        ],
        cwd=ROOT,
        env=_environment(workplace),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "learning_rate 0.01, now 0.0005" in done.stderr


def test_bad_rows_end_it_before_anything_is_trained(workplace: Path) -> None:
    bad = workplace / "bad.jsonl"
    bad.write_text(row_lines(1)[0] + '\n{"messages": []}\n', encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "model.train", "--train", str(bad), "--output", str(workplace / "bad")),
            *("--checkpoints", str(workplace / "bad-checkpoints")),
        ],
        cwd=ROOT,
        env=_environment(workplace),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"{bad}:2: messages is not a list of at least two" in done.stderr
    assert not (workplace / "bad-checkpoints").exists()


def test_a_jobs_hyperparameters_are_known_ones() -> None:
    assert job_hyperparameters({"SM_HPS": '{"learning-rate": "0.1", "batch": 2}'}) == {
        "learning_rate": "0.1",
        "batch": 2,
    }
    assert job_hyperparameters({}) == {}
    with pytest.raises(NotConfigured, match="unknown hyperparameters: lr"):
        job_hyperparameters({"SM_HPS": '{"lr": 1}'})
    with pytest.raises(NotConfigured, match="not a JSON object"):
        job_hyperparameters({"SM_HPS": "[1]"})
