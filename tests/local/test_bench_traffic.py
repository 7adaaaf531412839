"""What the benchmark asks, when, and how it times the answers; against a server that does as told."""

from __future__ import annotations

import itertools
import json
import statistics

import pytest

from local.benchmarks.model_speed import workload
from local.benchmarks.model_speed.requests import Target, ask_chat, ask_embeddings
from local.benchmarks.model_speed.stream import Piece, StreamError, pieces
from local.benchmarks.model_speed.summary import row_of
from local.benchmarks.model_speed.traffic import arrivals, as_they_arrive, from_clients
from local.benchmarks.model_speed.workload import DECK, Chat, chats, titles
from tests.local.told_server import told_server

CHAT = Chat((("user", "Hello"),), 5)


def _events(*events: object) -> list[bytes]:
    lines = [b": a comment"]
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        lines += [f"data: {data}\r\n".encode(), b"\r\n"]
    return lines


def test_a_stream_gives_text_end_and_usage():
    stream = _events(
        {"choices": [{"delta": {"role": "assistant", "content": None}, "finish_reason": None}]},
        {"choices": [{"delta": {"content": "水"}, "finish_reason": None}], "usage": None},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1}},
        "[DONE]",
        {"choices": [{"delta": {"content": "after the end"}}]},
    )
    assert list(pieces(stream)) == [
        Piece(),
        Piece(text="水"),
        Piece(finish_reason="stop"),
        Piece(prompt_tokens=9, completion_tokens=1),
    ]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (_events({"choices": []}), r"without \[DONE\]"),
        (_events("{half"), "not JSON"),
        (_events({"error": {"message": "out of memory"}}), "out of memory"),
    ],
)
def test_a_stream_that_breaks_is_told(stream, message):
    with pytest.raises(StreamError, match=message):
        list(pieces(stream))


def test_first_token_and_gaps_are_timed_apart():
    with told_server(first=0.2, between=0.03) as told:
        outcome = ask_chat(Target(told.url), CHAT)
    assert (outcome.failure, outcome.text, outcome.finish_reason) == ("", " w0 w1 w2 w3 w4", "length")
    assert (outcome.prompt_tokens, outcome.tokens) == (7, 5)
    assert 0.2 <= outcome.first - outcome.start < 0.2 + 0.15
    assert len(outcome.gaps) == 4
    assert statistics.median(outcome.gaps) == pytest.approx(0.03, abs=0.02)
    [body] = told.bodies
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    assert "ignore_eos" not in body


def test_an_exact_length_is_forced_only_where_the_server_understands_it():
    with told_server() as told:
        ask_chat(Target(told.url, forces_length=True), CHAT)
        ask_chat(Target(told.url, forces_length=True), CHAT.of_exactly(3))
        ask_chat(Target(told.url), CHAT.of_exactly(3))
    assert [body.get("ignore_eos") for body in told.bodies] == [None, True, None]
    assert [body["max_tokens"] for body in told.bodies] == [5, 3, 3]


def test_failures_are_outcomes():
    with told_server(refuse=True) as told:
        refused = [ask_chat(Target(told.url), CHAT), ask_embeddings(Target(told.url), ["a"])]
        url = told.url
    gone = ask_chat(Target(url), CHAT)
    with told_server(break_off=True) as told:
        broken = ask_chat(Target(told.url), CHAT)
    assert all("status 429" in outcome.failure and "queue is full" in outcome.failure for outcome in refused)
    assert "refused" in gone.failure
    assert "without [DONE]" in broken.failure
    row = row_of([*refused, gone, broken])
    assert (row["requests"], row["failed"], row["tokens"], row["ttft"]) == (4, 4, 0, [])


def test_clients_wait_for_their_answers_and_there_are_no_more_of_them():
    with told_server(first=0.05) as told:
        outcomes = from_clients(3, [CHAT] * 9, lambda chat: ask_chat(Target(told.url), chat))
    assert told.at_once == 3
    assert [outcome.failure for outcome in outcomes] == [""] * 9
    assert sum(outcome.opening for outcome in outcomes) == 3
    assert len(row_of(outcomes)["ttft"]) == 6


def test_arrivals_wait_for_no_answer():
    """Thirty requests within half a second to a server that takes a whole second for each."""
    times = [number / 60 for number in range(30)]
    with told_server(first=1.0) as told:
        target = Target(told.url)
        outcomes = as_they_arrive(times, [CHAT] * 30, lambda chat, due: ask_chat(target, chat, due))
    assert told.at_once == 30
    assert max(told.times) - min(told.times) < 0.95, "the last came before the first was answered"
    assert [outcome.failure for outcome in outcomes] == [""] * 30
    starts = [outcome.start - outcomes[0].start for outcome in outcomes]
    assert starts == pytest.approx(times, abs=1e-6), "due as planned, whenever they left"
    assert all(outcome.sent >= outcome.start for outcome in outcomes)


def test_waiting_counts_from_when_a_request_was_due():
    with told_server() as told:
        due = ask_chat(Target(told.url), CHAT).start - 5
        late = ask_chat(Target(told.url), CHAT, due)
    row = row_of([late])
    assert row["ttft"][0] > 5
    assert row["sent_late_max"] > 5


def test_arrivals_are_a_poisson_process_of_the_rate():
    times = arrivals(20, 200, "a")
    gaps = [later - earlier for earlier, later in itertools.pairwise([0.0, *times])]
    assert times == sorted(times)
    assert max(times) < 200
    # Four standard deviations of 4000 draws; gaps of an exponential spread as much as their mean.
    assert len(times) == pytest.approx(4000, abs=4 * 4000**0.5)
    assert statistics.mean(gaps) == pytest.approx(1 / 20, rel=0.07)
    assert statistics.stdev(gaps) == pytest.approx(1 / 20, rel=0.1)
    assert arrivals(20, 200, "a") == times
    assert arrivals(20, 200, "b") != times


def test_chats_differ_but_for_the_system_message_and_come_in_the_same_mix():
    first, second = chats(4 * DECK, "a"), chats(4 * DECK, "b")
    assert chats(4 * DECK, "a") == first
    for start in range(0, 4 * DECK, DECK):
        lengths = sorted(chat.max_tokens for chat in first[start : start + DECK])
        assert lengths == sorted(workload.TOKENS_TO_WRITE)
    assert {chat.messages[0] for chat in first + second} == {("system", workload.SYSTEM)}
    # "Case 123456" in one of the first tokens: no longer beginning is shared.
    openings = [chat.messages[1][1][:11] for chat in first + second]
    assert len(set(openings)) == len(openings)
    sizes = [len(chat.messages[1][1]) for chat in first]
    assert max(sizes) > 2.5 * min(sizes)


def test_titles_are_all_different_and_in_two_languages():
    made = titles(200, "a")
    assert len(set(made)) == 200
    chinese = [any("一" <= character <= "鿿" for character in title) for title in made]
    assert 60 <= sum(chinese) <= 100
