"""``python -m local.benchmarks.language``: how well the shop finds and writes.

With --evidence or --copy it measures any one file, with --checks the checks of copy; with --data it measures
all there is and writes docs/benchmarks/language.md with its picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.embedding import LocalEmbeddings
from local.template import ROOT

from . import answering, checks, copy, evidence, writing

if TYPE_CHECKING:
    from shopwright.content import ContentWriter

_DOCUMENTS = ROOT / "docs" / "benchmarks"
_EPQA = Path("product-qa/ePQA__dev_a.csv")
_HETPQA = Path("product-qa/hetPQA__evidence_ranking__dev.csv")
_RETAIL = Path("retail-demo-store/products.yaml")
_COPIES = Path("ad-copy-zh/advertisegen_dev_a.jsonl")


def main(
    evidence_file: Annotated[
        Path | None, typer.Option("--evidence", help="Rank the evidence of a file of ePQA's form.")
    ] = None,
    copy_file: Annotated[
        Path | None, typer.Option("--copy", help="Write copy for a file of AdvertiseGen's form.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print only one line: the numbers as JSON.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with product-qa/ and ad-copy-zh/: measure all, write the report."),
    ] = None,
    checks_only: Annotated[
        bool, typer.Option("--checks", help="Measure the checks of copy with their own sets.")
    ] = False,
    answers_only: Annotated[
        bool, typer.Option("--answers", help="Ask the sample shop's questions, of the whole.")
    ] = False,
    render: Annotated[
        bool, typer.Option("--render", help="Measure nothing: write the report again.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = _DOCUMENTS,
) -> None:
    """Measure finding and writing."""
    alone = (checks_only, answers_only, render)
    if sum((evidence_file is not None, copy_file is not None, data is not None, *alone)) != 1:
        raise typer.BadParameter(
            "give --evidence FILE, --copy FILE, --checks, --answers, --data FOLDER or --render"
        )
    try:
        if evidence_file:
            _print(_evidence(evidence_file, LocalEmbeddings()), as_json)
        elif copy_file:
            _print(_copy(copy.read(copy_file)), as_json)
        elif answers_only:
            _print(answering.measure(LocalEmbeddings(), _say), as_json)
        elif checks_only:
            _print(checks.measure(), as_json)
        else:
            _report(data, out)
    except evidence.Unreadable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _evidence(path: Path, embedder: evidence.Embedder) -> dict[str, Any]:
    return evidence.measure(evidence.read(path), embedder, _say)


def _copy(rows: Sequence[copy.Described]) -> dict[str, Any]:
    """With the default text model, which is trusted with English only: what the rules write."""
    with _rules() as writer:
        return copy.measure(rows, writer, _say)


def _writing(data: Path) -> dict[str, Any]:
    """What the rules write for the sample shop and for the shop of retail-demo-store."""
    from local.converters import retail_demo_store
    from local.sample import load_products
    from shopwright.products import Product

    own = [Product.model_validate(row) for row in load_products()]
    others = [
        Product.model_validate(row)
        for row in retail_demo_store.products(retail_demo_store.rows(data / _RETAIL))
    ]
    with _rules() as writer:
        return {
            "sample shop, en": writing.measure(writer, own, "en", _say),
            "sample shop, zh": writing.measure(writer, own, "zh", _say),
            "retail-demo-store, en": writing.measure(writer, others, "en", _say),
        }


@contextmanager
def _rules() -> Iterator[ContentWriter]:
    """A writer without a model behind it."""
    from local.benchmarks.model_quality.shelf import shelf
    from shopwright.content import ContentWriter
    from shopwright.errors import ModelUnavailable

    class NoModel:
        def generate(self, *_: Any, **__: Any) -> Any:
            raise ModelUnavailable("there is no text model here")

        embed_queries = embed_passages = generate

    with shelf(dimensions=1) as shop:
        yield ContentWriter(shop.catalog, shop.customers, NoModel(), frozenset({"en"}))


def _report(data: Path | None, out: Path) -> None:
    from . import finding, report

    numbers = out / "language.json"
    if data:
        lacking = [
            str(data / name) for name in (_EPQA, _HETPQA, _COPIES, _RETAIL) if not (data / name).is_file()
        ]
        if lacking:
            raise evidence.Unreadable(f"--data {data}: no {', no '.join(lacking)}")
        embedder = LocalEmbeddings()
        copies = copy.read(data / _COPIES)
        found = {
            "command": "python -m local.benchmarks.language --data ../shared/data",
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "embedding_model": embedder.model.id,
            "evidence": {
                "ePQA": _evidence(data / _EPQA, embedder),
                "hetPQA": _evidence(data / _HETPQA, embedder),
            },
            "sample_shop": finding.sample_shop(embedder),
            "answers": answering.measure(embedder, _say),
            "chinese": finding.chinese(copies),
            "copy": _copy(copies),
            "checks": checks.measure(),
            "writing": _writing(data),
        }
        out.mkdir(parents=True, exist_ok=True)
        numbers.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    report.write(json.loads(numbers.read_text(encoding="utf-8")), out)
    _say(f"written to {out / 'language.md'}")


def _print(found: dict[str, Any], as_json: bool) -> None:
    if not as_json:
        for name, numbers in found.items():
            typer.echo(f"{name}: {numbers}")
    typer.echo(json.dumps(found, ensure_ascii=False))


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    typer.run(main)
