"""One text model: chats to sequences in its batch, and back to text, in time or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from .admission import Admission, Demand, Pace
from .contract import ChatRequest
from .engines import FinishReason, Sampling, Step
from .engines.worker import Engine, EngineLost, EngineRefused, Outcome, Writing
from .metrics import Metrics
from .tokens import ChatTokenizer, RequestRefused, TextStream

_SEEDS = 2**31


class DeadlinePassed(Exception):
    """The caller no longer waits; what was written so far is thrown away."""


@dataclass(frozen=True)
class Logprob:
    """A token as text and the natural logarithm of its probability."""

    token: str
    logprob: float


@dataclass(frozen=True)
class Piece:
    """What came next of candidate `index`. `tokens` counts those behind it, an end token too."""

    index: int
    text: str
    tokens: int
    logprobs: list[Logprob]
    finish_reason: FinishReason | None


class ChatModel:
    """A chat model under its id. Used from one event loop."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        tokenizer: ChatTokenizer,
        metrics: Metrics,
        *,
        context: int,
        places: int,
        waiting: int,
    ) -> None:
        """
        Args:
            name: the id that requests and answers carry.
            engine: writes; its tokens are the tokenizer's.
            context: tokens that prompt and answers of one request may take together.
            places: sequences written at once.
            waiting: requests that may wait.
        """
        self.name = name
        self.engine = engine
        self.admission = Admission(places, context, waiting)
        self._tokenizer = tokenizer
        self._context = context
        self._pace = Pace()
        self._metrics = metrics

    def prompt(self, request: ChatRequest) -> list[int]:
        """The request's prompt in tokens. Raises RequestRefused, also if prompt and answers are too long."""
        prompt = self._tokenizer.prompt(request.messages)
        answers = _answer_tokens(request)
        if len(prompt) + answers > self._context:
            raise RequestRefused(
                f"the prompt's {len(prompt)} tokens and {answers} to write "
                f"exceed the limit of {self._context}",
                "messages",
            )
        return prompt

    async def write(
        self, request: ChatRequest, prompt: Sequence[int], deadline: float
    ) -> AsyncGenerator[Piece]:
        """The pieces of all candidates as they come. Closed early, it frees its place in the batch.

        The text is written whether or not the pieces are taken: they wait (max_tokens bounds them), and the
        place in the batch does not.

        Args:
            prompt: from `prompt`.
            deadline: on the monotonic clock; math.inf for none.

        Raises:
            Busy: there is no room, or no time.
            DeadlinePassed: it came while the answer was being written.
            EngineLost: the engine ended meanwhile.
            RequestRefused: the engine cannot hold a text to the schema.
        """
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue()  # None is the end
        writing = asyncio.create_task(self._write(request, prompt, deadline, pieces.put_nowait))
        writing.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await writing  # raises what ended it
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(
        self,
        request: ChatRequest,
        prompt: Sequence[int],
        deadline: float,
        give: Callable[[Piece], None],
    ) -> None:
        made = _computed(request)
        cells = len(prompt) + _answer_tokens(request)
        demand = Demand(made, cells, self._pace.expected(len(prompt), request.max_tokens), deadline)
        async with self.admission.held(demand):
            self._metrics.running("text", self.admission.sequences)
            try:
                async with aclosing(self._pieces(request, prompt, made, deadline)) as pieces:
                    async for piece in pieces:
                        # Greedy candidates are all the same text.
                        for index in range(request.n) if made < request.n else [piece.index]:
                            give(Piece(index, piece.text, piece.tokens, piece.logprobs, piece.finish_reason))
            except EngineLost:
                self.admission.shed()
                raise
            self.admission.recover()

    async def _pieces(
        self, request: ChatRequest, prompt: Sequence[int], made: int, deadline: float
    ) -> AsyncGenerator[Piece]:
        loop = asyncio.get_running_loop()
        steps: asyncio.Queue[tuple[int, Outcome]] = asyncio.Queue()

        def deliver(index: int, step: Outcome) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, (index, step))

        streams = {index: self._tokenizer.stream(request.stop) for index in range(made)}
        clock = _Clock(len(prompt), request.max_tokens)
        key = self.engine.start(Writing(prompt, made, request.max_tokens, _sampling(request)), deliver)
        try:
            while streams:
                left = deadline - monotonic()
                try:
                    index, step = await asyncio.wait_for(steps.get(), None if left > 1e6 else max(0, left))
                except TimeoutError:
                    raise DeadlinePassed from None
                if isinstance(step, EngineRefused):
                    raise RequestRefused(str(step), "response_format.json_schema.schema")
                if isinstance(step, EngineLost):
                    raise step
                if index not in streams:
                    continue  # it came after its stop text
                clock.tokens(index, len(step.tokens))
                piece = self._piece(index, step, streams[index], request.logprobs)
                if piece.finish_reason:
                    del streams[index]
                    clock.ended(index, self._pace, self._metrics)
                if piece.text or piece.finish_reason:
                    yield piece
        finally:
            self.engine.cancel(key)

    def _piece(self, index: int, step: Step, stream: TextStream, wanted: bool) -> Piece:
        text = stream.feed(step.tokens)
        finished: FinishReason | None = "stop" if stream.stopped else step.finish_reason
        if finished:
            text += stream.rest()
        logprobs = [
            Logprob(self._tokenizer.token_text(token), logprob)
            for token, logprob in (zip(step.tokens, step.logprobs, strict=True) if wanted else ())
            if not self._tokenizer.is_control(token)
        ]
        return Piece(index, text, len(step.tokens), logprobs, finished)


class _Clock:
    """When the tokens of one request came."""

    def __init__(self, prompt: int, asked: int) -> None:
        self._prompt = prompt
        self._asked = asked
        self._start = monotonic()
        self._first: dict[int, float] = {}
        self._tokens: dict[int, int] = {}

    def tokens(self, index: int, count: int) -> None:
        self._first.setdefault(index, monotonic())
        self._tokens[index] = self._tokens.get(index, 0) + count

    def ended(self, index: int, pace: Pace, metrics: Metrics) -> None:
        first, tokens = self._first[index], max(1, self._tokens[index])
        end = monotonic()
        pace.learn(self._prompt, first - self._start, tokens, end - self._start, self._asked)
        if index == 0:
            metrics.first_token(first - self._start)
        if tokens > 1:
            metrics.token((end - first) / (tokens - 1))


def _computed(request: ChatRequest) -> int:
    """How many candidates are computed: greedy ones are all the same text."""
    return 1 if request.temperature == 0 else request.n


def _answer_tokens(request: ChatRequest) -> int:
    """The most tokens that all computed candidates take together."""
    return _computed(request) * request.max_tokens


def _sampling(request: ChatRequest) -> Sampling:
    schema = request.text_schema
    return Sampling(
        request.temperature,
        request.top_p,
        None if request.seed is None else request.seed % _SEEDS,
        None if schema is None else json.dumps(schema),
        request.logprobs,
    )
