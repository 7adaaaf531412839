# ruff: noqa: E501  (a document)
"""The numbers as docs/benchmarks/language.md and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .checks import FOR
from .evidence import METHODS

_NAMES = {"bm25": "BM25", "dense": "vectors", "fused": "both, as the shop blends them"}
_PICTURE = "language-evidence.svg"


def write(found: Mapping[str, Any], folder: Path) -> None:
    """Write the document and its picture into the folder."""
    _picture(found["evidence"], folder / _PICTURE)
    (folder / "language.md").write_text(document(found), encoding="utf-8")


_DOCUMENT = """# How well the shop finds and writes

Measured {when} with `{command}` (`make bench-language DATA=folder`); embeddings: {embedding_model}, in process.

## Evidence for a question about a product

Customers' questions from Amazon, each with the texts about its product (attributes, bullet points, reviews, other
customers' answers) that people labelled. Only questions that at least one text answers. MRR@5 counts the first
text with any label above 0, nDCG@5 gains 2^label - 1; in brackets 95 % of 2,000 resamples of the questions. All
three rank the same texts: vectors see the product's title before each, BM25 the text alone.

The weight of words in the blend was chosen on hetPQA; ePQA is the test. Their questions do not overlap.

{epqa}

{hetpqa}

![MRR@5 and nDCG@5]({picture})

Any file of that form: `python -m local.benchmarks.language --evidence FILE --json`.

## The sample shop's own questions

The passage that answers, among all products and articles, for the questions that name no product by id: mean
reciprocal rank, share at the first place, share among the six passages whose sentences are looked at.

| language | questions | by | MRR | first | among six |
| --- | ---: | --- | ---: | ---: | ---: |
{sample_shop}

## Answers

The same shop, asked as a customer asks, by the rules and the default embeddings, without a text model (a model words what
was found; it decides nothing). Right: the sentence cited is of the right source and holds the words of the right answer
(`local/benchmarks/model_quality/verdicts.py`; a test plants wrong sources, wrong values and refusals, and the judge tells
each). The first set's weights were fitted on its questions; nothing was fitted on the second, which is written as
customers talk. Seconds are of this machine, emulated DynamoDB included.

| questions | language | answered right | wrongly | refused wrongly | unanswerable, refused | median s | p95 s |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{answers}

The aims are 80 % of what can be answered answered, under 3 % wrong, 95 % of the rest refused. On held-out questions the
first is missed by far and the last by some points: the right sentence is found more often than the shop dares to say it.
What tells whether there is an answer at all is a small network (`model/evidence/evidence-e5`, with what it is worth
alone), beside words and similarity. What was found but not told is in the hand-over (`closest`), so that a colleague sees
it. This table alone: `python -m local.benchmarks.language --answers`.

## Chinese by words

BM25 alone, with Chinese cut in several ways: mean reciprocal rank (among the first twenty) of the passage that
answers the sample shop's questions, and of the copy that a person wrote for given attributes, among all copies.
The shop searches by pairs and characters.

| cut into | sample shop | AdvertiseGen |
| --- | ---: | ---: |
{chinese}

## Chinese descriptions from attributes

AdvertiseGen's {rows} garments, written by {served_by}: the default text model writes no Chinese. The judge is not
the shop's own check: it knows every attribute's values in the file. Coverage is the share of given values that
stand in the text; a text contradicts if it says another value of a given attribute (colours, lengths, collars,
sleeves; not styles, which go together).

| whose texts | attribute coverage | contradicting |
| --- | ---: | ---: |
{copies}

Any file of that form: `python -m local.benchmarks.language --copy FILE --json`.

## Copy by the rules

Three variants asked for of each product, without a text model; retail-demo-store's 2,465 products are ones that no check
or template ever saw. Written: products with a text. Told: facts in the first text; covered: their share of those that will
be true for long (neither price nor stock). Alike: the share of facts that two variants have in common, though none leads
with the same. How often a model's candidates pass, per kind and language: [quality.md](quality.md).

| products | kind | written | variants | told | covered | alike | ms for all |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{writing}

## Checks of copy

Copywriters' texts about invented products, each with one planted error (`local/benchmarks/language/sets/`, 64 a kind,
half Chinese, written without sight of the checks). *Found*: by the checks for that kind of error, in lines that were
looked at while these were made better, and in the others. *By any*: by all that a text has to pass, among them the two
strict ones (words, pairing), which allow only what a fact says in its words. *Precision*: of what the kind's own checks
reject, among the bad texts and the same texts without the error. Lengths as each place counts them: {length_right} of
{length_texts} right.

| planted | checks | found, seen lines | found, held out | by any | precision |
| --- | --- | ---: | ---: | ---: | ---: |
{checks}

Of {true_texts} sentences that say nothing but the facts, in a copywriter's words ({true_half} of them held out):

| rejected by | seen lines | held out |
| --- | ---: | ---: |
{true}

The two strict checks reject nearly all that a person writes freely; they are what keeps a small model honest, at the
price of candidates (a text that falls costs another candidate, or the rules write it). The aim of under 2 % rejected is
missed by both: by the listed checks on held-out lines, and by far by the strict ones.
"""


def document(found: Mapping[str, Any]) -> str:
    """The report in Markdown."""
    copies = found["copy"]
    return _DOCUMENT.format(
        when=found["when"][:10],
        command=found["command"],
        embedding_model=found["embedding_model"],
        epqa=_table("ePQA (test)", found["evidence"]["ePQA"]),
        hetpqa=_table("hetPQA (the weight was chosen here)", found["evidence"]["hetPQA"]),
        picture=_PICTURE,
        sample_shop="\n".join(
            f"| {language} | {each['questions']} | {_NAMES[name]} | {each[name]['mrr']:.3f} "
            f"| {each[name]['first']:.3f} | {each[name]['among_six']:.3f} |"
            for language, each in found["sample_shop"].items()
            for name in METHODS
        ),
        chinese="\n".join(
            f"| {name} | {each['questions']:.3f} | {each['copies']:.3f} |"
            for name, each in found["chinese"].items()
        ),
        rows=copies["rows"],
        served_by=", ".join(f"{who} ({count})" for who, count in copies["served_by"].items()),
        **_checks(found["checks"]),
        writing="\n".join(
            f"| {shop} ({each['products']}) | {kind} | {each['written']:.3f} | {each['texts']} | {each['told']} "
            f"| {each['covered']:.2f} | {each['alike']:.2f} | {each['milliseconds']} |"
            for shop, kinds in found["writing"].items()
            for kind, each in kinds.items()
        ),
        answers="\n".join(
            f"| {name} | {language} | {_share(each[language], 'right', 'answerable')} "
            f"| {_share(each[language], 'wrong', 'answerable')} | {_share(each[language], 'refused', 'answerable')} "
            f"| {_share(each[language], 'refused_rightly', 'unanswerable')} "
            f"| {each['seconds']['median']} | {each['seconds']['p95']} |"
            for name, each in found["answers"].items()
            for language in ("en", "zh")
        ),
        copies="\n".join(
            f"| {name} | {copies[who]['attribute_coverage']:.3f} | {copies[who]['contradicting']:.3f} |"
            for who, name in (("shop", "the shop's"), ("people", "people's"))
        ),
    )


def _checks(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = []
    for kind, counts in found["kinds"].items():
        seen, held = counts["seen"], counts["held out"]
        planted, hits, wrong, by_any = (
            seen[name] + held[name] for name in ("planted", "found", "rejected", "found_by_any")
        )
        rows.append(
            f"| {kind} ({planted}) | {', '.join(sorted(FOR[kind]))} | {_share(seen, 'found', 'planted')} "
            f"| {_share(held, 'found', 'planted')} | {by_any / planted:.2f} | {hits / (hits + wrong):.2f} |"
        )
    true = found["true"]
    names = {"rejected": "any check but the strict two", "rejected_by_any": "any check"}
    by_each = sorted({name for count in true.values() for name in count if name.startswith("by ")})
    return {
        "checks": "\n".join(rows),
        "true_texts": true["seen"]["texts"] + true["held out"]["texts"],
        "true_half": true["held out"]["texts"],
        "true": "\n".join(
            f"| {names.get(name, name.removeprefix('by '))} | {_share(true['seen'], name, 'texts')} "
            f"| {_share(true['held out'], name, 'texts')} |"
            for name in [*by_each, *names]
        ),
        "length_right": found["length"]["right"],
        "length_texts": found["length"]["texts"],
    }


def _share(counts: Mapping[str, int], name: str, of: str) -> str:
    return f"{counts.get(name, 0) / counts[of]:.2f}"


def _table(title: str, found: Mapping[str, Any]) -> str:
    rows = "\n".join(
        f"| {_NAMES[name]} | {_spread(found[name], 'mrr@5')} | {_spread(found[name], 'ndcg@5')} |"
        for name in METHODS
    )
    head = "| ranked by | MRR@5 | nDCG@5 |\n| --- | ---: | ---: |"
    return f"**{title}**, {found['questions']} questions:\n\n{head}\n{rows}"


def _spread(found: Mapping[str, Any], measure: str) -> str:
    low, high = found[f"{measure}_interval"]
    return f"{found[measure]:.4f} ({low:.3f} to {high:.3f})"


def _picture(found: Mapping[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "shopwright"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(8, 3.2), sharey=True)
    for panel, measure, title in zip(axes, ("mrr@5", "ndcg@5"), ("MRR@5", "nDCG@5"), strict=True):
        for place, numbers in enumerate(found.values()):
            for number, name in enumerate(METHODS):
                value = numbers[name][measure]
                low, high = numbers[name][f"{measure}_interval"]
                panel.bar(
                    place + 0.26 * (number - 1),
                    value,
                    0.24,
                    yerr=[[value - low], [high - value]],
                    color=("#9db4c0", "#5c6b73", "#c2571a")[number],
                    ecolor="#333333",
                    capsize=2,
                    label=_NAMES[name] if not place else None,
                )
        panel.set_xticks(range(len(found)), list(found))
        panel.set_title(title)
        panel.set_ylim(0.6, 0.95)
        panel.grid(axis="y", alpha=0.3)
    axes[0].legend(fontsize=7, loc="upper right")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
