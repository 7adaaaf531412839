"""The parts of the document about what the lists hold."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

from local.benchmarks.model_speed.tables import count, table
from local.benchmarks.recommendation.quality import PUBLISHED

Found = dict[str, Any]


def _rate(values: Sequence[float]) -> str:
    """A rate with its interval."""
    middle, low, high = values
    return f"{middle:.4f} ({max(0.0, low):.4f}-{min(1.0, high):.4f})"


def bought_together_section(found: Found) -> str:
    """Complements on real baskets."""
    rows = []
    for name, row in found["methods"].items():
        measures = [_rate(row[measure]) for measure in ("hr", "ndcg", "recall")]
        measures.append(_rate(row["ndcg_others"]) if row["ndcg_others"] else "")
        shares = [f"{row[share]:.1%}" for share in ("top_100", "top_1_percent", "answered")]
        told = [f"{row['copies'][how]:.1%}" for how in ("by_title", "by_code")]
        rows.append([name, *measures, *shares, *told, count(row["different"])])
    head = ["", "HR@10", "NDCG@10", "recall@10", "NDCG@10, others than the top 100", "top 100"]
    head += [
        f"top 1 % ({found['one_percent']})",
        "answered",
        "copies, title",
        "copies, code",
        "products shown",
    ]
    left = ", ".join(f"{number:,} {why}" for why, number in found["left_out"].items())
    seconds = ", ".join(f"{name} {took:g} s" for name, took in found["counting_s"].items())
    return "\n\n".join(
        [
            f"Online Retail, {found['lines']:,} order lines (left out: {left}). Counted from the "
            f"{found['orders_learned']:,} orders and refunds before {found['held_out_from']}; held out: "
            f"all {found['baskets']:,} baskets of two or more products until {found['until']} (middle "
            f"one: {found['median_basket']} products). Each product of a basket in turn is the query "
            f"({found['queries']:,}), the basket's others are to be found among ten; a query without a "
            "list misses. Hits are means over a basket's queries, then over baskets, so that a "
            "wholesaler's hundreds count as one basket; recall is the share of all others, NDCG@10 has "
            "every other product right alike. *Shopwright*: the `bought` lists that "
            "`shopwright.neighbours.neighbours` keeps, which the shop's `bought_together` reads first. "
            "The file has no categories, which those lists would else learn from; *told of variants*: "
            "articles whose codes differ in a letter only share an `item_group_id`.",
            table(head, rows),
            "*others than the top 100*: only products that are no bestsellers are to be found. *top 100, "
            "top 1 %*: the share of places in all lists that bestsellers by number of baskets take. "
            "*copies*: the share of places that go to the query, or something higher in the list, over "
            "again: the same title apart from words for colour and size, or the same digits of the "
            f"article's code. *products shown*: different ones in all lists, of {found['products']:,}. "
            f"Time to count: {seconds}.",
        ]
    )


def quality_section(found: Found) -> str:
    """The next product: each seed, their mean, and published numbers."""
    files = [name for name in ("Beauty", "Toys") if found["files"].get(name)]
    seeds = " and ".join(f"{len(found['files'][name])} seeds on {name}" for name in files)
    sections = [
        "Leave one out: the last product of each history is the test, the one before it tunes, all products "
        f"are ranked, those in the history are removed. Ours is the mean of {seeds}, ± their standard "
        "deviation. Others' numbers are as published: on the same files, but by their own code."
    ]
    rows = []
    for name, beauty, toys, source in PUBLISHED:
        cells = [
            f"{value:.4f}" if value is not None else ""
            for pair in (beauty, toys)
            for value in pair or (None, None)
        ]
        rows.append([name, *cells, source])
    ours = ["**Shopwright**"]
    for name in ("Beauty", "Toys"):
        seeds = list(found["files"].get(name, {}).values())
        ours += [_seeds([seed[measure] for seed in seeds]) for measure in ("hr@10", "ndcg@10")]
    head = ["", "Beauty HR@10", "NDCG@10", "Toys HR@10", "NDCG@10", "from"]
    sections.append(table(head, [*rows, [*ours, "this run"]]))
    for name in files:
        sections.append(f"{name}, seed by seed, and each part of the blend alone:")
        sections.append(_parts_table(found["files"][name]))
    return "\n\n".join(sections)


def _seeds(values: Sequence[float]) -> str:
    if not values:
        return "not yet"
    spread = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"**{mean(values):.4f}**{spread}"


def _parts_table(seeds: dict[str, Found]) -> str:
    names = list(next(iter(seeds.values()))["parts"])
    rows = []
    for name in [*names, "all together"]:
        cells = []
        for found in seeds.values():
            row = found if name == "all together" else found["parts"].get(name)
            cells += (
                [_rate([row[m], *row[f"{m}_interval"]]) for m in ("hr@10", "ndcg@10")] if row else ["", ""]
            )
        rows.append([name, *cells])
    head = [cell for seed in seeds for cell in (f"seed {seed} HR@10", "NDCG@10")]
    return table(["", *head], rows)


def cold_start_section(found: Found) -> str:
    """Short histories, new products, another shop."""
    sections = []
    for name, own in found["files"].items():
        if "known" in own:
            sections += [f"### {name}: how much is known of the customer", _known(own["known"])]
        if "new" in own:
            sections += [f"### {name}: products that nobody has touched", _new(own["new"])]
        if "transfer" in own:
            sections += [f"### Learned on {name}, asked in another shop", _transfer(own["transfer"], name)]
    return "\n\n".join(sections)


def _known(found: Found) -> str:
    steps = list(next(iter(found["methods"].values())))
    rows = [
        [name, *(f"{by_k[k]['hr'][0]:.4f} / {by_k[k]['ndcg'][0]:.4f}" for k in steps)]
        for name, by_k in found["methods"].items()
    ]
    text = (
        f"HR@10 / NDCG@10 of the same {found['cases']:,} test products for every k: histories of ten or more "
        "before the target, cut to their last k. Only what is known is removed from the list. With nothing "
        "known, popularity stands for every method. The customers' own earlier histories were learned from, "
        "as always with leave one out; their test products were not."
    )
    return text + "\n\n" + table(["events known", *steps], rows)


def _new(found: Found) -> str:
    rows = [
        [name, *(_rate(by[kind][m]) if by[kind] else "" for kind in ("new", "known") for m in ("hr", "ndcg"))]
        for name, by in found["methods"].items()
    ]
    cases = found["cases"]
    text = (
        f"{found['products']:,} products, a tenth drawn by the seed, were taken out of all that is learned "
        "from. All products are ranked together. Products without any score share the places that are left."
    )
    head = ["", f"new ({cases['new']:,}): HR@10", "NDCG@10", f"others ({cases['known']:,}): HR@10", "NDCG@10"]
    return text + "\n\n" + table(head, rows)


def _transfer(found: Found, name: str) -> str:
    rows = [[method, _rate(row["hr"]), _rate(row["ndcg"])] for method, row in found["methods"].items()]
    text = (
        f"The network learned on {name} ranks all products of {found['to']} ({found['cases']:,} cases) by "
        f"their texts alone, as on a shop's first day. *popularity there* has learned from {found['to']}."
    )
    return text + "\n\n" + table([f"on {found['to']}", "HR@10", "NDCG@10"], rows)


def beyond_section(found: Found) -> str:
    """Coverage, novelty, diversity; and mixing."""
    sections = [
        "The ten best for every test history. *coverage*: share of all products shown to anybody. "
        "*novelty*: mean of -log2 of a shown product's share of all events, in bits. *diversity*: 1 - "
        "the mean cosine of the texts of a list's pairs."
    ]
    for name, own in found["files"].items():
        rows = [
            [
                method,
                _rate(row["ndcg"]),
                f"{row['coverage']:.1%}",
                f"{row['novelty']:.2f}",
                f"{row['diversity']:.3f}",
            ]
            for method, row in own["methods"].items()
        ]
        head = [f"{name} ({own['cases']:,})", "NDCG@10", "coverage", "novelty", "diversity"]
        sections.append(table(head, rows))
        mixed = own["mixed"]
        sections.append(
            f"{name}, mixed by `shopwright.diversity.diversified` over the best {mixed['candidates']} of "
            f"{mixed['cases']:,} lists; likeness by *text* (cosine) or by *shelf* (same brand, same "
            "category, as the Lambda has them). The diversity is that of texts in both."
        )
        for how, by_value in mixed["by"].items():
            values = [
                [f"by {how}, NDCG@10", *(f"{row['ndcg'][0]:.4f}" for row in by_value.values())],
                [
                    f"by {how}, diversity of the list",
                    *(f"{row['diversity']:.3f}" for row in by_value.values()),
                ],
            ]
            sections.append(table(["setting", *by_value], values))
    return "\n\n".join(sections)
