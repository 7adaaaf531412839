"""The recommendation benchmark's arithmetic and bookkeeping, with cases that have one right answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log2
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from local.benchmarks.recommendation import __main__ as command
from local.benchmarks.recommendation import baskets, bought_together, cost, latency
from local.benchmarks.recommendation.__main__ import main
from local.benchmarks.recommendation.made_up import MadeUpShop, product_id
from local.benchmarks.recommendation.measures import (
    bestsellers,
    copies,
    coverage,
    found,
    interval,
    novelty,
    share_of,
    slope,
    top_share,
    unlikeness,
)  # fmt: skip
from local.benchmarks.recommendation.parts import PARTS, RECOMMENDERS, Missing, Setting
from local.benchmarks.recommendation.progress import Progress
from local.benchmarks.recommendation.report import markdown, write
from local.benchmarks.recommendation.results import Results
from local.benchmarks.recommendation.store import Store
from local.benchmarks.recommendation.titles import without_variant
from local.processes import ShopError
from shopwright.events import Event
from shopwright.products import Product

app = Typer()
app.command()(main)
SILENT = Progress(lambda _: None)
INSTALLED = (RECOMMENDERS / ".ready").is_file()


def test_hits_where_several_products_are_right() -> None:
    # wanted at places 2 and 4 of four, one of the three wanted is missing
    hit, recall, ndcg = found(["a", "x", "b", "y"], {"x", "y", "z"})
    best = 1 + 1 / log2(3) + 1 / log2(4)
    assert (hit, recall) == (1, pytest.approx(2 / 3))
    assert ndcg == pytest.approx((1 / log2(3) + 1 / log2(5)) / best)
    assert found(["a", "b"], {"x"}) == (0, 0, 0)
    assert found([], {"x"}) == (0, 0, 0)
    assert found(["x", "y"], {"y", "x"}) == (1, 1, 1)
    # what stands behind the tenth place does not count, and a list of ten cannot hold more than ten
    many = [str(number) for number in range(30)]
    assert found(many, {*many}, 10) == (1, pytest.approx(1 / 3), 1)
    assert found(many, {"10"}, 10) == (0, 0, 0)


def test_the_interval_is_that_of_a_mean() -> None:
    error = 1.96 * (1 / 3 / 4) ** 0.5
    assert interval([0.0, 1.0, 0.0, 1.0]) == pytest.approx((0.5, 0.5 - error, 0.5 + error))
    assert interval([0.25]) == (0.25, 0.25, 0.25)
    with pytest.raises(ValueError, match="nothing"):
        interval([])


def test_bestsellers_and_their_share_of_the_places() -> None:
    counts = {"c": 5.0, "a": 9.0, "b": 5.0, "d": 1.0}
    assert bestsellers(counts, 2) == {"a", "b"}
    assert top_share(counts, 0.01) == 1
    assert top_share({str(number): 1.0 for number in range(250)}, 0.01) == 3
    assert share_of([["a", "d"], ["b", "a", "c"], []], {"a"}) == pytest.approx(2 / 5)
    assert share_of([], {"a"}) == 0


def test_copies_are_of_the_query_or_of_what_stands_above() -> None:
    names = {"q": "mug", "a": "mug", "b": "pan", "c": "pan", "d": None, "e": None}
    assert copies("q", ["a", "b", "c", "d", "e"], names) == 2
    assert copies("d", ["e", "b"], names) == 0
    assert copies("unknown", ["b"], names) == 0


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("RED RETROSPOT CUP", "retrospot cup"),
        ("Blue  retrospot cup ", "retrospot cup"),
        ("Set of 3 cake tins", "set of 3 cake tins"),
        ("Cake tin, large", "cake tin"),
        ("LIGHT PINK", None),
    ],
)
def test_what_titles_have_in_common_apart_from_colour_and_size(title: str, same: str | None) -> None:
    assert without_variant(title) == same


def test_coverage_novelty_and_unlikeness() -> None:
    assert coverage([["a", "b"], ["b", "c"]], 6) == 0.5
    # shares 1/2 and 1/4 of eight events, and one nobody touched, counted as 1/8
    assert novelty([["a", "b"], ["z", "a"]], {"a": 4, "b": 2}, 8) == pytest.approx((1 + 2 + 3 + 1) / 4)
    vectors = np.array([[1, 0], [1, 0], [0, 1], [-1, 0]], np.float32)
    assert unlikeness(np.array([[0, 1], [0, 2], [0, 3]]), vectors) == pytest.approx([0, 1, 2])
    # three pairs: cosines 1, 0, 0
    assert unlikeness(np.array([[0, 1, 2]]), vectors) == pytest.approx([1 - 1 / 3])


def test_the_slope_tells_linear_from_quadratic() -> None:
    assert slope([10, 100, 1000], [3, 30, 300]) == pytest.approx(1)
    assert slope([10, 100, 1000], [1, 100, 10_000]) == pytest.approx(2)
    assert slope([10, 1000], [5, 5]) == pytest.approx(0)


def _order(number: int, customer: str, month: int, *items: str) -> Event:
    return Event.model_validate(
        {
            "event_id": f"e{number}",
            "event_name": "purchase",
            "event_time": datetime(2011, month, 1, 12, tzinfo=UTC) + timedelta(minutes=number),
            "customer_id": customer,
            "transaction_id": f"t{number}",
            "items": [{"item_id": item} for item in items],
        }
    )


def test_plain_counts_of_baskets() -> None:
    counted = baskets.Counted([["a", "b", "x"], ["a", "b"], ["a", "x"], ["a", "x"], ["x"], ["x"], ["y"]])
    assert counted.counts == {"a": 4, "b": 2, "x": 5, "y": 1}
    # with x three times, with b twice; divided by roots b (2 / sqrt 8) comes before x (3 / sqrt 20)
    assert counted.most_often("a") == ["x", "b"]
    assert counted.by_cosine("a") == ["b", "x"]
    assert counted.popular("a") == ["x", "b", "y"]
    assert counted.most_often("y") == counted.most_often("never sold") == []


def test_the_shops_own_complements_are_not_its_bestsellers() -> None:
    # lamp and bulb always go together; the bag is in every basket
    events = [_order(number, f"c{number}", 10, "bag", "lamp", "bulb") for number in range(8)]
    events += [_order(100 + number, f"d{number}", 10, "bag", f"other{number}") for number in range(40)]
    products = {
        item.item_id: Product(id=item.item_id, title="A thing", price="1.00 GBP")
        for event in events
        for item in event.items
    }
    ours = bought_together.complements(events, products)
    counted = baskets.Counted(bought_together.in_baskets(events))
    assert ours("lamp")[0] == "bulb"
    assert counted.most_often("lamp")[0] == "bag"
    assert ours("never sold") == []


def test_methods_are_judged_by_baskets_each_counting_once() -> None:
    lists = {"a": ["b"], "b": ["x"], "c": ["d", "e"], "d": ["c"], "e": []}
    counts = {"b": 9.0, **{f"filler{number:03}": 5.0 for number in range(99)}, "x": 1.0}
    kinds = {"by_title": {"a": "t", "b": "t", "c": "u", "d": "v", "e": "u", "x": None}}
    row = bought_together.judged(
        lambda query: lists[query], [["a", "b"], ["c", "d", "e"]], counts, kinds, SILENT, "it"
    )
    # first basket: a finds b, b finds nothing; second: c finds both, d finds one of two, e has no list
    assert row["hr"][0] == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-5)
    assert row["recall"][0] == pytest.approx((1 / 2 + (1 + 1 / 2) / 3) / 2, abs=1e-5)
    one_of_two = 1 / (1 + 1 / log2(3))
    assert row["ndcg"][0] == pytest.approx((1 / 2 + (1 + one_of_two) / 3) / 2, abs=1e-5)
    # b is a bestseller: only b's own query asks for something else there, and finds nothing
    assert row["ndcg_others"][0] == pytest.approx((0 + (1 + one_of_two) / 3) / 2, abs=1e-5)
    assert row["answered"] == 4 / 5
    # of five places one is a bestseller's; b copies the query a, e the query c
    assert row["top_100"] == 0.2
    assert row["copies"] == {"by_title": 0.4}


def test_articles_whose_codes_differ_in_a_letter_are_variants() -> None:
    rows = [Product(id=code, title="A thing", price="1.00 GBP") for code in ("85123A", "85123B", "85124")]
    groups = {key: product.item_group_id for key, product in baskets.with_variants(rows).items()}
    assert groups == {"85123A": "85123", "85123B": "85123", "85124": "85124"}


def test_a_part_measured_later_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "found.json"
    Results(path, "full").put("cost", {"when": "one day"}, {"rows": 1})
    at_work = Results(path, "full")
    Results(path, "full").put("latency", {"when": "meanwhile"}, {"rows": 2})
    at_work.put("cost", {"when": "later"}, {"rows": 3})
    kept = Results(path, "full").parts
    assert kept["latency"] == {"about": {"when": "meanwhile"}, "found": {"rows": 2}}
    assert kept["cost"] == {"about": {"when": "later"}, "found": {"rows": 3}}
    assert [each.name for each in path.parent.iterdir()] == ["found.json"]


@pytest.mark.parametrize(
    "content", ["no json", "[]", '{"version": 1}', '{"version": 2, "size": "full", "parts": {}}']
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "found.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ShopError, match=r"found\.json"):
        Results(path, "full")
    path.write_text('{"version": 1, "size": "full", "parts": {}}', "utf-8")
    with pytest.raises(ShopError, match="holds full results, not quick ones"):
        Results(path, "quick")


def test_progress_tells_how_long_is_left() -> None:
    now, said = [0.0], []
    progress = Progress(said.append, lambda: now[0])
    for _ in progress.each(range(4), "steps"):
        now[0] += 6
    assert said == [
        "[    6 s] steps: 1 of 4, about 18 s left",
        "[   12 s] steps: 2 of 4, about 12 s left",
        "[   18 s] steps: 3 of 4, about 6 s left",
        "[   24 s] steps: 4 of 4",
    ]


def test_what_is_missing_is_said_part_by_part(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for data, words in (
        ([], "name the folder with --data"),
        (["--data", str(tmp_path / "data")], "does not have"),
    ):
        for part in ("bought_together", "quality", "cold_start", "beyond"):
            ran = CliRunner().invoke(app, ["--only", part, "--out", str(tmp_path), *data])
            assert ran.exit_code == 1
            assert f"{part}: left out: needs " in ran.stderr
            assert words in ran.stderr
    document = (tmp_path / "recommendation.md").read_text("utf-8")
    for name, part in PARTS.items():
        assert f"## {part.title}\n\n{part.question}\n\nNot measured yet: `make bench-recommend" in document
        assert f"--only {name}'`." in document
    assert not (tmp_path / "recommendation.json").exists()


def test_unknown_parts_and_folders_are_refused(tmp_path: Path) -> None:
    assert "magic is none of" in CliRunner().invoke(app, ["--only", "magic"]).stderr
    ran = CliRunner().invoke(app, ["--data", str(tmp_path / "nowhere")])
    assert ran.exit_code == 2
    assert "is no folder" in " ".join(ran.stderr.replace("│", " ").split())


def test_without_pyarrow_baskets_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(baskets, "RECOMMENDERS", tmp_path)
    with pytest.raises(Missing, match="pyarrow"):
        baskets.orders(tmp_path / "orders.parquet")


def test_the_made_up_shop_is_long_tailed_and_the_same_again() -> None:
    shop = MadeUpShop(1000, seed=3)
    events = list(shop.events(4000))
    assert [event.event_id for event in MadeUpShop(1000, seed=3).events(4000)] == [e.event_id for e in events]
    assert [e.items for e in MadeUpShop(1000, seed=4).events(4000)] != [e.items for e in events]
    assert 3000 < len(events) < 5000
    times = [(event.customer_id, event.event_time) for event in events]
    for (customer, time), (next_customer, later) in pairwise(times):
        assert customer != next_customer or time <= later
    counts = Counter(item.item_id for event in events for item in event.items)
    head = sum(count for _, count in counts.most_common(100))
    assert head > 0.4 * counts.total()
    products = {product.id: product for product in shop.products()}
    assert len(products) == 1000
    assert counts.keys() <= products.keys()
    near = shop.near(123, 50)
    assert near[0] == (123, 1.0)
    assert len({key for key, _ in near}) == 50
    assert {products[product_id(key)].category for key, _ in near} == {products["p-123"].category}


def test_who_and_what_is_asked_for() -> None:
    events = list(MadeUpShop(300, seed=1).events(2000))
    asked = latency.requests(events, 40, seed=1)
    counts = Counter(event.customer_id for event in events)
    assert all(counts[f"c-{customer}"] >= 5 for customer in asked["for_you"])
    assert not any(counts[f"c-{customer}"] for customer in asked["unknown"])
    sold = {item.item_id for event in events if event.event_name == "purchase" for item in event.items}
    assert {product_id(number) for number in asked["bought_together"]} <= sold
    assert {len(numbers) for numbers in asked.values()} == {40}


def test_the_handler_answers_from_the_stand_in_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(latency, "RECOMMENDERS", tmp_path)
    monkeypatch.setattr(latency, "_WARM_UP", 1)
    setting = Setting(None, True, 1, SILENT)
    of_size = latency._of_size(400, 3, setting)
    assert of_size["products"] == 400
    assert of_size["peers"] is None
    rungs = of_size["handler"]["rungs"]
    assert set(rungs) == set(latency.RUNGS)
    for rung, row in rungs.items():
        assert 0 < row["p50"] <= row["p99"]
        assert sum(row["said"].values()) == 3
        by = "model, " if rung == latency.BY_MODEL else "rules, "
        assert all(said.startswith(by) for said in row["said"]), rung
        # The model's rung asks once in all what is new.
        assert row["store_calls"]["Query"] == (1.25 if rung == latency.BY_MODEL else 1)
        assert 0 < row["in_store_s"] < row["mean"]
    assert rungs["similar"]["store_calls"]["SearchVectors"] == 1
    assert "SearchVectors" not in rungs["unknown"]["store_calls"]
    about = {
        "when": "2026-11-25", "command": "it", "took_s": 3, "others": 0.0,
        "machine": {"processor": "P", "cores": 2, "memory_bytes": 2**34, "python": "3.11"},
    }  # fmt: skip
    found = {"calls": 3, "warm_up": 1, "sizes": {"400": of_size}}
    document = markdown({"latency": {"about": about, "found": json.loads(json.dumps(found))}})
    assert "### 400 products" in document
    assert "implicit and RecTools were not measured" in document


def test_the_stand_in_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text("", "utf-8")
    store = Store(tmp_path / "items.jsonl", MadeUpShop(100, 1))
    with pytest.raises(ValueError, match="Scan is not answered"):
        store.answer("Scan", {})
    asked = {"RequestItems": {"catalog": {"Keys": [{"id": {"S": "product:p-1"}, "sk": {"S": "PRODUCT"}}],
                                          "ProjectionExpression": "id, document"}}}  # fmt: skip
    assert json.loads(store.answer("BatchGetItem", asked)) == {
        "Responses": {"catalog": []},
        "UnprocessedKeys": {},
    }


def test_the_cost_of_both_counts_is_measured_in_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_QUICK", (400, 1600))
    found = cost.measure(Setting(None, True, 1, SILENT), {}, lambda _: None)
    for rows in found["rows"].values():
        assert [row["products"] for row in rows] == [100, 100]
        assert rows[0]["events"] < rows[1]["events"]
        for row in rows:
            assert row["seconds"] > 0
            assert 0 < row["read_bytes"] <= row["most_bytes"] < 2**30
    assert set(found["slope"]) == set(found["rows"]) == set(cost.OF)


def test_quick_runs_do_not_touch_the_published_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "_QUICK", tmp_path / "quick")
    monkeypatch.setattr(command, "_DOCUMENTS", tmp_path / "published")
    CliRunner().invoke(app, ["--quick", "--only", "quality"])
    assert [path.name for path in tmp_path.iterdir()] == ["quick"]


@pytest.mark.skipif(not INSTALLED, reason="`make bench-recommend` installs them")
def test_the_other_libraries_answer_the_same_requests(tmp_path: Path) -> None:
    shop = MadeUpShop(300, seed=1)
    events = list(shop.events(3000))
    found = latency._peers(shop, events, latency.requests(events, 5, seed=1), tmp_path)
    assert found["missing"] == {}
    assert set(found["versions"]) == {"implicit", "rectools"}
    asked = [rung for row in found["libraries"].values() for rung in row["rungs"]]
    assert set(asked) == set(latency.BY_RULES)
    assert len(asked) == 9
    for row in found["libraries"].values():
        assert row["learned_s"] >= 0
        assert all(0 < each["p50"] <= each["p99"] for each in row["rungs"].values())


@pytest.mark.skipif(not INSTALLED, reason="`make bench-recommend` installs pyarrow")
def test_order_lines_are_read_in_a_child(tmp_path: Path) -> None:
    made = tmp_path / "orders.parquet"
    lines = [
        ("1", "85123A", "WHITE LAMP", 2, 17850.0),
        ("1", "84879", "BIRD", 1, 17850.0),
        ("2", "POST", "POSTAGE", 1, 17850.0),
        ("3", "84879", "BIRD", 1, None),
    ]
    script = (
        "import sys, datetime, pyarrow as pa; from pyarrow import parquet\n"
        f"rows = {lines!r}\n"
        "names = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'CustomerID']\n"
        "table = {name: [row[at] for row in rows] for at, name in enumerate(names)}\n"
        "table['InvoiceDate'] = [datetime.datetime(2011, 10, 1, 8)] * len(rows)\n"
        "table['UnitPrice'] = [2.5] * len(rows)\n"
        "parquet.write_table(pa.table(table), sys.argv[1])"
    )
    environment = {**os.environ, **baskets.recommenders_environment()}
    subprocess.run([sys.executable, "-c", script, str(made)], check=True, env=environment)
    found = baskets.orders(made)
    assert found.lines == 2
    assert found.left_out == {"no goods": 1, "without a customer": 1}
    assert bought_together.in_baskets(found.events) == [["85123A", "84879"]]
    titles = {key: product.title for key, product in found.products.items()}
    assert titles == {"85123A": "White lamp", "84879": "Bird"}


def test_the_published_document_is_made_of_the_published_numbers(tmp_path: Path) -> None:
    published = command._DOCUMENTS / "recommendation.json"
    document, *pictures = write(Results(published, "full").parts, tmp_path)
    assert document.read_text("utf-8") == published.with_suffix(".md").read_text("utf-8")
    assert pictures
    for picture in pictures:
        assert picture.read_text("utf-8") == (published.parent / picture.name).read_text("utf-8")
