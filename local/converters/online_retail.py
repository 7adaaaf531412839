"""``python -m local.converters.online_retail FILE.parquet --month 2011-11 > events.jsonl``

Turns UCI's Online Retail (order lines of a British gift shop, Chen 2015, CC BY 4.0) into events and a product
feed. An invoice becomes a `purchase`, a cancellation (its number begins with C) a `refund`; one of more lines
than an event takes becomes several. Left out, and counted on standard error: lines without a customer, lines
that are no goods (postage, fees, samples), and lines whose quantity or price an order cannot have.

A shop keeps the events of the last months only, and these are of 2010 and 2011: `--ending 2026-11-01` moves
them, as a whole, so that the last one happens on that day.

Reading parquet needs pyarrow, which Shopwright itself does not: `pip install pyarrow`.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

_GOODS = re.compile(r"\d{5}[A-Za-z]{0,2}")
_LINES_AN_EVENT = 200
_MOST_PIECES = 10_000

Line = dict[str, Any]


def read(path: Path, month: str | None = None) -> Iterator[Line]:
    """The order lines of a month (`2011-11`) or of all, as the data set names their columns."""
    try:
        from pyarrow import parquet  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise typer.BadParameter("reading parquet needs pyarrow: pip install pyarrow") from None
    for batch in parquet.ParquetFile(path).iter_batches():
        for line in batch.to_pylist():
            if month is None or f"{line['InvoiceDate']:%Y-%m}" == month:
                yield line


def sold(lines: Iterable[Line], left_out: Counter[str]) -> list[Line]:
    """The lines that somebody bought or gave back; the rest is counted by reason."""
    kept = []
    for line in lines:
        cancelled = str(line["InvoiceNo"]).startswith("C")
        quantity = line["Quantity"] or 0
        if not line["CustomerID"] or line["CustomerID"] != line["CustomerID"]:
            left_out["without a customer"] += 1
        elif not _GOODS.fullmatch(str(line["StockCode"])):
            left_out["no goods"] += 1
        elif not line["UnitPrice"] or line["UnitPrice"] <= 0 or (quantity < 0) != cancelled or not quantity:
            left_out["impossible price or quantity"] += 1
        elif abs(quantity) > _MOST_PIECES:
            left_out["more pieces than an event takes"] += 1
        else:
            kept.append(line)
    return kept


def events(lines: Iterable[Line], ending: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Purchases and refunds, oldest first; times are taken as UTC, prices as pounds.

    Args:
        ending: if given, all are moved by whole days so that the last one happens on that day.
    """
    invoices: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        invoices[str(line["InvoiceNo"])].append(line)
    if not invoices:
        return
    last = max(line["InvoiceDate"] for invoice in invoices.values() for line in invoice)
    moved = timedelta(days=(ending.date() - last.date()).days) if ending else timedelta()
    for number, invoice in sorted(invoices.items(), key=lambda each: each[1][0]["InvoiceDate"]):
        for part, start in enumerate(range(0, len(invoice), _LINES_AN_EVENT)):
            own = invoice[start : start + _LINES_AN_EVENT]
            yield {
                "event_id": f"or-{number}-{part}",
                "event_name": "refund" if number.startswith("C") else "purchase",
                "event_time": (own[0]["InvoiceDate"] + moved).replace(tzinfo=UTC).isoformat(),
                "customer_id": f"or-{int(own[0]['CustomerID'])}",
                "transaction_id": number,
                "currency": "GBP",
                "value": round(sum(abs(line["Quantity"]) * line["UnitPrice"] for line in own), 2),
                "items": [
                    {
                        "item_id": str(line["StockCode"]).upper(),
                        "quantity": int(abs(line["Quantity"])),
                        "price": line["UnitPrice"],
                    }
                    for line in own
                ],
            }


def products(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """The goods of the lines: their most frequent description, their middle price. No category is known."""
    titles: defaultdict[str, Counter[str]] = defaultdict(Counter)
    prices: defaultdict[str, list[float]] = defaultdict(list)
    for line in lines:
        code = str(line["StockCode"]).upper()
        prices[code].append(line["UnitPrice"])
        if title := " ".join(str(line["Description"] or "").split()):
            titles[code][title] += 1
    for code, named in sorted(titles.items()):
        title = max(sorted(named), key=named.__getitem__)
        price = max(0.01, statistics.median_low(prices[code]))
        yield {"id": code, "title": title.capitalize(), "price": f"{price:.2f} GBP"}


def main(
    path: Annotated[Path, typer.Argument(help="The data set as parquet.", exists=True, dir_okay=False)],
    month: Annotated[str, typer.Option(help="Which month, like 2011-11.")],
    products_out: Annotated[Path | None, typer.Option(help="Where to write the product feed.")] = None,
    ending: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Move the events to end on this day.")
    ] = None,
) -> None:
    """Writes events, one JSON object a line, to standard output."""
    left_out: Counter[str] = Counter()
    lines = sold(read(path, month), left_out)
    found = list(events(lines, ending))
    sys.stdout.writelines(json.dumps(event) + "\n" for event in found)
    if products_out:
        with products_out.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(product) + "\n" for product in products(lines))
    typer.echo(f"{len(found)} events from {len(lines)} order lines", err=True)
    for reason, number in left_out.most_common():
        typer.echo(f"left out: {number} lines {reason}", err=True)


if __name__ == "__main__":
    typer.run(main)
