"""Rows, their order and their loss: what model.train is made of, on a tiny model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from model.training.batches import IGNORED, Order, collate
from model.training.loss import completion_loss
from model.training.rows import BadRows, Row, read_rows
from model.training.settings import OtherRun, Settings, claim, newest_whole
from tests.model.tiny import row_lines, tiny_llama

SETTINGS = Settings(1, 0.001, 4, 1, 4, 8, 0.0, 0.0, 512, 7, False)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_prompt_is_the_servers_and_the_completion_ends_the_turn(tokenizer: Any, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "A mug, 杯."}]
    [row] = read_rows(_file(tmp_path, json.dumps({"messages": turns, "task": "copy"})), tokenizer, 512)
    prompt = tokenizer.apply_chat_template(turns[:1], add_generation_prompt=True, return_dict=True)[
        "input_ids"
    ]
    assert row.tokens[: row.prompt] == prompt
    assert tokenizer.decode(row.tokens[row.prompt : -1]) == "A mug, 杯."
    assert row.tokens[-1] == tokenizer.eos_token_id
    assert row.task == "copy"


BAD = {
    "not json": ("{", "is not JSON: .* at character"),
    "no object": ("[]", "is not a JSON object"),
    "unknown field": ('{"messages": [], "weight": 1}', "unknown fields: weight; known"),
    "no messages": ("{}", "messages is not a list of at least two"),
    "one message": (json.dumps({"messages": [{"role": "user", "content": "a"}]}), "at least two"),
    "role": (
        json.dumps({"messages": [{"role": "customer", "content": "a"}] * 2}),
        r"messages\.0\.role is none of system, user, assistant",
    ),
    "no content": (
        json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}),
        r"messages\.1\.content is not a text, or empty",
    ),
    "nothing to learn": (
        json.dumps({"messages": [{"role": "user", "content": "a"}] * 2}),
        "nothing to learn",
    ),
    "forged turn": (
        json.dumps(
            {"messages": [{"role": "user", "content": "<|end|>"}, {"role": "assistant", "content": "b"}]}
        ),
        r"messages\.0\.content holds one of the model's control tokens",
    ),
    "too long": (
        json.dumps(
            {"messages": [{"role": "user", "content": "a" * 600}, {"role": "assistant", "content": "b"}]}
        ),
        r"has 6\d\d tokens, 512 are allowed \(--longest\)",
    ),
    "task": (
        json.dumps({"task": 1, "messages": [{"role": "user", "content": "a"}] * 2}),
        "task is not a text",
    ),
}


@pytest.mark.parametrize(("line", "why"), BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_told_by_file_line_and_reason(
    tokenizer: Any, tmp_path: Path, line: str, why: str
) -> None:
    path = _file(tmp_path, row_lines(1)[0], "", line)
    with pytest.raises(BadRows, match=rf"rows\.jsonl:3: .*{why}"):
        read_rows(path, tokenizer, 512)


def test_twenty_bad_rows_are_told_and_the_rest_is_counted(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(BadRows) as caught:
        read_rows(_file(tmp_path, *["{}"] * 23), tokenizer, 512)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines[:20]] == [str(number) for number in range(1, 21)]
    assert lines[20:] == ["and 3 more", "nothing was trained"]


def test_a_channel_without_rows_is_refused(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(BadRows, match=r"no \.jsonl file in the folder"):
        read_rows(tmp_path, tokenizer, 512)
    with pytest.raises(BadRows, match="holds no rows"):
        read_rows(_file(tmp_path, ""), tokenizer, 512)


def _rows(tiny: Path, tokenizer: Any, tmp_path: Path, count: int) -> list[Row]:
    return read_rows(_file(tmp_path, *row_lines(count)), tokenizer, 512)


def test_each_row_comes_once_an_epoch_and_batches_share_their_beginning(
    tiny: Path, tokenizer: Any, tmp_path: Path
) -> None:
    rows = _rows(tiny, tokenizer, tmp_path, 27)  # of three families, nine rows each
    order = Order(rows, 4, seed=7)
    first, again = list(order), list(order)
    order.set_epoch(1)
    second = list(order)
    assert first == again != second
    assert sorted(first) == sorted(second) == list(range(27))
    assert all(len({rows[place].family for place in first[at : at + 4]}) == 1 for at in range(0, 24, 4))
    assert list(Order(rows, 4, seed=8)) != first


def test_the_loss_is_that_of_each_row_by_itself(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    from torch.nn.functional import cross_entropy
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    rows = _rows(tiny, tokenizer, tmp_path, 27)
    batch = [row for row in rows if row.family == rows[0].family][:4]
    assert len({len(row.tokens) for row in batch}) > 1
    total, count = torch.zeros(()), 0
    for row in batch:
        logits = model(torch.tensor([row.tokens])).logits[0]
        said = torch.tensor(row.tokens[row.prompt :])
        total = total + cross_entropy(logits[row.prompt - 1 : -1], said, reduction="sum")
        count += len(said)
    (total / count).backward()
    wanted = _gradients(model)
    for share in (True, False):
        loss = completion_loss(model, collate(batch), share=share)
        loss.backward()
        assert loss.item() == pytest.approx((total / count).item(), rel=1e-5)
        for name, gradient in _gradients(model).items():
            torch.testing.assert_close(gradient, wanted[name], rtol=1e-3, atol=1e-6)
    assert (collate(batch)["labels"] != IGNORED).sum() == count


def _gradients(model: Any) -> dict[str, torch.Tensor]:
    found = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    model.zero_grad()
    return found


def test_what_is_shared_is_computed_once(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    rows = _rows(tiny, tokenizer, tmp_path, 27)
    batch = collate([row for row in rows if row.family == rows[0].family][:4])
    read: list[int] = []
    model.model.embed_tokens.register_forward_hook(lambda _, given, __: read.append(given[0].numel()))
    with torch.no_grad():
        completion_loss(model, batch, share=True)
    assert len(read) == 2
    assert sum(read) < batch["input_ids"].numel() * 0.6


def test_checkpoints_of_another_run_are_not_taken(tmp_path: Path) -> None:
    rows = [Row([1, 2, 3], 2, "", "a")]
    claim(tmp_path, SETTINGS, "base", rows, [])
    claim(tmp_path, SETTINGS, "base", rows, [])
    other = Settings(1, 0.002, 4, 1, 4, 8, 0.0, 0.0, 512, 7, False)
    with pytest.raises(OtherRun, match=r"learning_rate 0\.001, now 0\.002"):
        claim(tmp_path, other, "base", rows, [])
    with pytest.raises(OtherRun, match="rows"):
        claim(tmp_path, SETTINGS, "base", [Row([1, 2, 4], 2, "", "a")], [])


def test_a_checkpoint_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    for step, state in ((5, "{}"), (10, '{"global_step": 10}'), (15, '{"glob')):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-20").mkdir()
    assert newest_whole(tmp_path) == tmp_path / "checkpoint-10"
    assert newest_whole(tmp_path / "nowhere") is None
