"""AWS's event-stream frames, read back by the reader that boto3's callers have."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from botocore.eventstream import EventStreamBuffer, EventStreamMessage

from model.eventstream import model_stream_error, payload_part, payload_parts


def _read(frames: bytes, piece: int | None = None) -> list[EventStreamMessage]:
    """botocore checks both checksums of a frame; it gets `piece` bytes at a time, as from a socket."""
    buffer = EventStreamBuffer()
    messages: list[EventStreamMessage] = []
    step = piece or max(1, len(frames))
    for start in range(0, len(frames), step):
        buffer.add_data(frames[start : start + step])
        messages += buffer
    return messages


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 1000, 65_535, 65_536, 1 << 20])
def test_a_payload_of_any_size_comes_back(size: int) -> None:
    payload = (bytes(range(256)) * (size // 256 + 1))[:size]
    (message,) = _read(payload_part(payload))
    assert message.payload == payload
    assert message.headers == {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }


def test_frames_that_arrive_byte_by_byte_are_the_same() -> None:
    frames = payload_part("你好".encode()) + payload_part(b"") + payload_part(b"data: [DONE]\n\n")
    assert [message.payload for message in _read(frames, piece=1)] == [
        "你好".encode(),
        b"",
        b"data: [DONE]\n\n",
    ]


def test_a_failure_on_the_way_is_an_exception_to_the_reader() -> None:
    (message,) = _read(model_stream_error("the engine 重新 starts", "engine_lost"))
    told = message.to_response_dict()
    assert (told["status_code"], message.headers[":message-type"]) == (400, "exception")
    assert message.headers[":exception-type"] == "ModelStreamError"
    assert json.loads(told["body"]) == {"Message": "the engine 重新 starts", "ErrorCode": "engine_lost"}


def test_each_piece_gets_a_frame_of_its_own() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async def frames() -> list[bytes]:
        return [frame async for frame in payload_parts(pieces())]

    made = asyncio.run(frames())
    assert [message.payload for frame in made for message in _read(frame)] == [b"one", b"two"]
    assert len(made) == 2
