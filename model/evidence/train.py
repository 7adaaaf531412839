"""``python -m model.evidence.train``: learns from pages with questions, tests on pages it has not seen.

The data: a folder of .jsonl files; a line is a page with `title`, `sentences` and `questions`, each `q` with
`a`, the places of the sentences that answer it by themselves. The last page of each file is kept for testing.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from ..engines.encoding import Encoding, Ids
from ..registry import E5, EmbeddingModel, NotConfigured, default_embedding
from ..weights.ready import encoder_files
from ..weights.sentence_encoder import reading
from .judging import Judged, judged
from .network import Encoder, Network, Settings, save
from .pages import Floats, Page, arrays
from .states import States

_AT_ONCE = 16  # pages in a step
_WEIGHT_DECAY = 0.05
_KEPT = 10_000  # tokens, of the page at hand; what is read of it stays with its questions
# What a page is made to be in training: another one, one without the sentences that answer, one with some of
# its sentences. So that it learns of pages that are near, of pages that are not, and of short ones.
_ANOTHER, _TAKEN_AWAY, _SOME = 0.1, 0.15, 0.3

Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """A question's states, the page's, and the places of the sentences that answer."""

    question: Floats
    title: Floats
    sentences: Sequence[Floats]
    answers: frozenset[int]


def main(
    data: Annotated[Path, typer.Option(help="Folder of pages with questions, as .jsonl files.")],
    output: Annotated[Path, typer.Option(help="Folder for the network.")],
    epochs: Annotated[int, typer.Option(min=1)] = 7,
    learning_rate: Annotated[float, typer.Option(min=0)] = 1e-3,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Train the network that tells which sentence answers; the last line is what it was measured at."""
    began = time.monotonic()

    def say(words: str) -> None:
        typer.echo(f"[{time.monotonic() - began:4.0f} s] {words}", err=True)

    try:
        train, test = _read(data, say)
    except (NotConfigured, OSError, ValueError, KeyError) as error:
        typer.echo(f"{data}: {error}", err=True)
        raise typer.Exit(1) from None
    network = learned(train, epochs, learning_rate, seed, say, test)
    save(network, output)
    typer.echo(json.dumps(vars(worth(network, test))))


def learned(
    train: Sequence[Asked], epochs: int, learning_rate: float, seed: int, say: Say, test: Sequence[Asked]
) -> Network:
    """The network after so many epochs; of each it is told what it is worth on the test."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311  (not for secrets)
    network = Network(Settings())
    optimizer = torch.optim.AdamW(network.parameters(), learning_rate, weight_decay=_WEIGHT_DECAY)
    steps = epochs * -(-len(train) // _AT_ONCE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, steps, pct_start=0.1)
    for epoch in range(1, epochs + 1):
        network.train()
        total = 0.0
        for batch in _batches(train, chance):
            asked = [_varied(each, train, chance) for each in batch]
            lost = _loss(_odds(network, asked), asked)
            optimizer.zero_grad()
            lost.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(lost.detach()) * len(asked)
        say(f"epoch {epoch} of {epochs}: loss {total / len(train):.3f}; {worth(network.eval(), test)}")
    return network.eval()


def worth(network: Network, test: Sequence[Asked]) -> Judged:
    """What the network is worth on questions about pages that it has not seen."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(test), _AT_ONCE):
            asked = test[start : start + _AT_ONCE]
            for each, odds in zip(asked, _odds(network, asked).numpy(), strict=True):
                found.append((odds[: len(each.sentences)], each.answers))
    return judged(found)


def _odds(network: Network, asked: Sequence[Asked]) -> Tensor:
    made = arrays([[each.question, each.title, *each.sentences] for each in asked])
    states = torch.from_numpy(made.states)
    states = states.view(*states.shape[:2], -1, network.settings.hidden)
    return network.reading(  # type: ignore[no-any-return]
        network.small(states), torch.from_numpy(made.parts), torch.from_numpy(made.spans)
    )


def _loss(odds: Tensor, asked: Sequence[Asked]) -> Tensor:
    """Of the probability of any sentence that answers, or of none of them where none does."""
    there = torch.tensor(
        [[at < len(each.sentences) for at in range(odds.shape[1])] for each in asked], dtype=torch.bool
    )
    odds = odds.masked_fill(~there, -1e4)
    shares = torch.cat([torch.zeros_like(odds[:, :1]), odds], 1).log_softmax(1)
    right = [[at + 1 for at in each.answers] or [0] for each in asked]
    return -torch.stack([shares[row, places].logsumexp(0) for row, places in enumerate(right)]).mean()


def _batches(train: Sequence[Asked], chance: random.Random) -> Iterator[list[Asked]]:
    """All, in batches of pages of like length."""
    length = {id(each): sum(map(len, each.sentences)) + chance.random() * 60 for each in train}
    order = sorted(train, key=lambda each: length[id(each)])
    starts = list(range(0, len(order), _AT_ONCE))
    chance.shuffle(starts)
    for start in starts:
        yield order[start : start + _AT_ONCE]


def _varied(asked: Asked, others: Sequence[Asked], chance: random.Random) -> Asked:
    """The question with another page, or with some of its page's sentences, in any order."""
    roll = chance.random()
    if roll < _ANOTHER:
        other = chance.choice(others)
        if other.title is not asked.title:
            return Asked(asked.question, other.title, other.sentences, frozenset())
    places = list(range(len(asked.sentences)))
    chance.shuffle(places)
    if roll < _ANOTHER + _TAKEN_AWAY:
        places = [at for at in places if at not in asked.answers]
    elif roll < _ANOTHER + _TAKEN_AWAY + _SOME:
        places = places[: chance.randint(2, len(places))]
    answers = frozenset(new for new, old in enumerate(places) if old in asked.answers)
    return Asked(asked.question, asked.title, [asked.sentences[at] for at in places], answers)


def _read(folder: Path, say: Say) -> tuple[list[Asked], list[Asked]]:
    """What to train on and what to test with."""
    model = default_embedding()
    if model.id != E5:
        raise NotConfigured(f"the network reads the states of {E5}, and EMBEDDING_ID is {model.id}")
    states = _states(model)
    train: list[Asked] = []
    test: list[Asked] = []
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise ValueError("no .jsonl file in it")
    for number, file in enumerate(files, 1):
        lines = file.read_text(encoding="utf-8").splitlines()
        for place, line in enumerate(lines):
            page = json.loads(line)
            sentences = tuple(page["sentences"])
            told = states.told([Page(each["q"], page["title"], sentences) for each in page["questions"]])
            asked = [
                Asked(question, title, texts, frozenset(each["a"]))
                for (question, title, *texts), each in zip(told, page["questions"], strict=True)
            ]
            (test if place == len(lines) - 1 else train).extend(asked)
        say(f"read {number} of {len(files)} files")
    return train, test


def _states(model: EmbeddingModel) -> States:
    source = encoder_files(model, "gpu")  # as transformers loads it; the device does not matter
    layers = Settings().layers
    read = reading(source)
    encoder = Encoder(source, layers)

    def encode(ids: Ids, mask: Ids) -> Floats:
        with torch.inference_mode():
            states: Floats = encoder(torch.from_numpy(ids), torch.from_numpy(mask)).flatten(2).numpy()
        return states

    return States(Encoding(read.tokenizer, longest=read.longest, padding=read.padding), encode, _KEPT)


if __name__ == "__main__":
    typer.run(main)
