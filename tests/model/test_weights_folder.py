"""The packaged GGUF as a Hugging Face folder: the same tokens as llama.cpp reads, the same text."""

from __future__ import annotations

import http.client
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from model.registry import default_text
from model.weights import gguf_tokenizer
from model.weights.folder import folder

GGUF = Path(default_text({}).source)
TEXTS = [
    "The mug holds 350 ml, weighs 1.25 kg and costs 1234567.89 EUR.",
    "  two  spaces   before 12  34\t56\n\n\n7 8\r\n9 ",
    "don't we'll they've I'M it'S 'tis 'S 's",
    "Ça coûte 12,50 €; für 3½ Stück – ٣٤ ४५ １２３ Ⅷ ²",
    "陶瓷马克杯，容量350毫升。主摄像头为50MP，ＡＢＣ１２３",
    "日本語テスト 한국어 12개 ไทย ๑๒๓ 🙂👩‍👩‍👧‍👦🇨🇳 e\u0301 \u200b\ufeff\u00a0x",
    "snake_case camelCase x=1;y==2 // /* */ <b>&amp;</b> {'a': [1, 2]} \\n $5.00 #42 @me 50%",
    "3840x2160 IP68 USB-C3.2 A15 10000mAh 1:1 12-34 +49 30 123456",
    "",
    " ",
    "\n",
    "    indented\n        more 1",
]
DIALOGUES = [
    [{"role": "user", "content": "Hello 12"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "你好 3"}],
    [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": "a 1.5"},
        {"role": "user", "content": "v"},
    ],
]


@pytest.fixture(scope="module")
def made() -> Path:
    return folder(GGUF)


@pytest.fixture(scope="module")
def tokenizer(made: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(made)


class LlamaCpp:
    """llama.cpp's own routes on the same file."""

    def __init__(self) -> None:
        xllamacpp = pytest.importorskip("xllamacpp")
        params = xllamacpp.CommonParams()
        params.model.path = str(GGUF)
        params.n_ctx = 512
        params.warmup = False
        params.verbosity = 0
        params.api_keys = ["key"]
        self._server = xllamacpp.Server(params)

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        address = urlsplit(self._server.listening_address).netloc
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body), {"Authorization": "Bearer key"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def tokens(self, text: str) -> list[int]:
        body = {"content": text, "add_special": False, "parse_special": True}
        tokens: list[int] = self.ask("/tokenize", body)["tokens"]
        return tokens


@pytest.fixture(scope="module")
def peer() -> LlamaCpp:
    return LlamaCpp()


def _drawn(count: int) -> list[str]:
    """Strings of pieces that meet at every kind of border: digits, spaces, scripts, punctuation."""
    rng = random.Random(7)
    pieces = [
        *"0123456789 \n\t.,:;-_'’\"/()",
        "  ",
        "kg",
        "Pro",
        "容量",
        "毫升",
        "é",
        "🙂",
        "'s",
        "1.5",
        "USB",
    ]
    return ["".join(rng.choices(pieces, k=rng.randint(1, 24))) for _ in range(count)]


def test_text_is_cut_by_the_files_that_serving_cuts_it_by(made: Path) -> None:
    served = gguf_tokenizer.tokenizer(GGUF)
    names = {path.name for path in served.iterdir()}
    assert {path.name for path in made.iterdir()} == names | {"config.json", "model.safetensors"}
    for name in names:
        assert (made / name).read_bytes() == (served / name).read_bytes(), name


def test_the_ends_of_a_text_are_the_tokenizers(made: Path, tokenizer: Any) -> None:
    from transformers import GenerationConfig

    assert GenerationConfig.from_pretrained(made).eos_token_id == [tokenizer.eos_token_id]


def test_reads_the_tokens_that_llama_cpp_reads(tokenizer: Any, peer: LlamaCpp) -> None:
    for text in [*TEXTS, *_drawn(300)]:
        assert tokenizer(text)["input_ids"] == peer.tokens(text), repr(text)


def test_special_tokens_are_single_and_the_files_own(tokenizer: Any, peer: LlamaCpp) -> None:
    assert tokenizer("<|im_start|>user\nhi<|im_end|>")["input_ids"] == peer.tokens(
        "<|im_start|>user\nhi<|im_end|>"
    )
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 2, 2)


@pytest.mark.parametrize("turns", DIALOGUES, ids=["one", "system", "four"])
def test_the_chat_template_is_the_files_own(
    tokenizer: Any, peer: LlamaCpp, turns: list[dict[str, str]]
) -> None:
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert text == peer.ask("/apply-template", {"messages": turns})["prompt"]


def test_text_comes_back_from_its_tokens(tokenizer: Any) -> None:
    for text in [*TEXTS, *_drawn(100)]:
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_writes_what_the_gguf_itself_writes(made: Path, tokenizer: Any) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    # In float32 the two compute the same to the bit, whatever the processor makes of bfloat16.
    ours = AutoModelForCausalLM.from_pretrained(made, dtype=torch.float32)
    theirs = AutoModelForCausalLM.from_pretrained(str(GGUF.parent), gguf_file=GGUF.name, dtype=torch.float32)
    for name, weight in theirs.state_dict().items():
        weight.copy_(weight.to(torch.bfloat16))
        assert torch.equal(weight, ours.state_dict()[name]), name
    for turns in DIALOGUES[:2]:
        prompt = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]
        texts = [
            model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=24, do_sample=False)
            for model in (ours, theirs)
        ]
        assert texts[0].tolist() == texts[1].tolist()
        assert len(texts[0][0]) > prompt.shape[1] + 2
    assert "quantization_config" not in json.loads((made / "config.json").read_text())


def test_other_files_are_refused_by_what_they_are(tmp_path: Path) -> None:
    import gguf

    path = tmp_path / "other.gguf"
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_string("tokenizer.ggml.pre", "qwen2")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ValueError, match=r"other\.gguf.*general\.architecture is qwen2"):
        folder(path)
