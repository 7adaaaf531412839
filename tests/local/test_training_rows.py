"""Training rows: the functions' own prompts, targets that say only what these show, nothing of the sample."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from local.sample import load_products
from local.training.answering import REFUSAL
from local.training.catalogue import invent
from local.training.measure import distinct
from local.training.rows import main, make_rows
from local.training.shelves import shelves
from local.training.unseen import briefs, customers, questions
from shopwright import prompts
from shopwright.claims import review
from tests.model.tiny import tiny_llama

ROWS = list(make_rows(60, 7, held_out=False))
HELD_OUT = list(make_rows(14, 7, held_out=True))
COPY = [row for row in ROWS if row["task"] in ("product_description", "ad_copy", "social_post")]


def _asked(row: dict[str, Any]) -> str:
    return str(row["messages"][-2]["content"])


def _said(row: dict[str, Any]) -> str:
    return str(row["messages"][-1]["content"])


def test_the_same_seed_makes_the_same_rows() -> None:
    assert list(make_rows(60, 7, held_out=False)) == ROWS
    assert list(make_rows(60, 8, held_out=False)) != ROWS


def test_every_task_is_there() -> None:
    tasks = {"product_description", "ad_copy", "social_post", "answer", "refusal", "summary"}
    assert {row["task"] for row in ROWS} == {row["task"] for row in HELD_OUT} == tasks


@pytest.mark.parametrize("row", COPY, ids=lambda row: row["task"])
def test_copy_says_only_what_its_prompt_shows(row: dict[str, Any]) -> None:
    title, *facts = _asked(row).removeprefix("Facts: ").split("; ")
    brand = next(fact for fact in facts if fact.startswith("Brand: ")).removeprefix("Brand: ")
    # The prompt leaves the brand out of the title, and what it is of the category.
    names = [f"{brand} {title}", brand]
    assert not review(_said(row), facts, language="en", names=names).findings


def test_prompts_begin_as_the_functions_prompts_do() -> None:
    for row in ROWS:
        if row["task"] in ("answer", "refusal"):
            known = prompts.answer("?", "x", "en")
        elif row["task"] == "summary":
            known = prompts.summary(["x"], "en")
        else:
            continue
        assert [turn["content"] for turn in row["messages"][:-2]] == [turn.content for turn in known[:-1]]
    systems = {row["messages"][0]["content"] for row in COPY}
    assert prompts.content("t", [], "ad_copy", language="en")[0].content in systems


def test_refusals_answer_nothing_and_answers_do_not_refuse() -> None:
    for row in ROWS:
        assert (_said(row) == REFUSAL) == (row["task"] == "refusal")


def test_nothing_of_the_sample_shop_is_in_them() -> None:
    products = load_products()
    brands = {product["brand"] for product in products}
    told = json.dumps(ROWS + HELD_OUT, ensure_ascii=False)
    assert not [brand for brand in brands if re.search(rf"\b{brand}\b", told)]
    kinds = {product["product_type"] for product in products}
    assert not kinds & {shelf.category for held_out in (True, False) for shelf in shelves(held_out=held_out)}


def test_validation_is_on_shelves_that_training_has_none_of() -> None:
    trained, kept = ({shelf.category for shelf in shelves(held_out=each)} for each in (False, True))
    assert not trained & kept
    assert len(kept) >= 5


def test_texts_vary() -> None:
    texts = [_said(row) for row in COPY]
    assert len(set(texts)) > 0.95 * len(texts)
    names = [_asked(row).removeprefix("Facts: ").split("; ")[0] for row in COPY]
    brands = [word for row in COPY for word in re.findall(r"Brand: (\w+)", _asked(row))]
    assert distinct(texts, [*names, *brands]) > 0.15
    openings = {" ".join(text.split()[:1]) for text in texts}
    assert len(openings) >= 8


def test_invented_products_are_whole_and_plausible() -> None:
    rng = random.Random(1)
    for held_out in (True, False):
        for number, shelf in enumerate(shelves(held_out=held_out)):
            product = invent(shelf, number, rng).product
            assert product.product_detail
            for detail in product.product_detail:
                assert not re.search(r"\d-\d+ [a-z]", detail.attribute_value), detail  # a range is drawn from


def test_the_command_writes_files_that_training_reads(tmp_path: Path, capsys: Any) -> None:
    from transformers import AutoTokenizer

    from model.training.rows import read_rows

    main(tmp_path / "rows", seed=3, products=50)
    said = capsys.readouterr().out
    assert re.search(r"train\.jsonl: \d+ rows \(ad_copy \d+, answer \d+", said)
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama(tmp_path / "tiny"))
    for name in ("train", "validation"):
        rows = read_rows(tmp_path / "rows" / f"{name}.jsonl", tokenizer, 4000)
        assert len({row.family for row in rows}) > 5


def test_what_is_measured_on_is_the_sample_shop() -> None:
    assert [brief.kind for brief in briefs(6)] == ["product_description", "ad_copy", "social_post"] * 2
    asked = list(questions())
    assert sum(each.answers for each in asked) >= 25
    assert all(each.sentence.language == "en" for each in asked)
    assert all(len(facts) > 1 for facts in customers(8))
    assert list(customers(8))


def test_distinct_2_tells_repetition_from_variety() -> None:
    assert distinct(["the mug holds it"] * 10, []) == pytest.approx(0.1)
    assert distinct(["a b c", "d e f"], []) == 1.0
    assert distinct(["Acme mug holds", "Bolt mug holds"], ["Acme", "Bolt"]) == 0.5
