"""Continuous batching in transformers: a tiny Llama with random weights, and once the real default model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from model.engines import MIN_P, TOP_K, Sampling, Step
from model.engines.token_choice import TokenChoice, Written
from model.engines.transformers_text import TransformersBatch
from model.registry import default_text
from model.weights.folder import folder as hugging_face_folder

from .tiny import tiny_llama

GREEDY = Sampling(temperature=0)
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "price": {"type": "integer", "minimum": 1, "maximum": 999},
        "place": {"enum": ["kitchen", "garden"]},
    },
    "required": ["name", "price", "place"],
    "additionalProperties": False,
}
# In bfloat16, two orders of the same sums differ by this much.
ROUNDING = 0.1


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("weights") / "tiny-llama")


@pytest.fixture(scope="module")
def batch(tiny: Path) -> TransformersBatch:
    return TransformersBatch(str(tiny), sequences=4, cache_tokens=2048)


@pytest.fixture(scope="module")
def forward(tiny: Path, batch: TransformersBatch) -> Callable[[list[int], list[int]], Any]:
    return _forward(tiny, batch)


def _forward(source: Path, batch: TransformersBatch) -> Callable[[list[int], list[int]], Any]:
    """The log probabilities of every token after the prompt and each written one, in one plain pass."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(source, dtype=batch._model.dtype).eval()

    def logprobs(prompt: list[int], written: list[int]) -> Any:
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + written])).logits[0, len(prompt) - 1 : -1]
        return logits.float().log_softmax(-1)  # (written, vocabulary)

    return logprobs


def _steps(batch: TransformersBatch) -> Iterator[dict[int, Step]]:
    """Until nothing is being written. A step that reads a piece of a prompt gives nothing."""
    while (steps := batch.step()) or batch._batch.has_pending_requests():
        yield steps


def _write(batch: TransformersBatch, *requests: tuple[list[int], int, Sampling]) -> list[Step]:
    """All that each of the requests was given, as one step."""
    for key, (prompt, max_tokens, sampling) in enumerate(requests):
        batch.add(key, prompt, max_tokens, sampling)
    whole = [Step([], []) for _ in requests]
    for steps in _steps(batch):
        for key, step in steps.items():
            assert whole[key].finish_reason is None
            whole[key] = Step(
                whole[key].tokens + step.tokens, whole[key].logprobs + step.logprobs, step.finish_reason
            )
    return whole


def _assert_likeliest(logprobs: Any, step: Step) -> None:
    for position, (token, logprob) in enumerate(zip(step.tokens, step.logprobs, strict=True)):
        assert logprobs[position, token] > logprobs[position].max() - ROUNDING
        assert logprob == pytest.approx(float(logprobs[position, token]), abs=ROUNDING)


def test_greedy_is_the_likeliest_text_with_its_log_probabilities(batch: Any, forward: Any) -> None:
    # Longer than what is read in one step, and than a page; and shorter.
    prompts = [[(7 * i) % 250 for i in range(length)] for length in (400, 40, 3)]
    written = _write(batch, *((prompt, 20, GREEDY) for prompt in prompts))
    for prompt, step in zip(prompts, written, strict=True):
        assert len(step.tokens) == 20 or step.finish_reason == "stop"
        _assert_likeliest(forward(prompt, step.tokens), step)


def test_sequences_join_and_leave_while_others_are_written(batch: Any, forward: Any) -> None:
    prompts = {key: [key * 10 + 1] * (5 + 30 * key) for key in range(6)}
    whole = {key: Step([], []) for key in prompts}
    waiting = list(prompts)
    while waiting or any(step.finish_reason is None for step in whole.values()):
        if waiting:  # one more at each step, and more in all than run at once
            key = waiting.pop(0)
            batch.add(key, prompts[key], 4 + 3 * key, GREEDY)
        for key, step in batch.step().items():
            old = whole[key]
            whole[key] = Step(old.tokens + step.tokens, old.logprobs + step.logprobs, step.finish_reason)
    for key, step in whole.items():
        assert len(step.tokens) == 4 + 3 * key or step.finish_reason == "stop"
        _assert_likeliest(forward(prompts[key], step.tokens), step)


def test_a_beginning_that_was_read_is_shared(batch: Any, forward: Any) -> None:
    beginning = [(11 * i) % 250 for i in range(200)]
    _write(batch, (beginning, 1, GREEDY))
    (step,) = _write(batch, ([*beginning, 5, 6], 8, GREEDY))
    _assert_likeliest(forward([*beginning, 5, 6], step.tokens), step)
    batch.add(0, [*beginning, 7], 8, GREEDY)
    batch.step()
    read = batch._batch.inputs_and_outputs.num_q_tokens
    assert read == 9, "six pages of 32 tokens are there already"
    batch.cancel(0)
    assert batch.step() == {}


def test_a_cancelled_sequence_leaves_and_its_memory_with_it(batch: Any) -> None:
    batch.add(1, [3] * 100, 50, GREEDY)
    batch.add(2, [4] * 100, 5, GREEDY)
    batch.step()
    batch.cancel(1)
    batch.cancel(1)
    assert set(batch.step()) == {2}
    assert len(batch._batch.scheduler.active_requests) == 1
    assert {key for steps in _steps(batch) for key in steps} == {2}
    assert batch._batch.scheduler.active_requests == {}
    batch.add(1, [3] * 10, 2, GREEDY)
    batch.cancel(1)
    assert batch.step() == {}
    for start in range(10):  # twice what the cache holds
        batch.add(1, [start] * 400, 50, GREEDY)
        for _ in range(3):
            batch.step()
        batch.cancel(1)
    assert len(_write(batch, ([5] * 400, 2, GREEDY))[0].tokens) == 2


def test_any_of_the_end_tokens_stops_a_text(tiny: Path, tmp_path: Path, batch: Any) -> None:
    from transformers import GenerationConfig

    (step,) = _write(batch, ([9, 8, 7], 12, GREEDY))
    assert (len(step.tokens), step.finish_reason) == (12, "length")
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    end = step.tokens[6]
    GenerationConfig(eos_token_id=[255, end]).save_pretrained(tmp_path)
    ending = TransformersBatch(str(tmp_path), sequences=2, cache_tokens=512)
    ending.add(0, [9, 8, 7], 12, GREEDY)
    written = [steps[0] for steps in _steps(ending)]
    assert [given.tokens[0] for given in written] == step.tokens[: step.tokens.index(end) + 1]
    assert written[-1].finish_reason == "stop"


def test_a_seed_repeats(batch: Any) -> None:
    def sampled(seed: int | None) -> tuple[list[int], int, Sampling]:
        return [1, 2, 3], 16, Sampling(temperature=1.0, seed=seed)

    (first,) = _write(batch, sampled(5))
    others = _write(batch, sampled(6), sampled(None), sampled(None), ([1, 2, 3], 16, GREEDY))
    assert len({tuple(step.tokens) for step in (first, *others)}) == 5
    assert _write(batch, sampled(5))[0].tokens == first.tokens


def test_a_little_rounding_does_not_change_what_a_seed_draws() -> None:
    import torch

    torch.manual_seed(0)
    rows = 200
    choice = TokenChoice(rows, 64, None, torch.device("cpu"))
    logits = torch.randn(rows, 64) * 0.1
    logits[:, ::2] += 3  # no two of them are at the edge of TOP_K
    chosen = []
    for rounding in (0.0, 1e-3):
        for row in range(rows):
            choice.sequences[str(row)] = Written(row, 9, Sampling(seed=row), Random(row), None)
        states = [SimpleNamespace(state=SimpleNamespace(request_id=str(row))) for row in range(rows)]
        choice(logits + rounding * torch.randn(rows, 64), choice.prepare_tensor_args(states))
        chosen.append([token for _, token, _ in choice.chosen()])
    assert sum(a == b for a, b in zip(*chosen, strict=True)) > 0.97 * rows


# The tiny model finds everything about as likely: at these temperatures, MIN_P cuts in the one case, top_p in
# the other.
@pytest.mark.parametrize(("temperature", "top_p"), [(0.05, 1.0), (0.1, 0.6)])
def test_tokens_are_drawn_in_their_proportions(
    batch: Any, forward: Any, temperature: float, top_p: float
) -> None:
    prompt, draws = [1, 2, 3], 600
    best, tokens = (forward(prompt, [0])[0] / temperature).topk(TOP_K)
    shares = best.softmax(-1)
    kept = (shares.cumsum(-1) - shares < top_p) & (shares >= MIN_P * shares[0])
    assert 4 <= kept.sum() < TOP_K
    shares = shares[kept] / shares[kept].sum()
    asked = [Sampling(temperature=temperature, top_p=top_p, seed=seed) for seed in range(draws)]
    drawn = [step.tokens[0] for step in _write(batch, *((prompt, 1, sampling) for sampling in asked))]
    # Rounding may let in one more of those at the edge, or keep one out.
    assert len(set(drawn) - set(tokens[kept].tolist())) <= 1
    differences = [
        abs(drawn.count(token) / draws - share)
        for token, share in zip(tokens[kept].tolist(), shares.tolist(), strict=True)
    ]
    assert sum(differences) / 2 < 0.1


@pytest.mark.parametrize("sampling", [{"temperature": 0}, {"temperature": 1.5, "seed": 4}])
def test_a_schema_holds_whatever_the_model_would_say(
    tiny: Path, batch: Any, sampling: dict[str, Any]
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    constrained = Sampling(**sampling, schema=json.dumps(SCHEMA))
    free, first, second = _write(
        batch, ([40], 20, GREEDY), ([41, 42], 120, constrained), ([43] * 50, 120, constrained)
    )
    for step in (first, second):
        assert step.finish_reason == "stop"
        jsonschema.validate(json.loads(tokenizer.decode(step.tokens, skip_special_tokens=True)), SCHEMA)
    assert free.tokens == _write(batch, ([40], 20, GREEDY))[0].tokens


def test_what_is_no_schema_is_refused_when_it_is_added(batch: Any) -> None:
    for schema in ('{"type": "nobody"}', '{"type":'):
        with pytest.raises(ValueError):
            batch.add(1, [1], 2, Sampling(schema=schema))
    assert batch.step() == {}


def test_what_the_cache_cannot_hold_is_an_error_of_the_step(tiny: Path) -> None:
    small = TransformersBatch(str(tiny), sequences=1, cache_tokens=64)
    with pytest.raises(RuntimeError):
        _write(small, ([1] * 400, 2, GREEDY))


def test_sequences_that_outgrow_the_cache_together_still_come_to_their_ends(tiny: Path, forward: Any) -> None:
    small = TransformersBatch(str(tiny), sequences=4, cache_tokens=32)
    prompts = [[key] * 60 for key in range(4)]
    written = _write(small, *((prompt, 40, GREEDY) for prompt in prompts))
    for prompt, step in zip(prompts, written, strict=True):
        assert len(step.tokens) == 40 or step.finish_reason == "stop"
        _assert_likeliest(forward(prompt, step.tokens), step)


# peft asks for an attribute that transformers has renamed.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapter_is_merged_into_the_weights(tiny: Path, tmp_path: Path, batch: Any) -> None:
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    config = peft.LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    torch.manual_seed(1)
    peft.get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), config).save_pretrained(tmp_path)
    adapted = TransformersBatch(str(tiny), sequences=1, cache_tokens=512, adapter=str(tmp_path))
    (plain,) = _write(batch, ([1, 2, 3], 16, GREEDY))
    (changed,) = _write(adapted, ([1, 2, 3], 16, GREEDY))
    assert changed.tokens != plain.tokens
    merged = peft.PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), tmp_path)
    merged.merge_and_unload().save_pretrained(tmp_path / "merged")
    _assert_likeliest(_forward(tmp_path / "merged", adapted)([1, 2, 3], changed.tokens), changed)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "nobody-knows"}')
    with pytest.raises((OSError, ValueError)):
        TransformersBatch(str(tmp_path), sequences=1, cache_tokens=64)


def test_the_default_model_writes_what_generate_writes() -> None:
    import torch
    from transformers import AutoTokenizer

    source = hugging_face_folder(Path(default_text().source))
    tokenizer = AutoTokenizer.from_pretrained(source)
    real = TransformersBatch(str(source), sequences=3, cache_tokens=1024)
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=True
        )["input_ids"]
        for text in ("What is the capital of France?", "Count from one to ten.")
    ]
    json_only = Sampling(temperature=0.7, seed=1, schema=json.dumps(SCHEMA))
    *written, described = _write(
        real, *((prompt, 24, GREEDY) for prompt in prompts), (prompts[1], 80, json_only)
    )
    jsonschema.validate(json.loads(tokenizer.decode(described.tokens, skip_special_tokens=True)), SCHEMA)
    for prompt, step in zip(prompts, written, strict=True):
        plain = real._model.generate(torch.tensor([prompt]), max_new_tokens=24, do_sample=False)
        assert tokenizer.decode(step.tokens) == tokenizer.decode(plain[0, len(prompt) :])
        assert all(-10 < logprob <= 0 for logprob in step.logprobs)
