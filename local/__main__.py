"""``python -m local``: the shop on this machine from the command line."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.intrinsics import TemplateError
from local.template import load_template

if TYPE_CHECKING:
    from shopwright.consent import Purpose

PORT = 8000
EXAMPLES = """
Tokens, good for {hours} hours: of the shop's service, of the customer c-001, of marketing.

SERVICE={service}

CUSTOMER={customer}

MARKETING={marketing}

  the API        {url}/docs
  a customer     curl {url}/customers/c-001/profile -H "authorization: Bearer $CUSTOMER"
  for them       curl '{url}/customers/c-001/recommendations?limit=3' -H "authorization: Bearer $CUSTOMER"
  a question     curl {url}/questions -H "authorization: Bearer $CUSTOMER" \\
                      -H 'content-type: application/json' \\
                      -d '{{"question": "How many days do I have to return an item?"}}'
  copy           curl {url}/content -H "authorization: Bearer $MARKETING" \\
                      -H 'content-type: application/json' \\
                      -d '{{"kind": "ad_copy", "product_id": "p-0401", "language": "en"}}'

  Ctrl-C stops all of it.
"""

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What a person can mend is said in a line, not in a traceback; SIGTERM stops as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except typer.Exit:
        raise  # it is a RuntimeError, too
    except (RuntimeError, TemplateError) as error:
        typer.echo(f"shopwright: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(130) from None


@app.command()
def dev(port: Annotated[int, typer.Option(help="Where the API listens, on 127.0.0.1.")] = PORT) -> None:
    """Starts the shop with its sample and keeps it running."""
    with _plain_errors():
        from local.identity import CUSTOMER, HOURS, MARKETING, SERVICE
        from local.sample.loading import load_sample
        from local.shop import Shop, print_line

        with Shop(port=port, show_logs=True, schedules=True, say=print_line) as shop:
            service = shop.token("shop-app", SERVICE)
            load_sample(shop.url, service, print_line)
            shop.fire("NeighbourRefreshFunction")
            shop.fire("ProfileSweepFunction")
            print_line("profiles form in the background; they are complete in a few minutes")
            typer.echo(
                EXAMPLES.format(
                    url=shop.url,
                    hours=HOURS,
                    service=service,
                    customer=shop.token("c-001", CUSTOMER),
                    marketing=shop.token("marketing", MARKETING),
                )
            )
            shop.wait()


@app.command()
def demo(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="A file that keeps the whole tour as data.")
    ] = None,
    logs: Annotated[Path | None, typer.Option(help="A folder that keeps what the shop logs.")] = None,
) -> None:
    """Starts the shop, loads its sample, shows what it does for one customer, stops."""
    with _plain_errors():
        from local.identity import CUSTOMER, MARKETING, SERVICE
        from local.sample.loading import load_sample
        from local.shop import Shop, print_line
        from local.tour import CUSTOMER as VISITOR
        from local.tour import tour
        from local.training_run import train

        with Shop(logs=logs, say=print_line) as shop:
            service = shop.token("shop-app", SERVICE)
            load_sample(shop.url, service, print_line)
            shop.fire("NeighbourRefreshFunction")

            def rebuild(customer: str) -> None:
                shop.send("RefreshQueue", {"customer_id": customer})
                shop.drain()

            def group() -> None:
                shop.fire("ArticleGapsFunction")

            tokens = {
                "service": service,
                "customer": shop.token(VISITOR, CUSTOMER),
                "marketing": shop.token("marketing", MARKETING),
            }
            tour(shop.url, tokens, rebuild, lambda: train(shop, print_line), group, shop.drain, json_file)


@app.command()
def invoke(
    function: Annotated[str, typer.Argument(help="Folder or logical id: content, ContentFunction.")],
    event: Annotated[Path, typer.Argument(help="A JSON file, such as those in events/.")],
    port: Annotated[int, typer.Option(help="Where a running shop would listen.")] = PORT,
) -> None:
    """Runs one function with an event and prints its result as JSON."""
    with _plain_errors():
        from local.invoke import InvocationFailed
        from local.invoke import invoke as run
        from local.shop import print_line

        try:
            result = run(function, event, f"http://127.0.0.1:{port}", print_line)
        except InvocationFailed as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        _print_json(result)


@app.command()
def load(
    products: Annotated[Path | None, typer.Option(help="A Google product feed: .jsonl, .csv, .tsv.")] = None,
    articles: Annotated[Path | None, typer.Option(help="Policies and FAQ, as PUT /articles: .jsonl.")] = None,
    events: Annotated[Path | None, typer.Option(help="GA4-style events: .jsonl, .csv, .tsv.")] = None,
    url: Annotated[str, typer.Option(help="The shop's address.")] = f"http://127.0.0.1:{PORT}",
    token: Annotated[
        str, typer.Option(envvar="SHOP_TOKEN", help="A service's token; `make dev` prints one.")
    ] = "",
    consent: Annotated[
        str,
        typer.Option(
            help="What the events' customers have agreed to, comma separated: profiling, personalisation, "
            "advertising, model_processing. Without profiling their events are kept without them."
        ),
    ] = "",
    consent_source: Annotated[str, typer.Option(help="Where they agreed.")] = "import",
    state: Annotated[Path | None, typer.Option(help="A file that notes how far the load has got.")] = None,
    restart: Annotated[bool, typer.Option(help="Begin anew, whatever is noted.")] = False,
) -> None:
    """Loads a shop's own feeds through the API, and goes on where an earlier load stopped."""
    with _plain_errors():
        from local.load import load as run

        raise typer.Exit(
            run(
                products=products,
                articles=articles,
                events=events,
                url=url,
                token=token,
                consent=_purposes(consent),
                consent_source=consent_source,
                state=state,
                restart=restart,
            )
        )


def _purposes(text: str) -> list[Purpose]:
    from local.processes import ShopError
    from shopwright.consent import PURPOSES

    given = [part.strip() for part in text.split(",") if part.strip()]
    if unknown := set(given) - set(PURPOSES):
        raise ShopError(f"--consent {', '.join(sorted(unknown))}: there are {', '.join(PURPOSES)}")
    return [purpose for purpose in PURPOSES if purpose in given]


@app.command()
def export(
    products: Annotated[Path | None, typer.Option(help="A Google product feed: .jsonl, .csv, .tsv.")] = None,
    events: Annotated[Path | None, typer.Option(help="GA4-style events: .jsonl, .csv, .tsv.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the export.")] = Path("build/export"),
) -> None:
    """Writes what a recommender is trained on, from a shop's own feeds, or from the sample without any."""
    with _plain_errors():
        from local.export import export_files, export_sample
        from local.processes import ShopError
        from local.shop import print_line

        if (products is None) != (events is None):
            raise ShopError("--products and --events go together")
        if products and events:
            done = export_files(products, events, output, print_line)
        else:
            done = export_sample(output)
        print_line(
            f"{done.events:,} events, {done.customers:,} customers, {done.products:,} products: {output}"
        )


@app.command()
def openapi() -> None:
    """Prints the API's OpenAPI document, merged from the handlers."""
    with _plain_errors():
        from local.openapi import openapi_document

        _print_json(openapi_document(load_template()))


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    app(prog_name="python -m local")
