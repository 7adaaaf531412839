"""The next product, leave one out, all ranked: three seeds a file. A stopped run goes on where it was."""

from __future__ import annotations

from typing import Any

from local.benchmarks.recommendation.parts import Keep, Setting
from local.benchmarks.recommendation.recommenders import trained
from local.benchmarks.recommendation.sequences import FILES, read, require
from model.recommender.evaluate import tested

SEEDS = 3

# HR@10 and NDCG@10 on Beauty and Toys by others' accounts, and where those are found.
PUBLISHED: list[tuple[str, tuple[float, float | None] | None, tuple[float, float] | None, str]] = [
    ("SASRec (2018)", (0.0605, 0.0318), (0.0675, 0.0374), "S3-Rec's paper"),
    ("TIGER", (0.0648, 0.0384), (0.0712, 0.0432), "TIGER's table 1, third-hand"),
    ("HSTU", (0.0788, 0.0439), (0.0778, 0.0450), "eSASRec's README, recomputed there"),
    ("SASRec, sampled softmax", (0.0921, 0.0531), (0.0970, 0.0580), "eSASRec's README"),
    ("eSASRec", (0.0928, 0.0523), (0.0939, 0.0538), "eSASRec's README"),
    ("BSARec", (0.1008, 0.0611), None, "its log"),
    ("WEARec", (0.1041, None), None, "third-hand"),
    ("popularity", (0.0120, 0.0056), (0.0090, 0.0049), "item-to-item baselines, the same split"),
    ("ItemKNN, cosine", (0.0703, 0.0424), (0.0838, 0.0518), "the same"),
    ("EASE, recency weighted", (0.0778, 0.0453), (0.0858, 0.0519), "the same"),
    ("near transitions", (0.0757, 0.0474), (0.0896, 0.0573), "the same"),
    ("EASE + near transitions", (0.0860, 0.0525), (0.0988, 0.0632), "the same"),
]


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """By file and seed what model.recommender.evaluate.tested finds; kept after each. Raises Missing."""
    require(setting)
    seeds = [setting.seed + at for at in range(1 if setting.quick else SEEDS)]
    found: dict[str, Any] = {"seeds": seeds, "files": dict(kept.get("files", {}))}
    for seed in seeds:
        for name in FILES:
            rows = found["files"].setdefault(name, {})
            if str(seed) in rows:
                setting.progress.say(f"quality: {name}, seed {seed} is kept from an earlier run")
                continue
            shop = read(name, setting)
            ours = trained(shop, seed, setting)
            rows[str(seed)] = tested(shop.sequences, ours.parts, ours.together, setting.progress.say)
            keep(found)
    return found
