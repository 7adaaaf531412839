"""Tokens, BM25, fusion, synonyms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwright.retrieval import WordIndex, blend, is_chinese, runs, stem, terms, tokens
from shopwright.synonyms import meant, with_synonyms


@pytest.mark.parametrize(
    "family",
    [
        ["charge", "charges", "charged", "charging"],
        ["ship", "shipped", "shipping", "ships"],
        ["battery", "batteries"],
        ["delivery", "deliver", "delivered"],
        ["box", "boxes"],
        ["wash", "washes", "washing", "washable"],
    ],
)
def test_forms_of_a_word_have_one_stem(family):
    assert len({stem(word) for word in family}) == 1


@pytest.mark.parametrize(("one", "other"), [("bus", "bu"), ("glass", "glas"), ("thing", "th"), ("red", "r")])
def test_short_words_are_left_alone(one, other):
    assert stem(one) != other


def test_tokens_of_english_are_stems_and_numbers():
    assert tokens("How heavy are the 6.1-inch phones, 500ml?") == [
        "heavy",
        "6.1",
        "inch",
        "phon",
        "500",
        "ml",
    ]
    assert tokens("It costs 1,299 yuan") == ["cost", "1299", "yuan"]


def test_tokens_of_chinese_are_pairs_of_characters():
    assert tokens("请问无线充电吗？") == ["无线", "线充", "充电"]
    assert runs("Lumen X2有多重") == ["lumen", "x2", "多重"]


def test_full_width_letters_are_the_same_as_ascii():
    assert tokens("Ｘ２　１２３") == tokens("X2 123")


def test_script_tells_the_language():
    assert is_chinese("Tamorin M3 多重?")
    assert not is_chinese("How heavy? — naïve")


TEXTS = ["red kettle of steel", "blue kettle", "steel pan", "蓝色水壶", "不锈钢锅"]


def test_the_text_with_the_rarer_words_comes_first():
    index = WordIndex(TEXTS)
    assert [place for place, _ in index.search(tokens("steel kettle"), top=3)] == [0, 1, 2]
    assert [place for place, _ in index.search(tokens("水壶"), top=3)] == [3]
    assert index.search(tokens("bicycle"), top=3) == []


def test_search_keeps_to_the_places_allowed():
    hits = WordIndex(TEXTS).search(tokens("kettle"), top=5, among={1, 2})
    assert [place for place, _ in hits] == [1]


def test_a_word_no_text_has_is_the_most_telling():
    index = WordIndex(TEXTS)
    assert index.idf("bicycl") > index.idf("red") > index.idf("kettl") > 0


def test_coverage_is_the_telling_share_that_was_said():
    index = WordIndex(TEXTS)
    said = set(tokens("a red kettle"))
    assert index.coverage(runs("red kettle"), said) == 1
    assert index.coverage(runs("bicycle"), said) == 0
    assert 0 < index.coverage(runs("kettle bicycle"), said) < 0.5
    assert index.coverage([], said) == 0


def test_chinese_pairs_across_words_do_not_count_against_coverage():
    index = WordIndex(TEXTS)
    assert index.coverage(runs("蓝色水壶"), {"蓝色", "水壶"}) == 1
    assert index.coverage(runs("多重"), {"重量"}) == pytest.approx(0.25)


@given(st.text(max_size=60))
def test_any_text_can_be_indexed_and_found_in_itself(text):
    index = WordIndex([text, "something else"])
    found = index.search(tokens(text), top=2)
    assert all(score > 0 for _, score in found)
    assert 0 <= index.coverage(runs(text), set(tokens(text))) <= 1 + 1e-9


def test_an_empty_index_finds_nothing():
    assert WordIndex([]).search(["a"], top=3) == []


def test_chinese_is_searched_by_pairs_and_by_single_characters():
    assert terms("蓝色水壶 500ml") == ["蓝色", "色水", "水壶", "蓝", "色", "水", "壶", "500", "ml"]
    assert terms("a blue kettle") == tokens("a blue kettle")
    index = WordIndex(["充电后使用时间长", "颜色很多", "充满的电够用"])
    # "充电" stands in the first only; the third says it with a word between.
    assert [place for place, _ in index.search(tokens("充电"), top=3)] == [0]
    assert [place for place, _ in index.search(terms("充电"), top=3)] == [0, 2]


def test_a_blend_goes_by_both_and_by_no_scale():
    assert max(range(3), key=blend([0.8, 0.5, 0.1], [0, 0, 0]).__getitem__) == 0
    assert max(range(3), key=blend([0.5, 0.5, 0.5], [0, 9, 1]).__getitem__) == 1
    # A little nearer in meaning is nothing beside all the words; far nearer is.
    assert max(range(3), key=blend([0.82, 0.80, 0.40], [0, 9, 0]).__getitem__) == 1
    assert max(range(3), key=blend([0.90, 0.40, 0.40], [0, 9, 9]).__getitem__) == 0
    once = blend([0.8, 0.5, 0.1], [1, 4, 0])
    assert blend([80, 50, 10], [0.1, 0.4, 0]) == pytest.approx(once)
    assert blend([], []) == []
    assert blend([0.3], [2]) == [0]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("How heavy is it?", "Weight: 1.2 kg."),
        ("它多重？", "重量：1.2千克。"),
        ("What is it made of?", "Material: steel."),
        ("Can I send it back?", "An item can be returned."),
        ("送货要多少钱", "配送费为8元。"),
    ],
)
def test_questions_and_facts_meet_in_their_synonyms(question, fact):
    assert meant(question) & meant(fact)


def test_what_is_said_stands_for_what_means_the_same():
    assert {"weight", "heavy", "weigh"} <= with_synonyms("Weight: 1.2 kg")
    assert "waterproof" not in with_synonyms("Weight: 1.2 kg")
