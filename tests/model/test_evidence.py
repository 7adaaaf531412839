"""What finds evidence: how pages become arrays, what is read once, and both engines over the real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from model.engines.encoding import Encoding, Ids
from model.engines.evidence import EvidenceReader, on_gpu, on_processor
from model.evidence.pages import NOTHING, QUESTION, SENTENCE, TITLE, Floats, Page, arrays
from model.evidence.states import States
from model.registry import EVIDENCE, NotConfigured, default_embedding
from model.weights.ready import evidence_files

WORDS = ["<s>", "</s>", "query:", "passage:", "hot?", "Tea", "Tea:", "Green.", "Hot.", "now"]


@pytest.fixture
def encoding() -> Encoding:
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, WORDS[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [("<s>", 0), ("</s>", 1)]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return Encoding(tokenizer, longest=16, padding=1)


class Counting:
    """The state of a token is its id; keeps how many texts it was given."""

    def __init__(self) -> None:
        self.texts = 0

    def __call__(self, ids: Ids, mask: Ids) -> Floats:
        self.texts += len(ids)
        return np.asarray(ids[:, :, None], np.float32)


def test_a_sentence_is_read_with_its_title_and_kept_without(encoding: Encoding) -> None:
    [page] = States(encoding, Counting(), 100).told([Page("hot? now", "Tea", ("Hot. now", "Green."))])
    words = [[WORDS[int(value)] for value in text[:, 0]] for text in page]
    assert words == [["query:", "hot?", "now"], ["passage:", "Tea"], ["Hot.", "now"], ["Green."]]


def test_what_was_read_is_not_read_again_until_it_is_forgotten(encoding: Encoding) -> None:
    encode = Counting()
    states = States(encoding, encode, kept=18)
    states.told([Page("hot?", "Tea", ("Hot.",)), Page("hot?", "Tea", ("Hot.", "Green."))])
    assert encode.texts == 4
    states.told([Page("hot?", "Tea", ("Green.",))])
    assert encode.texts == 4
    # 4 + 4 + 5 + 5 tokens are kept. Of 4 more those go that were asked for longest ago.
    states.told([Page("now", "Tea", ("Green.",))])
    states.told([Page("now", "Tea", ("Hot.",))])
    assert encode.texts == 6


def test_pages_lie_side_by_side() -> None:
    def states(*tokens: float) -> Floats:
        return np.array(tokens, np.float32)[:, None]

    made = arrays([[states(1, 2), states(3), states(4, 5), states(6)], [states(7), states(8), states(9)]])
    assert made.states[..., 0].tolist() == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 0, 0, 0]]
    assert made.parts.tolist() == [
        [QUESTION, QUESTION, TITLE, SENTENCE, SENTENCE, SENTENCE],
        [QUESTION, TITLE, SENTENCE, NOTHING, NOTHING, NOTHING],
    ]
    assert made.spans.tolist() == [
        [[0, 0, 0, 0.5, 0.5, 0], [0, 0, 0, 0, 0, 1]],
        [[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
    ]


MUG = Page(
    "Can I put it in the dishwasher?",
    "Stoneware mug",
    ("Material: stoneware.", "It holds 350 ml.", "Safe in the dishwasher, not in the oven."),
)
LAMP = Page("这盏灯可以调亮度吗？", "台灯", ("亮度有三档可调。", "灯座为铝制。", "电源线长1.5米。"))
UNKNOWN = Page("Who designed it?", MUG.title, MUG.sentences)


@pytest.fixture(scope="module")
def reader() -> EvidenceReader:
    try:
        return on_processor(*evidence_files(default_embedding({}), "cpu"))
    except NotConfigured as error:
        pytest.skip(str(error))


def test_the_sentence_that_answers_is_told_from_those_that_do_not(reader: EvidenceReader) -> None:
    mug, lamp, unknown = reader.read([MUG, LAMP, UNKNOWN]).rows
    assert int(np.argmax(mug)) == 2
    assert int(np.argmax(lamp)) == 0
    assert min(max(mug), max(lamp)) > 0 > max(unknown)


def test_company_does_not_change_the_odds(reader: EvidenceReader) -> None:
    together = reader.read([LAMP, MUG])
    [alone] = reader.read([MUG]).rows
    assert together.rows[1] == pytest.approx(alone, abs=0.05)
    assert [count > 20 for count in together.tokens] == [True, True]


def test_both_engines_tell_the_same(reader: EvidenceReader) -> None:
    encoder, network = evidence_files(default_embedding({}), "gpu")
    assert network == EVIDENCE
    other = on_gpu(encoder, network)
    for ours, theirs in zip(reader.read([MUG, LAMP]).rows, other.read([MUG, LAMP]).rows, strict=True):
        assert ours == pytest.approx(theirs, abs=0.3)  # bfloat16 against float32


def test_a_network_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    from model.evidence.network import load

    with pytest.raises(OSError, match=tmp_path.name):
        load(tmp_path)
