"""Loading feeds: what is understood, what is reported, how an interrupted load goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from local import feeds
from local import load as load_module
from local.converters import online_retail, retail_demo_store
from local.load import load
from shopwright.cataloguing import Cataloguing
from shopwright.ingestion import Ingestion
from tests.unit.fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Shop:
    """The API's two loading calls over the real services. `fault` may answer a request before they do."""

    def __init__(self) -> None:
        self.catalog = InMemoryCatalog()
        self.customers = InMemoryCustomers()
        self.fault: Callable[[int], httpx.Response | None] = lambda _: None
        self.requests: list[int] = []
        self.consents: list[tuple[str, dict[str, str]]] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        kind = request.url.path.strip("/")
        if kind.endswith("/consent"):
            self.consents.append((kind.split("/")[1], json.loads(request.content)))
            return httpx.Response(200, json={})
        rows = json.loads(request.content)[kind]
        self.requests.append(len(rows))
        if answer := self.fault(len(self.requests)):
            return answer
        cataloguing = Cataloguing(self.catalog, ScriptedModel())
        if kind == "events":
            taken = Ingestion(self.customers, self.catalog, timedelta(days=365)).ingest(rows, NOW)
            return httpx.Response(202, json=taken.model_dump())
        if kind == "products":
            return httpx.Response(200, json=cataloguing.put_products(rows, NOW).model_dump())
        return httpx.Response(200, json=cataloguing.put_articles(rows).model_dump())

    def load(self, **arguments: Any) -> tuple[int, str]:
        said = StringIO()
        code = load(console=Console(file=said, width=200), transport=self.transport, **arguments)
        return code, said.getvalue()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module.time, "sleep", lambda _: None)


def product(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"p-{number}", "title": f"Product {number}", "price": f"{number}.00 EUR", **fields}


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"e-{number}",
        "event_name": "view_item",
        "event_time": (NOW - timedelta(hours=1)).isoformat(),
        "customer_id": "c-1",
        "items": [{"item_id": f"p-{number}"}],
        **fields,
    }


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


FEED = (
    "id\ttitle\timage link\tprice\tavailability\tproduct_detail\tproduct_highlight\tg:brand\tshipping_label\n"
    "p-1\tDesk lamp\thttps://shop.example/1.jpg\t15.00 USD\tin stock\t"
    'General:Height:40 cm,:Bulb:E27, warm\t"Dims,""Warm, soft light"""\tLumo\theavy\n'
    "p-2\tFloor lamp\t\t1,299.00 usd\tOut_Of_Stock\t\t\t\t\n"
)


def test_a_google_feed_is_understood(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text(FEED, encoding="utf-8-sig")
    code, said = shop.load(products=path)
    assert code == 0
    assert "loaded 2, skipped 0" in said
    assert "feed.txt: not used: shipping_label" in said
    lamp = shop.catalog.product("p-1")
    assert (lamp.price, lamp.availability, lamp.brand) == ("15.00 USD", "in_stock", "Lumo")
    assert lamp.image_link == "https://shop.example/1.jpg"
    details = [(d.section_name, d.attribute_name, d.attribute_value) for d in lamp.product_detail]
    assert details == [("General", "Height", "40 cm"), (None, "Bulb", "E27, warm")]
    assert lamp.product_highlight == ["Dims", "Warm, soft light"]
    other = shop.catalog.product("p-2")
    assert (other.price, other.availability) == ("1299.00 USD", "out_of_stock")


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("in stock", "in_stock"),
        ("In_Stock", "in_stock"),
        ("https://schema.org/InStock", "in_stock"),
        ("Out of Stock", "out_of_stock"),
        ("pre-order", "preorder"),
        ("BackOrder", "backorder"),
        ("sometimes", "sometimes"),
    ],
)
def test_availability_however_spelt(written: str, understood: str, tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", [product(1, availability=written)])
    (row,) = feeds.products(path, feeds.Notes())
    assert row.value == product(1, availability=understood)


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("15 EUR", "15 EUR"),
        ("15,50 eur", "15.50 EUR"),
        ("1 299 CNY", "1299 CNY"),
        ("12,000 JPY", "12000 JPY"),
    ],
)
def test_prices_however_written(written: str, understood: str, tmp_path: Path) -> None:
    (row,) = feeds.products(lines(tmp_path / "p.jsonl", [product(1, price=written)]), feeds.Notes())
    assert row.value is not None
    assert row.value["price"] == understood


def test_bad_rows_are_named_by_line_and_the_rest_is_loaded(shop: Shop, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "p.jsonl",
        [
            product(1),
            "{not json",
            "",
            product(2, price="cheap"),
            product(3, availability="sometimes"),
            "[1]",
            product(4, product_detail="no colon"),
            '{"id": "p-5", "title": "\\ud800", "price": "1 EUR"}',
            '{"id": "p-6", "title": NaN}',
            product(7),
        ],
    )
    with path.open("ab") as file:
        file.write(b'{"id": "p-8", "title": "\xff"}\n')
    code, said = shop.load(products=path)
    assert code == 0
    assert {each.id for each in shop.catalog.all_products()} == {"p-1", "p-7"}
    for expected in (
        "p.jsonl line 2: is not JSON",
        "p.jsonl line 4: price: is an amount and a currency code",
        "p.jsonl line 5: availability: ",
        "p.jsonl line 6: is not a JSON object",
        "p.jsonl line 7: product_detail: ",
        "p.jsonl line 8: is not UTF-8 text",
        "p.jsonl line 9: is not JSON",
        "p.jsonl line 11: is not UTF-8 text",
        "loaded 2, skipped 8",
    ):
        assert expected in said


def test_lines_of_a_table_are_counted_as_an_editor_does(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(
        b"id,title,price,description\n"
        b'p-1,One,1 EUR,"two\nlines"\n'
        b"p-2,Two,cheap,\n"
        b"p-3,Three,3 EUR,a,b,c\n"
        b"\n"
        b"p-4,\xff,4 EUR,\n"
        b"p-5,Five,5 EUR\n"
    )
    code, said = shop.load(products=path)
    assert code == 0
    assert {each.id for each in shop.catalog.all_products()} == {"p-1", "p-5"}
    assert shop.catalog.product("p-1").description == "two\nlines"
    assert "p.csv line 4: price: " in said
    assert "p.csv line 5: has 6 cells under 4 columns" in said
    assert "p.csv line 7: is not UTF-8 text" in said


EVENT_TABLE = (
    "event_id,event_name,event_time,customer_id,transaction_id,currency,item_id,quantity,price,coupon\n"
    "e-1,purchase,2026-11-20T10:00:00Z,c-1,t-1,EUR,p-1,2,9.50,X\n"
    "e-1,purchase,2026-11-20T10:00:00Z,c-1,t-1,EUR,p-2,1,20,\n"
    ",purchase,2026-11-20T10:00:00Z,c-1,t-1,EUR,p-3,1,20,\n"
    "e-1,purchase,2026-11-20T10:00:00Z,c-1,t-1,EUR,p-4,1,20,\n"
    "e-2,page_view,2026-11-20T10:05:00Z,c-1,,,,,,\n"
    "e-1,purchase,2026-11-20T10:00:00Z,c-1,t-1,EUR,p-5,1,1,\n"
    "e-3,view_item,soon,c-1,,,p-1,,,\n"
)


def test_events_of_a_table_are_put_together(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(EVENT_TABLE)
    code, said = shop.load(events=path)
    assert code == 0
    first, second = shop.customers.events("c-1")
    bought = [(item.item_id, item.quantity, item.price) for item in first.items]
    assert bought == [("p-1", 2, 9.5), ("p-2", 1, 20), ("p-4", 1, 20)]
    assert (first.transaction_id, second.event_name, second.items) == ("t-1", "page_view", [])
    assert "e.csv line 4: event_id: is missing" in said
    assert "e.csv line 7: event_id: is of an event whose lines stand further up" in said
    assert "e.csv line 8: event_time: " in said
    assert "e.csv: not used: coupon" in said
    assert "loaded 2, skipped 3" in said


def test_events_as_json_lines(shop: Shop, tmp_path: Path) -> None:
    item = {"item_id": "p-1", "item_variant": "red"}
    rows = [event(1, items=[item]), event(1), event(2, user_agent="x"), event(3, customer_id="?")]
    code, said = shop.load(events=lines(tmp_path / "e.jsonl", rows))
    assert code == 0
    assert [each.event_id for each in shop.customers.events("c-1")] == ["e-1", "e-2"]
    assert "e.jsonl: not used: items.item_variant, user_agent" in said
    assert "e.jsonl line 4: customer_id: " in said
    assert "loaded 3, skipped 1" in said


def test_articles_and_events_come_after_products(shop: Shop, tmp_path: Path) -> None:
    code, said = shop.load(
        products=lines(tmp_path / "p.jsonl", [product(1, product_type="Lamps")]),
        articles=lines(tmp_path / "a.jsonl", [{"id": "returns", "title": "Returns", "body": "30 days."}]),
        events=lines(tmp_path / "e.jsonl", [event(1)]),
    )
    assert (code, "loaded 3, skipped 0" in said) == (0, True)
    assert [article.id for article in shop.catalog.articles()] == ["returns"]
    assert "category#Lamps" in shop.customers.read("c-1", events=0).profile["counters"]


def test_big_files_go_in_portions(shop: Shop, tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", [product(n) for n in range(1, 251)])
    code, said = shop.load(products=path)
    assert (code, shop.requests) == (0, [100, 100, 50])
    assert "products: 100 of 250 lines" in said
    shop.requests.clear()
    long = lines(
        tmp_path / "long.jsonl", [product(n, description="x" * 4900, link=None) for n in range(1, 301)]
    )
    assert shop.load(products=long)[0] == 0
    assert sum(shop.requests) == 300


def test_no_body_is_larger_than_the_api_takes(shop: Shop, tmp_path: Path) -> None:
    big = [{"attribute_name": f"n{n}", "attribute_value": "值" * 1000} for n in range(9)]
    path = lines(tmp_path / "p.jsonl", [product(n, product_detail=big) for n in range(1, 61)])
    assert shop.load(products=path)[0] == 0
    assert len(shop.requests) > 1
    assert len(list(shop.catalog.all_products())) == 60


def _viewed(number: int, customer: str) -> dict[str, Any]:
    return {
        "event_id": f"e-{number}",
        "event_name": "view_item",
        "event_time": NOW.isoformat(),
        "customer_id": customer,
        "items": [{"item_id": "p-1"}],
    }


def test_what_the_customers_agreed_to_is_recorded_once_before_their_events(
    shop: Shop, tmp_path: Path
) -> None:
    rows = [_viewed(n, f"c-{n % 3}") for n in range(150)] + [_viewed(999, "no id!")]
    path = lines(tmp_path / "e.jsonl", rows)
    code, said = shop.load(events=path, consent=["profiling", "advertising"], consent_source="old shop")
    assert code == 0
    agreed = {"profiling": "granted", "advertising": "granted", "source": "old shop"}
    assert shop.consents == [(f"c-{n}", agreed) for n in range(3)]
    assert "line 151" in said
    assert "without their customers" not in said


def test_events_that_were_kept_without_their_customers_are_told(shop: Shop, tmp_path: Path) -> None:
    shop.customers = InMemoryCustomers(frozenset())
    code, said = shop.load(events=lines(tmp_path / "e.jsonl", [_viewed(n, "c-1") for n in range(5)]))
    assert code == 0
    assert "loaded 5, skipped 0" in said
    assert "5 events were kept without their customers" in said
    assert "--consent" in said
    assert shop.consents == []


@pytest.mark.parametrize("status", [401, 403])
def test_without_a_services_token_it_says_which_one_is_needed(
    shop: Shop, tmp_path: Path, status: int
) -> None:
    shop.fault = lambda count: httpx.Response(status, json={"message": "Unauthorized"})
    code, said = shop.load(products=lines(tmp_path / "p.jsonl", [product(1)]))
    assert code == 1
    assert f"takes products only with a service's token ({status}" in said
    assert "--token or SHOP_TOKEN" in said


def test_an_interrupted_load_goes_on_where_it_stopped(shop: Shop, tmp_path: Path) -> None:
    rows: list[Any] = [product(n) for n in range(1, 251)]
    rows[4] = "rubbish"
    path = lines(tmp_path / "p.jsonl", rows)
    shop.fault = lambda count: httpx.Response(500, json={"detail": "broken"}) if count == 3 else None
    code, said = shop.load(products=path)
    assert code == 1
    assert "the shop refused products: 500 broken" in said
    assert "loaded 199, skipped 1 before that" in said
    assert (tmp_path / "p.jsonl.progress").exists()
    shop.requests.clear()
    code, said = shop.load(products=path)
    assert (code, shop.requests) == (0, [50])
    assert "goes on after line 200" in said
    assert "loaded 249, skipped 1" in said
    assert not (tmp_path / "p.jsonl.progress").exists()


def test_progress_counts_for_the_same_file_only_and_not_after_restart(shop: Shop, tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", [product(n) for n in range(1, 151)])
    state = tmp_path / "notes.json"

    def interrupted() -> None:
        shop.requests.clear()
        shop.fault = lambda count: httpx.Response(500) if count == 2 else None
        assert shop.load(products=path, state=state, restart=True)[0] == 1
        assert state.exists()
        shop.requests.clear()
        shop.fault = lambda _: None

    interrupted()
    assert shop.load(products=path, state=state, restart=True)[0] == 0
    assert shop.requests == [100, 50]
    interrupted()
    lines(path, [product(n) for n in range(1, 111)])
    assert shop.load(products=path, state=state)[0] == 0
    assert shop.requests == [100, 10]
    state.write_text('{"products": 1}')
    code, said = shop.load(products=path, state=state)
    assert (code, "holds no progress notes" in said) == (1, True)


def test_a_table_of_events_goes_on_between_two_events(shop: Shop, tmp_path: Path) -> None:
    head = "event_id,event_name,event_time,customer_id,item_id\n"
    body = [f"e-{n // 2},view_item,2026-11-20T10:00:00Z,c-1,p-{n}\n" for n in range(300)]
    path = tmp_path / "e.csv"
    path.write_text(head + "".join(body))
    shop.fault = lambda count: httpx.Response(500) if count == 2 else None
    assert shop.load(events=path)[0] == 1
    shop.requests.clear()
    code, said = shop.load(events=path)
    assert (code, shop.requests) == (0, [50])
    assert "goes on after line 201" in said
    assert {len(each.items) for each in shop.customers.events("c-1")} == {2}


def test_a_busy_shop_is_asked_again(shop: Shop, tmp_path: Path) -> None:
    busy = [httpx.Response(503, headers={"Retry-After": "1"}), httpx.Response(429), None]
    shop.fault = lambda count: busy[count - 1]
    assert shop.load(products=lines(tmp_path / "p.jsonl", [product(1)]))[0] == 0
    shop.requests.clear()
    shop.fault = lambda _: httpx.Response(503, json={"detail": "try later"})
    code, said = shop.load(products=tmp_path / "p.jsonl")
    assert (code, len(shop.requests)) == (1, 6)
    assert "in 6 attempts: 503 try later" in said


def test_what_cannot_work_is_said(shop: Shop, tmp_path: Path) -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    good = lines(tmp_path / "p.jsonl", [product(1)])
    shop.transport = httpx.MockTransport(down)
    code, said = shop.load(products=good)
    assert (code, "no shop answers at http://127.0.0.1:8000" in said) == (1, True)
    assert load(products=good, url="shop", console=Console(file=StringIO())) == 1
    shop = Shop()
    for arguments, expected in (
        ({}, "name at least one file"),
        ({"products": tmp_path / "none.jsonl"}, "there is no file"),
        ({"products": lines(tmp_path / "p.xml", ["<feed/>"])}, "told apart by their ending"),
        ({"articles": lines(tmp_path / "a.csv", ["id"])}, "articles are taken as JSON lines"),
        ({"products": lines(tmp_path / "empty.csv", [])}, "the first line must name the columns"),
        ({"products": lines(tmp_path / "bad.jsonl", ["x", "y"])}, "loaded 0, skipped 2"),
    ):
        code, said = shop.load(**arguments)
        assert (code, expected in said) == (1, True), said
    assert shop.requests == []


def test_notes_that_cannot_be_written_are_said(shop: Shop, tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", [product(1)])
    code, said = shop.load(products=path, state=tmp_path / "nowhere" / "notes")
    assert (code, "name another file with --state" in said) == (1, True)


def test_the_retail_demo_store_becomes_a_feed(shop: Shop, tmp_path: Path) -> None:
    rows = [
        {"id": "a-1", "name": "Backpack", "category": "accessories", "style": "day_pack", "price": 9.5}
        | {"description": "Roomy.", "current_stock": 3, "image": "x.jpg"},
        {
            "id": "a-2",
            "name": "Chips",
            "category": "salty snacks",
            "style": "chips",
            "price": 3,
            "aliases": ["crisps"],
        }
        | {"description": None, "current_stock": 0},
    ]
    feed = lines(tmp_path / "p.jsonl", list(retail_demo_store.products(rows)))
    assert "loaded 2, skipped 0" in shop.load(products=feed)[1]
    first, second = shop.catalog.product("a-1"), shop.catalog.product("a-2")
    assert (first.price, first.category, first.availability) == (
        "9.50 USD",
        "Accessories > Day pack",
        "in_stock",
    )
    assert (second.availability, second.product_highlight) == ("out_of_stock", ["crisps"])


def order_line(invoice: str, code: str, quantity: float, price: float, customer: float | None = 7.0) -> Any:
    return {
        "InvoiceNo": invoice,
        "StockCode": code,
        "Description": f"THING  {code}",
        "Quantity": quantity,
        "InvoiceDate": datetime(2011, 11, 30, 9, int(invoice[-1])),  # noqa: DTZ001 (as the data set has it)
        "UnitPrice": price,
        "CustomerID": customer,
    }


def test_online_retail_becomes_events_and_a_feed(shop: Shop, tmp_path: Path) -> None:
    left_out: Counter[str] = Counter()
    kept = online_retail.sold(
        [
            order_line("500001", "85123a", 6, 2.55),
            order_line("500001", "71053", 1, 3.39),
            order_line("C500002", "71053", -1, 3.39),
            order_line("500003", "POST", 1, 18),
            order_line("500004", "71053", 1, 3.39, None),
            order_line("500005", "71053", -5, 3.39),
            order_line("500006", "71053", 80_995, 3.39),
            *(order_line("500007", "71053", 1, 3.39) for _ in range(201)),
        ],
        left_out,
    )
    assert left_out == {
        "no goods": 1,
        "without a customer": 1,
        "impossible price or quantity": 1,
        "more pieces than an event takes": 1,
    }
    found = list(online_retail.events(kept, ending=datetime(2026, 11, 19, tzinfo=UTC)))
    feed = lines(tmp_path / "p.jsonl", list(online_retail.products(kept)))
    code, said = shop.load(products=feed, events=lines(tmp_path / "e.jsonl", found))
    assert (code, "loaded 6, skipped 0" in said) == (0, True)
    assert shop.catalog.product("85123A").title == "Thing 85123a"
    bought, back, *rest = shop.customers.events("or-7")
    assert (bought.event_name, bought.value, bought.currency) == ("purchase", 18.69, "GBP")
    assert [(item.item_id, item.quantity) for item in bought.items] == [("85123A", 6), ("71053", 1)]
    assert bought.event_time == datetime(2026, 11, 19, 9, 1, tzinfo=UTC)
    assert (back.event_name, back.transaction_id, back.items[0].quantity) == ("refund", "C500002", 1)
    assert [len(each.items) for each in rest] == [200, 1]
    assert list(online_retail.events([])) == []
