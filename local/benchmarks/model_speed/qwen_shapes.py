"""``python -m local.benchmarks.model_speed.qwen_shapes 0.6b FOLDER``: random weights in the shape of a Qwen3.

Speed does not depend on what the weights are, so a GPU can be measured where no such model can be had. The
tokenizer is that of the default model. Rows of the head that it has no token for, and those of tokens that
show no text by themselves, are zero: every token written can be seen, and answers run to their full length.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from local.benchmarks.model_speed.transformers_peer import folder_of
from local.benchmarks.model_speed.weights import text_source


class Size(StrEnum):
    """Which Qwen3; `tiny` is for trying this command."""

    TINY = "tiny"
    SMALL = "0.6b"
    MIDDLE = "4b"


# hidden, layers, heads, key-value heads, feed-forward, head, vocabulary: from the models' config.json.
_SHAPES = {
    Size.TINY: (64, 2, 4, 2, 128, 16, 49_664),
    Size.SMALL: (1024, 28, 16, 8, 3072, 128, 151_936),
    Size.MIDDLE: (2560, 36, 32, 8, 9728, 128, 151_936),
}


def main(
    size: Annotated[Size, typer.Argument(help="Whose shape.")],
    folder: Annotated[Path, typer.Argument(help="Is made; must not be there yet.")],
    tokenizer: Annotated[
        str, typer.Option(help="Folder or GGUF file to take the tokenizer from; the default model's if none.")
    ] = "",
) -> None:
    """Write a model folder (bf16 safetensors, tokenizer, chat template) with random weights."""
    if folder.exists():
        typer.echo(f"{folder} is there already; name another folder", err=True)
        raise typer.Exit(1)
    weights = write(size, folder, folder_of(tokenizer or text_source()))
    typer.echo(f"{folder}: {weights / 1e9:.3f} billion random weights in the shape of Qwen3 {size.value}")


def write(size: Size, folder: Path, tokenizer_folder: Path) -> int:
    """Writes the folder; returns the number of weights."""
    import torch
    from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    hidden, layers, heads, key_value_heads, feed_forward, head, vocabulary = _SHAPES[size]
    config = Qwen3Config(
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=key_value_heads,
        intermediate_size=feed_forward,
        head_dim=head,
        vocab_size=vocabulary,
        max_position_embeddings=40_960,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype="bfloat16",
    )
    torch.manual_seed(0)
    model: Any = Qwen3ForCausalLM(config).to(torch.bfloat16)
    with torch.no_grad():
        rows = model.get_input_embeddings().weight
        rows[len(tokenizer) :] = 0
        rows[_no_text(tokenizer)] = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder, save_jinja_files=False)
    return int(model.num_parameters())


def _no_text(tokenizer: Any) -> list[int]:
    """Control tokens, blanks, and parts of characters: a stream of them would show nothing."""
    texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
    hidden = {token for token, text in enumerate(texts) if not text.strip() or "\ufffd" in text}
    return sorted(hidden | set(tokenizer.all_special_ids))


if __name__ == "__main__":
    typer.run(main)
