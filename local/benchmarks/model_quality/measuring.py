"""The tasks, one after the other, on one model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from .answering import answers_of_sample
from .copywriting import Copywriting
from .customer_summaries import summaries
from .progress import Progress
from .public_answering import answers_of_people, labelled_answers
from .public_data import PublicData
from .rehearsal import Rehearsal
from .rows import Results
from .shelf import Shelf, shelf
from .sizes import Sizes
from .structured import structured
from .subject import Subject

Task = Literal["copy", "clothes", "summaries", "answers", "hetpqa", "epqa", "json"]


@dataclass(frozen=True)
class Setting:
    """What every task of a run is given."""

    subject: Subject
    rehearsal: Rehearsal
    sizes: Sizes
    seed: int
    progress: Progress


def measure(
    setting: Setting, tasks: Sequence[Task], data: PublicData | None, done: Callable[[Results], None]
) -> None:
    """Run the tasks, those on public data only where it is given, each with stores of its own.

    Args:
        done: called with each task's results, as soon as they are there.

    Raises:
        ModelFailed: if the model does not answer.
    """
    for task in tasks:
        with shelf(setting.subject.dimensions) as stores:
            if task in _OWN:
                done(_OWN[task](setting, stores))
            elif data is not None:
                done(_ON_PUBLIC_DATA[task](setting, stores, data))


def _copy(of: Setting, stores: Shelf) -> Results:
    writing = Copywriting(of.rehearsal, stores, of.progress)
    writing.sample_shop(of.seed, "en", of.sizes.products_en)
    writing.sample_shop(of.seed, "zh", of.sizes.products_zh)
    return writing.results


def _summaries(of: Setting, _: Shelf) -> Results:
    return summaries(of.rehearsal, of.seed, of.sizes.customers, of.progress)


def _answers(of: Setting, stores: Shelf) -> Results:
    return answers_of_sample(of.rehearsal, stores, of.sizes.questions, of.progress)


def _json(of: Setting, _: Shelf) -> Results:
    return structured(of.subject.wire, of.seed, of.sizes.json_prompts, of.progress)


def _clothes(of: Setting, stores: Shelf, data: PublicData) -> Results:
    writing = Copywriting(of.rehearsal, stores, of.progress)
    writing.clothes(data, of.sizes.described)
    return writing.results


def _hetpqa(of: Setting, _: Shelf, data: PublicData) -> Results:
    return answers_of_people(of.rehearsal, data, of.sizes.answered, of.progress)


def _epqa(of: Setting, stores: Shelf, data: PublicData) -> Results:
    return labelled_answers(of.rehearsal, stores, data, of.sizes.labelled, of.progress)


_OWN: dict[Task, Callable[[Setting, Shelf], Results]] = {
    "copy": _copy,
    "summaries": _summaries,
    "answers": _answers,
    "json": _json,
}
_ON_PUBLIC_DATA: dict[Task, Callable[[Setting, Shelf, PublicData], Results]] = {
    "clothes": _clothes,
    "hetpqa": _hetpqa,
    "epqa": _epqa,
}
TASKS: tuple[Task, ...] = get_args(Task)
