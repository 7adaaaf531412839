"""``python -m local.training.measure``: what of a model's texts passes the shop's checks, on the sample shop.

Run it without and with an adapter: the same prompts, the same seeds. It computes in this process with
transformers, one prompt at a time; speed is another matter (docs/benchmarks).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Annotated

import typer

from local.training import unseen
from local.training.answering import REFUSAL
from local.training.sampling import Sampler
from local.training.summarising import Written
from shopwright import prompts
from shopwright.briefs import Brief
from shopwright.candidates import Selection, best
from shopwright.claims import review
from shopwright.content import CONTENT_TEMPERATURE
from shopwright.grounding import grounded
from shopwright.growing import Draft
from shopwright.ports import Candidate
from shopwright.summaries import write_summary


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / whole:.0f} %)" if whole else "-"


def distinct(texts: Iterable[str], names: Iterable[str]) -> float:
    """Distinct-2: different pairs of neighbouring words by all pairs, with names and numbers left out.

    Without the latter, ten copies of one sentence about ten products would count as ten sentences.
    """
    known = {word for name in names for word in re.findall(r"[a-z]+", name.lower())}
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        words = [word for word in re.findall(r"[a-z]+", text.lower()) if word not in known]
        pairs.update(pairwise(words))
    return len(pairs) / max(1, pairs.total())


def _copy(sampler: Sampler, count: int, candidates: int) -> None:
    by_kind: dict[str, Counter[str]] = {}
    texts, names, openings = [], set(), Counter[str]()
    facts = []
    for number, brief in enumerate(unseen.briefs(count), 1):
        if number % 10 == 0:
            typer.echo(f"copy: product {number} of {count}", err=True)
        tally = by_kind.setdefault(brief.kind, Counter())
        written = sampler.candidates(
            brief.messages, n=candidates, max_tokens=brief.max_tokens, temperature=CONTENT_TEMPERATURE
        )
        kept = _drafts(brief, written)
        tally["products"] += 1
        tally["candidates"] += len(written)
        tally["whole"] += sum(_whole(brief, each) for each in written)
        tally["usable"] += len(kept)
        tally["product served"] += bool(kept)
        facts += [len(draft.facts) for draft in best(kept, 1, brief.room)]
        texts += [each.text for each in written]
        names |= set(brief.names)
        openings.update({" ".join(each.text.split()[:2]) for each in written})
    for kind, tally in [*by_kind.items(), ("copy, all kinds", sum(by_kind.values(), Counter()))]:
        typer.echo(
            f"{kind}: candidates that pass whole {_share(tally['whole'], tally['candidates'])}, usable "
            f"{_share(tally['usable'], tally['candidates'])}; best of {candidates} usable "
            f"{_share(tally['product served'], tally['products'])}"
        )
    common = ", ".join(f"{words} {number}" for words, number in openings.most_common(4))
    typer.echo(
        f"copy: {sum(facts) / max(1, len(facts)):.2f} facts in the best text; distinct-2 "
        f"{distinct(texts, names):.3f}; products with an opening: {common}"
    )


def _drafts(brief: Brief, written: Sequence[Candidate]) -> list[Draft]:
    selection = Selection(brief.said, brief.names, "en")
    drafts = [selection.draft(each, brief.kind, brief.room) for each in written]
    return [draft for draft in drafts if draft]


def _whole(brief: Brief, candidate: Candidate) -> bool:
    """Whether the claims check finds nothing in the text as the model wrote it."""
    text = candidate.text.strip()
    return (
        candidate.complete
        and len(text) <= brief.room
        and review(text, brief.said, language="en", names=brief.names).passed
    )


def _answers(sampler: Sampler, count: int) -> None:
    tally: Counter[str] = Counter()
    for asked in islice(unseen.questions(), count):
        messages = prompts.answer(asked.question, asked.sentence.in_context, "en")
        written = sampler.candidates(messages, n=3, max_tokens=64, temperature=0.3)
        texts = [each.text.strip() for each in written]
        refused = sum(text == REFUSAL for text in texts)
        if asked.answers:
            passed = [
                each.complete and grounded(text, asked.question, asked.sentence, "en", asked.words)
                for each, text in zip(written, texts, strict=True)
            ]
            tally.update(answerable=1, answered=any(passed), candidates=len(passed), passed=sum(passed))
            tally["refused wrongly"] += refused
        else:
            tally.update({"unanswerable": len(texts), "refused": refused})
    typer.echo(
        f"answers: candidates grounded {_share(tally['passed'], tally['candidates'])}, best of 3 "
        f"{_share(tally['answered'], tally['answerable'])}, refused though the fact answers "
        f"{_share(tally['refused wrongly'], tally['candidates'])}; refused where the fact does not answer "
        f"{_share(tally['refused'], tally['unanswerable'])}"
    )


def _summaries(sampler: Sampler, count: int) -> None:
    tally: Counter[str] = Counter()
    for facts in unseen.customers(count):
        written = sampler.candidates(prompts.summary(facts, "en"), n=3, max_tokens=90, temperature=0.3)
        kept = [_kept(facts, [each]) for each in written]
        tally.update(customers=1, candidates=len(kept), kept=sum(kept), served=_kept(facts, written))
    typer.echo(
        f"summaries: candidates kept {_share(tally['kept'], tally['candidates'])}, best of 3 "
        f"{_share(tally['served'], tally['customers'])}"
    )


def _kept(facts: Sequence[str], written: Sequence[Candidate]) -> bool:
    return write_summary(facts, "en", Written(written), frozenset({"en"}), "nobody").served_by == "model"


def main(
    model: Annotated[
        str, typer.Option(help="Folder, or owner/name on the hub; default: the packaged GGUF.")
    ] = "",
    adapter: Annotated[Path | None, typer.Option(help="PEFT folder.")] = None,
    products: Annotated[int, typer.Option(min=0, max=181, help="Of the sample shop; 0 writes no copy.")] = 60,
    questions: Annotated[int, typer.Option(min=0, help="At most; 0 asks none.")] = 120,
    customers: Annotated[int, typer.Option(min=0, help="Synthetic customers to draw; 0 for none.")] = 24,
    candidates: Annotated[int, typer.Option(min=1)] = 8,
    seed: Annotated[int, typer.Option(min=0)] = 7,
) -> None:
    """Measure a text model, with or without an adapter, on products and questions it was not trained on."""
    begun = time.monotonic()
    sampler = Sampler(model, adapter, seed)
    if products:
        _copy(sampler, products, candidates)
    if questions:
        _answers(sampler, questions)
    if customers:
        _summaries(sampler, customers)
    typer.echo(f"{time.monotonic() - begun:.0f} s, seed {seed}")


if __name__ == "__main__":
    typer.run(main)
