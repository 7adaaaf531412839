"""ONNX Runtime GenAI called directly, no HTTP, in static batches.

Question: `source` (a folder that its builder made), `batch`, `chats` as [turns, tokens to write], and
`compared`, the turns of chats whose texts of up to `compared_tokens` are wanted too. A batch runs until its
longest answer is written; only the tokens asked for count. Continuous batching needs paged attention, which
the builder refuses for a processor.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Sequence

import numpy as np

from local.benchmarks.model_speed.processes import asked_of_job


def padded(prompts: Sequence[Sequence[int]], filler: int) -> np.ndarray:
    """Prompts as rows of one length, filled up on the right: its attention counts from the left."""
    longest = max(map(len, prompts))
    rows = [[*prompt, *[filler] * (longest - len(prompt))] for prompt in prompts]
    return np.array(rows, dtype=np.int32)


def until_end(tokens: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The tokens before the first that ends a text."""
    place = next((place for place, token in enumerate(tokens) if token in ends), len(tokens))
    return list(tokens[:place])


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    import onnxruntime_genai as og

    config = og.Config(asked["source"])
    # The machine is its alone while it is measured.
    spinning = {"session.intra_op.allow_spinning": "1"}
    config.overlay(json.dumps({"model": {"decoder": {"session_options": spinning}}}))
    model = og.Model(config)
    tokenizer = og.Tokenizer(model)

    def prompt(turns: list[dict[str, str]]) -> list[int]:
        text = tokenizer.apply_chat_template(json.dumps(turns), add_generation_prompt=True)
        return [int(token) for token in tokenizer.encode(text)]

    def write(prompts: list[list[int]], tokens: int, exactly: bool) -> list[list[int]]:
        batch = padded(prompts, tokenizer.pad_token_id)
        end = batch.shape[1] + tokens
        params = og.GeneratorParams(model)
        params.set_search_options(
            do_sample=False, batch_size=len(batch), max_length=end, min_length=end if exactly else 0
        )
        generator = og.Generator(model, params)
        generator.append_tokens(batch)
        while not generator.is_done():
            generator.generate_next_token()
        made = [[int(token) for token in generator.get_sequence(row)] for row in range(len(batch))]
        assert not exactly or all(len(row) == end for row in made)
        return [row[batch.shape[1] :] for row in made]

    size, chats = asked["batch"], [(prompt(turns), tokens) for turns, tokens in asked["chats"]]
    write([tokenizer.encode("a b c").tolist()], 4, exactly=True)
    began = time.perf_counter()
    for start in range(0, len(chats), size):
        some = chats[start : start + size]
        write([turns for turns, _ in some], max(tokens for _, tokens in some), exactly=True)
    seconds = time.perf_counter() - began
    tokens = sum(tokens for _, tokens in chats)
    texts = []
    if asked["compared"]:
        made = write([prompt(turns) for turns in asked["compared"]], asked["compared_tokens"], exactly=False)
        texts = [tokenizer.decode(until_end(row, tokenizer.eos_token_ids)) for row in made]
    packages = ("onnxruntime", "onnxruntime-genai")
    answer.write_text(
        json.dumps(
            {
                "requests": len(chats),
                "failed": 0,
                "seconds": seconds,
                "tokens": tokens,
                "tokens_per_s": tokens / seconds,
                "requests_per_s": len(chats) / seconds,
                "ttft": [],
                "per_token": [],
                "dtype": "int8 weights in blocks of 32",
                "texts": texts,
                "versions": {name: importlib.metadata.version(name) for name in packages},
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
