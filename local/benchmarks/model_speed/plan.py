"""How much is measured: enough in under twelve minutes on two cores, or a first look in under two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Counts of requests are multiples of workload.DECK, so that every engine gets the same mix of lengths.

    Attributes:
        name: full or quick.
        repeats: rounds; in each, every engine is started, measured and stopped before the next.
        server, llamacpp: chats for each number of clients.
        static, onnxruntime: chats for the static batches of transformers and of ONNX Runtime.
        openvino: chats for OpenVINO called directly.
        pipeline: chats one at a time.
        shares: arrival rates of the open loop, as shares of the requests/s at eight clients.
        open_seconds: how long requests arrive at each rate.
        titles: for each number of clients that send one title at a time.
        bulk: texts a request, requests, clients.
        likeness: chats and tokens to compare texts by.
    """

    name: str
    repeats: int
    server: dict[int, int]
    llamacpp: dict[int, int]
    pipeline: int
    static: int
    onnxruntime: int
    openvino: int
    shares: tuple[float, ...]
    open_seconds: float
    titles: dict[int, int]
    bulk: tuple[int, int, int]
    likeness: tuple[int, int]


FULL = Plan(
    name="full",
    repeats=3,
    server={1: 8, 4: 24, 8: 48, 16: 64},
    llamacpp={1: 8, 4: 16, 8: 24, 16: 32},
    pipeline=8,
    static=16,
    onnxruntime=16,
    openvino=48,
    shares=(0.25, 0.5, 0.75),
    open_seconds=12,
    titles={1: 100, 4: 200, 8: 300, 16: 400},
    bulk=(64, 12, 2),
    likeness=(6, 48),
)
QUICK = Plan(
    name="quick",
    repeats=1,
    server={1: 8, 4: 16, 8: 24, 16: 32},
    llamacpp={1: 8, 8: 16},
    pipeline=8,
    static=8,
    onnxruntime=8,
    openvino=24,
    shares=(0.5,),
    open_seconds=8,
    titles={1: 60, 8: 120},
    bulk=(64, 4, 2),
    likeness=(3, 32),
)


@dataclass(frozen=True)
class CardPlan:
    """On a GPU: long answers to short prompts for decode, long prompts with one token for prefill."""

    clients: tuple[int, ...] = (1, 8, 16, 32)
    decode_tokens: int = 256
    decode_chats_per_client: int = 3
    prompt_products: int = 20
    prompt_chats: int = 64
    prompt_clients: int = 16
