"""OpenVINO GenAI's continuous batching called directly, no HTTP: what the server's engine could do at best.

Question: `source` (a GGUF file that OpenVINO reads rightly), `at_once`, `chats` as [turns, tokens to write].
A chat joins the batch when another ends. Given all at once OpenVINO would write them all at once: where it
splits prompts, it does not keep to `max_num_seqs`.
"""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import Any

from local.benchmarks.model_speed.machine import has_bf16
from local.benchmarks.model_speed.processes import asked_of_job

_CACHE_GB = 1


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    import openvino_genai

    scheduling = openvino_genai.SchedulerConfig()
    scheduling.cache_size = _CACHE_GB
    scheduling.max_num_batched_tokens = 512
    scheduling.dynamic_split_fuse = True
    scheduling.enable_prefix_caching = True
    # In bfloat16, where the processor has it, the cache is exact and faster than the default eight bits.
    properties = {"KV_CACHE_PRECISION": "bf16"} if has_bf16() else {}
    pipe = openvino_genai.ContinuousBatchingPipeline(asked["source"], scheduling, "CPU", properties)
    tokenizer = pipe.get_tokenizer()
    at_once = asked["at_once"]

    def config(tokens: int) -> openvino_genai.GenerationConfig:
        wanted = openvino_genai.GenerationConfig()
        wanted.max_new_tokens = tokens
        wanted.ignore_eos = True
        wanted.do_sample = False
        return wanted

    def request(number: int, turns: list[dict[str, str]], tokens: int) -> tuple[Any, ...]:
        text = tokenizer.apply_chat_template(turns, add_generation_prompt=True)
        return number, tokenizer.encode(text, add_special_tokens=False).input_ids, config(tokens)

    requests = [request(number, *chat) for number, chat in enumerate(asked["chats"])]
    pipe.generate(["a b c"], [config(4)])
    began = time.perf_counter()
    waiting = iter(requests)
    running = [pipe.add_request(*one) for one in islice(waiting, at_once)]
    written = 0
    while running:
        pipe.step()
        for handle in running:
            while handle.can_read():
                (output,) = handle.read().values()
                written += len(output.generated_ids)
        running = [
            handle for handle in running if handle.get_status() == openvino_genai.GenerationStatus.RUNNING
        ]
        running += [pipe.add_request(*one) for one in islice(waiting, at_once - len(running))]
    seconds = time.perf_counter() - began
    tokens = sum(tokens for _, tokens in asked["chats"])
    assert written == tokens, f"{written} tokens, not {tokens}"
    answer.write_text(
        json.dumps(
            {
                "requests": len(requests),
                "failed": 0,
                "seconds": seconds,
                "tokens": tokens,
                "tokens_per_s": tokens / seconds,
                "requests_per_s": len(requests) / seconds,
                "ttft": [],
                "per_token": [],
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
