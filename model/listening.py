"""The socket on which the server listens, with what the connections it accepts take over from it."""

from __future__ import annotations

import socket

UNREAD_SECONDS = 30


def listening(host: str, port: int, *, unread_seconds: int = UNREAD_SECONDS) -> socket.socket:
    """Raises OSError if the address cannot be had.

    Args:
        port: 0 takes a free one.
        unread_seconds: a client that takes nothing for so long, while something waits for it, is dropped
            (by Linux; elsewhere it is kept).
    """
    made = socket.create_server((host, port))
    # asyncio does this only for sockets it made itself; without it every answer waits 40 ms for an ACK.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Left to itself the kernel keeps asking a client whose buffer is full for ever.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_seconds * 1000)
    return made
