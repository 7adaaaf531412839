"""One text model over told engines: what its pieces are, what ends them, and that the place is free then."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest

from model.admission import Demand
from model.contract import ChatRequest
from model.engines import Step
from model.engines.worker import EngineLost, EngineRefused, Outcome, Writing
from model.metrics import Metrics
from model.tokens import ChatTokenizer, RequestRefused
from model.writing import ChatModel, DeadlinePassed, Piece
from tests.model.engines import END, Say, Script, ToldEngine, part, told_model, told_tokenizer, yes


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    return told_tokenizer(tmp_path_factory.mktemp("tokenizer"))


Make = Callable[..., tuple[ChatModel, ToldEngine]]


@pytest.fixture
def make(tokenizer: ChatTokenizer) -> Make:
    def made(script: Script = yes, places: int = 4) -> tuple[ChatModel, ToldEngine]:
        engine = ToldEngine(script)
        return told_model("writer", engine, tokenizer, Metrics(), places=places), engine

    return made


def _says(*words: str) -> Script:
    """One sequence of these words, a step each; the last step is its end."""

    def script(_: Writing, say: Say) -> None:
        for word in words:
            say(0, part(word))
        say(0, END)

    return script


def _fails(outcome: Outcome) -> Script:
    """A word of a sequence, and then what ends it all."""

    def script(_: Writing, say: Say) -> None:
        say(0, part("tea"))
        say(-1, outcome)  # type: ignore[arg-type]

    return script


def _request(**options: Any) -> ChatRequest:
    return ChatRequest.model_validate({"messages": [{"role": "user", "content": "tea"}], **options})


async def _written(model: ChatModel, deadline: float = math.inf, **options: Any) -> list[Piece]:
    request = _request(**options)
    async with aclosing(model.write(request, model.prompt(request), deadline)) as pieces:
        return [piece async for piece in pieces]


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(20):
            return await work

    return asyncio.run(bounded())


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


def _free(model: ChatModel, engine: ToldEngine) -> bool:
    return model.admission.sequences == 0 and engine.running == 0


def test_what_may_be_the_beginning_of_a_stop_text_waits(make: Make) -> None:
    model, _ = make(_says("one th", "r", "ead, two th", "ree four"))
    pieces = _run(_written(model, stop="three"))
    assert [piece.text for piece in pieces] == ["one ", "thread, two ", ""]
    assert [piece.finish_reason for piece in pieces] == [None, None, "stop"]


def test_what_waited_is_given_at_the_end(make: Make) -> None:
    model, _ = make(_says("one thr"))
    pieces = _run(_written(model, stop="three"))
    assert [piece.text for piece in pieces] == ["one ", "thr"]


def test_what_comes_after_the_stop_text_is_not_counted(make: Make) -> None:
    def script(_: Writing, say: Say) -> None:
        for word in ("a.", "b", "c"):
            say(0, part(word))
        say(1, part("d"))
        say(1, END)

    model, engine = make(script)
    pieces = _run(_written(model, n=2, stop="."))
    assert [(piece.index, piece.text, piece.tokens) for piece in pieces] == [
        (0, "a", 2),
        (1, "d", 1),
        (1, "", 0),
    ]
    assert _free(model, engine)


def test_greedy_candidates_are_computed_once_and_given_to_each(make: Make) -> None:
    model, engine = make(_says("yes"))
    pieces = _run(_written(model, n=3, temperature=0))
    assert [writing.n for writing in engine.asked] == [1]
    assert [(piece.index, piece.text) for piece in pieces] == [
        *((index, "yes") for index in range(3)),
        *((index, "") for index in range(3)),
    ]


def test_greedy_candidates_need_the_room_of_one(make: Make) -> None:
    model, _ = make(_says("yes"))
    assert model.prompt(_request(n=16, temperature=0, max_tokens=1000))
    with pytest.raises(RequestRefused, match="16000 to write exceed the limit of 4096"):
        model.prompt(_request(n=16, max_tokens=1000))


def test_logprobs_are_given_where_wanted_and_not_of_markers(make: Make, tokenizer: ChatTokenizer) -> None:
    end = next(token for token in range(1000) if tokenizer.is_control(token))

    def script(_: Writing, say: Say) -> None:
        say(0, part("ok"))
        say(0, Step([end], [-0.1], "stop"))

    model, _ = make(script)
    pieces = _run(_written(model, logprobs=True))
    assert [(one.token, one.logprob) for piece in pieces for one in piece.logprobs] == [
        ("o", -0.5),
        ("k", -0.5),
    ]
    assert sum(piece.tokens for piece in pieces) == 3
    assert not any(piece.logprobs for piece in _run(_written(model)))


def test_a_deadline_that_comes_meanwhile_ends_it(make: Make) -> None:
    def stall(_: Writing, say: Say) -> None:
        say(0, part("I "))

    model, engine = make(stall)
    with pytest.raises(DeadlinePassed):
        _run(_written(model, time.monotonic() + 0.1))
    assert len(engine.asked) == 1
    assert _free(model, engine)


def test_a_schema_that_the_engine_cannot_keep_is_refused_by_its_field(make: Make) -> None:
    model, engine = make(_fails(EngineRefused("too deep")))
    with pytest.raises(RequestRefused, match="too deep") as refused:
        _run(_written(model))
    assert refused.value.field == "response_format.json_schema.schema"
    assert _free(model, engine)


def test_after_a_loss_fewer_run_at_once_and_one_more_after_each_success(make: Make) -> None:
    model, engine = make(_fails(EngineLost()), places=4)

    async def at_once() -> int:
        """How many of four are let in."""
        holding = [asyncio.create_task(_hold(model)) for _ in range(4)]
        await asyncio.sleep(0.01)
        count = model.admission.sequences
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        return count

    async def lose_and_recover() -> list[int]:
        counts = [await at_once()]
        with pytest.raises(EngineLost):
            await _written(model)
        counts.append(await at_once())
        engine.script = yes
        await _written(model)
        return [*counts, await at_once()]

    assert _run(lose_and_recover()) == [4, 2, 3]
    assert _free(model, engine)


async def _hold(model: ChatModel) -> None:
    async with model.admission.held(Demand(1, 1, 1.0)):
        await asyncio.sleep(10)


def test_closed_early_it_leaves_the_batch(make: Make) -> None:
    def endless(_: Writing, say: Say) -> None:
        say(0, part("and "))

    model, engine = make(endless)

    async def close_early() -> None:
        request = _request()
        async with aclosing(model.write(request, model.prompt(request), math.inf)) as pieces:
            assert (await anext(pieces)).text == "and "
            assert (model.admission.sequences, engine.running) == (1, 1)

    _run(close_early())
    assert _free(model, engine)


def test_a_text_is_written_whether_or_not_anybody_takes_it(make: Make) -> None:
    model, engine = make(_says(*"abcdef"), places=1)

    async def stop_taking() -> str:
        request = _request()
        async with aclosing(model.write(request, model.prompt(request), math.inf)) as pieces:
            text = (await anext(pieces)).text
            await _until(lambda: _free(model, engine))
            assert len(await _written(model)) == 7
            return text + "".join([piece.text async for piece in pieces])

    assert _run(stop_taking()) == "abcdef"


def test_a_deadline_ends_it_though_nobody_takes_it(make: Make) -> None:
    def stall(_: Writing, say: Say) -> None:
        say(0, part("I "))

    model, engine = make(stall)

    async def stop_taking() -> None:
        request = _request()
        async with aclosing(model.write(request, model.prompt(request), time.monotonic() + 0.2)) as pieces:
            assert (await anext(pieces)).text == "I "
            await _until(lambda: _free(model, engine))
            with pytest.raises(DeadlinePassed):
                await anext(pieces)

    _run(stop_taking())
