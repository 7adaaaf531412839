"""Training rows from JSON lines, each checked before anything is trained.

A row is `{"messages": [{"role": "user", "content": "..."}, ..., {"role": "assistant", "content": "..."}]}`,
with an optional `"task"`, a name for counting. What the last message says is learnt; all before it is the
prompt, rendered by the model's own chat template as the server renders it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOLD = 20  # faults named before the rest is only counted
_ROLES = ("system", "user", "assistant")


class BadRows(Exception):
    """Rows that cannot be trained on; the message names each by file and line, up to 20 of them."""


@dataclass(frozen=True)
class Row:
    """One row as tokens.

    Attributes:
        tokens: prompt and completion, the latter with the token that ends a turn.
        prompt: how many of them are the prompt.
        task: its name; empty if it has none.
        family: the same for rows whose prompts begin alike: all but the last question and its answer.
    """

    tokens: list[int]
    prompt: int
    task: str
    family: str


def read_rows(source: Path, tokenizer: Any, longest: int) -> list[Row]:
    """The rows of a file, or of all .jsonl files in a folder, in order.

    Args:
        source: a file or a folder (a SageMaker channel).
        tokenizer: with a chat template.
        longest: tokens of a row at most.

    Raises:
        BadRows: naming the first 20 faults; or if there is no row at all.
    """
    files = sorted(source.glob("*.jsonl")) if source.is_dir() else [source]
    if not files or not all(file.is_file() for file in files):
        raise BadRows(f"{source}: there is no such file, or no .jsonl file in the folder")
    rows: list[Row] = []
    faults: list[str] = []
    for file in files:
        for number, line in _lines(file):
            try:
                rows.append(_row(line, tokenizer, longest))
            except ValueError as error:
                faults.append(f"{file}:{number}: {error}")
    if faults:
        rest = len(faults) - TOLD
        told = faults[:TOLD] + ([f"and {rest} more"] if rest > 0 else [])
        raise BadRows("\n".join([*told, "nothing was trained"]))
    if not rows:
        raise BadRows(f"{source}: holds no rows")
    return rows


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            if line.strip():
                yield number, line


def _row(line: bytes, tokenizer: Any, longest: int) -> Row:
    turns, task = _checked(line)
    controls = set(tokenizer.all_special_ids)
    for position, turn in enumerate(turns):
        if controls & set(tokenizer(turn["content"], add_special_tokens=False)["input_ids"]):
            raise ValueError(f"messages.{position}.content holds one of the model's control tokens")
    prompt: list[int] = tokenizer.apply_chat_template(
        turns[:-1], add_generation_prompt=True, return_dict=True, enable_thinking=False
    )["input_ids"]
    said = tokenizer(turns[-1]["content"], add_special_tokens=False)["input_ids"]
    tokens = [*prompt, *said, tokenizer.eos_token_id]
    if len(tokens) > longest:
        raise ValueError(f"has {len(tokens)} tokens, {longest} are allowed (--longest)")
    before = json.dumps(turns[:-2])
    return Row(tokens, len(prompt), task, hashlib.sha256(before.encode()).hexdigest()[:12])


def _checked(line: bytes) -> tuple[list[dict[str, str]], str]:
    """The messages and the task's name. Raises ValueError naming the field."""
    try:
        row = json.loads(line)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(row, dict):
        raise ValueError("is not a JSON object")
    if unknown := sorted(set(row) - {"messages", "task"}):
        raise ValueError(f"has unknown fields: {', '.join(unknown)}; known are messages and task")
    turns, task = row.get("messages"), row.get("task", "")
    if not isinstance(task, str):
        raise ValueError("task is not a text")
    if not isinstance(turns, list) or len(turns) < 2:
        raise ValueError("messages is not a list of at least two")
    for position, turn in enumerate(turns):
        _check_turn(turn, f"messages.{position}")
    if turns[-1]["role"] != "assistant":
        raise ValueError("the last message is not the assistant's, so there is nothing to learn")
    return turns, task


def _check_turn(turn: Any, field: str) -> None:
    if not isinstance(turn, dict) or set(turn) != {"role", "content"}:
        raise ValueError(f"{field} is not an object of role and content")
    if turn["role"] not in _ROLES:
        raise ValueError(f"{field}.role is none of {', '.join(_ROLES)}")
    if not isinstance(turn["content"], str) or not turn["content"].strip():
        raise ValueError(f"{field}.content is not a text, or empty")
