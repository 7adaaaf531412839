"""What a GPU can do, what a model needs of it, and models with random weights to measure with."""

from __future__ import annotations

import json

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from local.benchmarks.model_speed import cards, qwen_shapes
from local.benchmarks.model_speed.on_card import decode_use, prefill_use
from local.benchmarks.model_speed.processes import job
from local.benchmarks.model_speed.transformers_peer import folder_of
from local.benchmarks.model_speed.weights import text_source

QWEN = {
    "0.6b": cards.Shape(28, 1024, 16, 8, 128, 3072, 151_936),
    "4b": cards.Shape(36, 2560, 32, 8, 128, 9728, 151_936),
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("NVIDIA H200", "H200"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA A100-SXM4-40GB", "A100 40 GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 80 GB SXM"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA A10G", "A10G"),
        ("Tesla T4", "T4 (fp16)"),
    ],
)
def test_cards_are_known_by_what_their_driver_calls_them(name, found):
    assert cards.card(name).name == found


def test_other_cards_are_not_mistaken_for_known_ones():
    assert cards.card("NVIDIA L40") is None
    assert cards.card("NVIDIA T400 4GB") is None


def test_weights_are_as_many_as_the_models_have():
    # Their cards say 0.44 and 3.6 billion without embeddings, 0.6 and 4.0 with.
    assert QWEN["0.6b"].layer_weights == pytest.approx(0.44e9, rel=0.01)
    assert QWEN["0.6b"].step_weights == pytest.approx(0.596e9, rel=0.01)
    assert QWEN["4b"].layer_weights == pytest.approx(3.63e9, rel=0.01)
    assert QWEN["4b"].step_weights == pytest.approx(4.02e9, rel=0.01)


def test_decode_needs_the_weights_once_a_step_and_the_cache_once_a_sequence():
    shape = cards.Shape(2, 4, 2, 1, 3, 5, 7)
    # q, o: 2 x 4 x 6; k, v: 2 x 4 x 3; feed-forward: 3 x 4 x 5; two layers; head 7 x 4.
    assert shape.step_weights == 2 * (48 + 24 + 60) + 28
    assert shape.cache_bytes_per_token == 2 * 2 * 3 * 2
    # 40 tokens/s of 8 sequences are 5 steps/s.
    assert cards.decode_bytes_per_s(shape, 40, 8, 100) == 5 * (292 * 2 + 8 * 100 * 24)
    row = {"prompt_tokens": 160, "tokens": 80, "requests": 2, "tokens_per_s": 40}
    assert decode_use(shape, row, 8) == {"context": 100, "bandwidth": 5 * (292 * 2 + 8 * 100 * 24)}


def test_prefill_needs_two_operations_a_weight_and_attention():
    shape = cards.Shape(2, 4, 2, 1, 3, 5, 7)
    flops = 2 * 264 * 10 + 4 * 2 * 2 * 3 * 10 * 10 / 2
    assert cards.prefill_flops(shape, 10) == flops
    row = {"prompt_tokens": 40, "requests": 4, "seconds": 2.0}
    assert prefill_use(shape, row) == {"prompt": 10, "prompt_tokens_per_s": 20, "flops": 2 * flops}


def test_limits_are_measured_where_it_runs():
    found = job("card_probe", {"device": "cpu", "megabytes": 8, "size": 128, "repeats": 2})
    assert 1e8 < found["bandwidth"] < 1e13
    assert 1e6 < found["bf16"] < 1e14
    assert found["peak_bytes"] > 50 << 20


def test_random_weights_make_a_model_that_writes_text_to_the_end(tmp_path):
    tokenizer_folder = folder_of(text_source())
    folder = tmp_path / "qwen3-tiny"
    weights = qwen_shapes.write(qwen_shapes.Size.TINY, folder, tokenizer_folder)
    shape = cards.Shape.of(folder)
    norms = shape.layers * (2 * shape.hidden + 2 * shape.head) + shape.hidden
    assert weights == shape.step_weights + norms
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello"}],
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
    )
    greedy = model.generate(**prompt, max_new_tokens=64, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert len(greedy) == 64
    assert int(greedy.max()) < len(tokenizer)
    assert not set(greedy.tolist()) & set(tokenizer.all_special_ids)
    assert all(tokenizer.decode([token]).strip() for token in greedy)


def test_shapes_written_are_those_measured_against():
    for size, shape in QWEN.items():
        hidden, layers, heads, key_value_heads, feed_forward, head, vocabulary = qwen_shapes._SHAPES[
            qwen_shapes.Size(size)
        ]
        assert shape == cards.Shape(layers, hidden, heads, key_value_heads, head, feed_forward, vocabulary)
