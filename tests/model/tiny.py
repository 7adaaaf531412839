"""A Llama of two narrow layers with random weights that reads bytes, and rows to train it on."""

from __future__ import annotations

import json
from pathlib import Path

_TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message.role }}\n{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def byte_tokens(text: str) -> list[int]:
    """The tokens of printable ASCII."""
    from tokenizers import pre_tokenizers

    symbols = sorted(pre_tokenizers.ByteLevel.alphabet())
    return [symbols.index("Ġ" if symbol == " " else symbol) for symbol in text]


def tiny_tokenizer(folder: Path) -> Path:
    """Writes a tokenizer whose tokens are bytes, with a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    symbols = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({symbol: at for at, symbol in enumerate(symbols)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|start|>",
        eos_token="<|end|>",
        pad_token="<|end|>",
        chat_template=_TEMPLATE,
    )
    wrapped.save_pretrained(folder)
    return folder


def tiny_llama(folder: Path) -> Path:
    """Writes it as save_pretrained does."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    wrapped = AutoTokenizer.from_pretrained(tiny_tokenizer(folder))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(wrapped),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=wrapped.bos_token_id,
        eos_token_id=wrapped.eos_token_id,
        pad_token_id=wrapped.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def row_lines(count: int) -> list[str]:
    """Rows of three families, which differ in their instruction."""
    return [
        json.dumps(
            {
                "task": f"task-{number % 3}",
                "messages": [
                    {
                        "role": "system",
                        "content": f"Instruction {number % 3}: say how much it holds, in full.",
                    },
                    {"role": "user", "content": f"Mug {number}; Capacity: {number * 37} ml"},
                    {"role": "assistant", "content": f"Mug {number} holds {number * 37} ml."},
                ],
            }
        )
        for number in range(count)
    ]
