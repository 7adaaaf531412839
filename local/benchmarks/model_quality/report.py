"""docs/benchmarks/quality.md: one table a section, one column a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .rows import Name, Section
from .runs import Run

_INTRODUCTION = """\
# Quality, measured

Written by `python -m local.benchmarks.model_quality`; do not edit. How good a text model is at the shop's own
tasks: each text is asked for with the functions' own prompts, temperatures and numbers of candidates, and
judged by the functions' own checks. **A candidate passes** if the function would show a customer what is
left of it were it the only one; **best of n** is the share of requests in which at least one of n passes, so
that no template or quotation has to step in. Every share stands with its 95 % interval (Wilson) in per cent
and the counts. Candidates of one request resemble each other, so their intervals are narrower than they
should be; those of best of n are right.

Passing means true and allowed, not well written: a bare list of facts passes. The examples at the end show
how a model sounds.

What the shop never asks a model (reasons for recommendations, prices, stock) is not here. Chinese is measured
whether or not the shop trusts the model with it (`MODEL_LANGUAGES`, by default `en`).
"""
_SECTIONS: dict[Section, tuple[str, str]] = {
    "copy": (
        "Copy",
        "Sentences that a check strikes out cost a candidate only if too little is left: `without a fault` "
        "counts those with nothing struck out. A person's text (AdvertiseGen's own) is judged by the same "
        "check against the same attributes, which shows how strict the check is: people write what no "
        "attribute says.",
    ),
    "summaries": ("Summaries of customers", "Of synthetic customers, each in both languages."),
    "answers": (
        "Answers",
        "Search decides whether a question can be answered and with which sentence; the model words it. "
        "*Whole service*: right means that what is cited holds the answer (sample shop) or is labelled as "
        "answering (ePQA: each question is asked of a product with all its texts, and of one without those "
        "that answer). *Model alone*: given a sentence that answers, its candidates should pass; given the "
        "nearest one that does not, they should be refused (their share is high for any model that strays "
        "from the sentence: read it together with the share that passes). The service's weights were fitted "
        "on the sample shop's questions, so those numbers flatter the search; ePQA and hetPQA are unseen.",
    ),
    "json": (
        "JSON",
        "The schema stands in the prompt; *constrained* requests also carry it as `response_format`. A body "
        "counts if it ends by itself, parses and validates.",
    ),
}


def render(runs: Sequence[Run]) -> str:
    """The document for one run or several side by side.

    Raises:
        ValueError: without a run.
    """
    if not runs:
        raise ValueError("no runs to render")
    parts = [_INTRODUCTION, _circumstances(runs)]
    for section, (title, explained) in _SECTIONS.items():
        names = dict.fromkeys(name for run in runs for name in run.results.shares if name.section == section)
        if names:
            parts.append(f"## {title}\n\n{explained}\n\n{_table([*names], runs)}")
    reasons = "\n".join(_reasons(runs))
    if reasons:
        parts.append(
            "## Why texts fail\n\nCopy: sentences struck out, by check (one may fail several). JSON: bodies, "
            f"by fault.\n\n{reasons}\n"
        )
    examples = "\n".join(_examples(runs))
    if examples:
        parts.append(f"## What passed\n\nThe first texts of each kind that passed, unchosen.\n\n{examples}\n")
    return "\n".join(parts)


def _circumstances(runs: Sequence[Run]) -> str:
    fields = dict.fromkeys(field for run in runs for field in run.about)
    lines = ["| | " + " | ".join(_heads(runs)) + " |", "| --- |" + " --- |" * len(runs)]
    lines += [
        f"| {field} | " + " | ".join(run.about.get(field, "-") for run in runs) + " |"
        for field in fields
        if field != "label"
    ]
    return "\n".join(lines) + "\n"


def _table(names: Sequence[Name], runs: Sequence[Run]) -> str:
    lines = [
        "| task | language | data | measure | " + " | ".join(_heads(runs)) + " |",
        "| --- | --- | --- | --- |" + " --- |" * len(runs),
    ]
    for name in sorted(names, key=lambda each: (each.data != "sample shop", each.data)):
        cells = [str(run.results.shares[name]) if name in run.results.shares else "-" for run in runs]
        lines.append(
            f"| {name.task} | {name.language} | {name.data} | {name.measure} | {' | '.join(cells)} |"
        )
    return "\n".join(lines) + "\n"


def _reasons(runs: Sequence[Run]) -> Iterator[str]:
    for head, run in zip(_heads(runs), runs, strict=True):
        for where, counts in run.results.reasons.items():
            if counts:
                said = ", ".join(f"{reason} {count}" for reason, count in counts.most_common(4))
                yield f"- {head}: {where}: {said}"


def _examples(runs: Sequence[Run]) -> Iterator[str]:
    for head, run in zip(_heads(runs), runs, strict=True):
        for where, texts in run.results.examples.items():
            yield from (f"- {head}: {where}: {' '.join(text.split())}" for text in texts)


def _heads(runs: Sequence[Run]) -> list[str]:
    return [run.about["label"] for run in runs]
