"""AWS's event-stream frames, as InvokeEndpointWithResponseStream sends them and botocore reads them.

A frame is: total length, length of the headers, CRC32 of these eight bytes; the headers; the payload; CRC32
of all before. Numbers are big-endian, 32 bits. A header is its name's length (8 bits), the name, 7 (a
string), the value's length (16 bits), the value.
Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import AsyncIterable, AsyncIterator

_STRING = 7


def payload_part(payload: bytes) -> bytes:
    """A piece of the model's answer."""
    return _frame(
        {
            ":event-type": "PayloadPart",
            ":content-type": "application/octet-stream",
            ":message-type": "event",
        },
        payload,
    )


def model_stream_error(message: str, code: str) -> bytes:
    """What ends a stream that failed on its way."""
    return _frame(
        {
            ":exception-type": "ModelStreamError",
            ":content-type": "application/json",
            ":message-type": "exception",
        },
        json.dumps({"Message": message, "ErrorCode": code}).encode(),
    )


async def payload_parts(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Each piece in a frame of its own."""
    async for piece in pieces:
        yield payload_part(piece)


def _frame(headers: dict[str, str], payload: bytes) -> bytes:
    coded = b"".join(
        struct.pack(f">B{len(name)}sBH", len(name), name.encode(), _STRING, len(value)) + value.encode()
        for name, value in headers.items()
    )
    total = 12 + len(coded) + len(payload) + 4
    prelude = struct.pack(">II", total, len(coded))
    frame = prelude + struct.pack(">I", zlib.crc32(prelude)) + coded + payload
    return frame + struct.pack(">I", zlib.crc32(frame))
