"""What a GPU can do at most, and how much of that a model's speed takes.

Writing a token reads every weight once a step, and each running sequence's keys and values: memory decides.
Reading a prompt multiplies by every weight for each token: arithmetic decides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

BYTES = 2  # of a bfloat16


@dataclass(frozen=True)
class Card:
    """Limits from the makers' data sheets: bytes/s of memory, bf16 FLOP/s without sparsity (T4: fp16)."""

    name: str
    bandwidth: float
    bf16: float


# The first whose words all stand in the driver's name for the card; so the special before the general.
_CARDS: tuple[tuple[tuple[str, ...], Card], ...] = (
    (("H200", "NVL"), Card("H200 NVL", 4.8e12, 835e12)),
    (("H200",), Card("H200", 4.8e12, 989e12)),
    (("H100", "PCIe"), Card("H100 PCIe", 2.0e12, 756e12)),
    (("H100", "NVL"), Card("H100 NVL", 3.9e12, 835e12)),
    (("H100",), Card("H100 SXM", 3.35e12, 989e12)),
    (("A100", "40GB"), Card("A100 40 GB", 1.555e12, 312e12)),
    (("A100", "PCIe"), Card("A100 80 GB PCIe", 1.935e12, 312e12)),
    (("A100",), Card("A100 80 GB SXM", 2.039e12, 312e12)),
    (("L40S",), Card("L40S", 864e9, 362e12)),
    (("L4",), Card("L4", 300e9, 121e12)),
    (("A10G",), Card("A10G", 600e9, 70e12)),
    (("T4",), Card("T4 (fp16)", 320e9, 65e12)),
)


def card(name: str) -> Card | None:
    """The card of that name as drivers write it ("NVIDIA H200", "Tesla T4"); None if it is not listed."""
    words = {word.lower() for word in name.replace("-", " ").split()}
    for wanted, found in _CARDS:
        if {word.lower() for word in wanted} <= words:
            return found
    return None


@dataclass(frozen=True)
class Shape:
    """The sizes of a Llama-like decoder (grouped attention, gated feed-forward), as its config.json says."""

    layers: int
    hidden: int
    heads: int
    key_value_heads: int
    head: int
    feed_forward: int
    vocabulary: int

    @classmethod
    def of(cls, folder: Path) -> Shape:
        """From the config.json in a model's folder."""
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        heads = config["num_attention_heads"]
        return cls(
            config["num_hidden_layers"],
            config["hidden_size"],
            heads,
            config.get("num_key_value_heads") or heads,
            config.get("head_dim") or config["hidden_size"] // heads,
            config["intermediate_size"],
            config["vocab_size"],
        )

    @property
    def layer_weights(self) -> int:
        """Weights of all layers' matrices, the embedding and the head left out."""
        queries, keys = self.heads * self.head, self.key_value_heads * self.head
        attention = 2 * self.hidden * queries + 2 * self.hidden * keys  # q and o, k and v
        return self.layers * (attention + 3 * self.hidden * self.feed_forward)

    @property
    def step_weights(self) -> int:
        """Weights that one step of writing reads: the layers and the head."""
        return self.layer_weights + self.vocabulary * self.hidden

    @property
    def cache_bytes_per_token(self) -> int:
        """Keys and values of one token in all layers."""
        return self.layers * 2 * self.key_value_heads * self.head * BYTES


def decode_bytes_per_s(shape: Shape, tokens_per_s: float, sequences: float, context: float) -> float:
    """Memory traffic of writing `tokens_per_s` in steps of `sequences` tokens, each with `context` behind it.

    The least there can be: weights once a step, each sequence's keys and values once a step.
    """
    steps = tokens_per_s / sequences
    return steps * (shape.step_weights * BYTES + sequences * context * shape.cache_bytes_per_token)


def prefill_flops(shape: Shape, prompt: float) -> float:
    """Floating-point operations to read a prompt of that many tokens: 2 per weight and token, and attention.

    Attention takes 4 per position, head dimension, query and earlier token: half of all pairs. The head is
    needed for the last token only and left out.
    """
    attention = 4 * shape.layers * shape.heads * shape.head * prompt * prompt / 2
    return 2 * shape.layer_weights * prompt + attention
