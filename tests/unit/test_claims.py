"""What a text claims, and whether the facts carry it: planted errors, true texts, properties."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwright.claims import ALL_CHECKS, check, review
from shopwright.quantities import carries, codes, find
from shopwright.wellformed import leftovers

DATA = Path(__file__).parent / "data"
PRODUCTS = json.loads((DATA / "claims_products.json").read_text(encoding="utf-8"))


def cases(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


FALSE, TRUE = cases("claims_false.jsonl"), cases("claims_true.jsonl")


def review_of(case, text=None):
    product = PRODUCTS[case["product"]][case["language"]]
    return review(text or case["text"], product["facts"], language=case["language"], names=product["names"])


@pytest.mark.parametrize("case", FALSE, ids=lambda case: f"{case['check']}: {case['text'][:40]}")
def test_a_planted_error_is_rejected_by_the_check_for_it(case):
    assert case["check"] in {finding.check for finding in review_of(case).findings}


def test_the_planted_errors_are_many_and_half_of_them_chinese():
    chinese = sum(case["language"] == "zh" for case in FALSE)
    assert len(FALSE) >= 60
    assert 0.4 < chinese / len(FALSE) < 0.6
    assert {case["check"] for case in FALSE} == ALL_CHECKS - {"length"}


def test_true_texts_pass():
    rejected = {case["text"]: review_of(case).findings for case in TRUE if not review_of(case).passed}
    assert len(TRUE) >= 40
    assert len(rejected) <= 1, rejected


def test_a_number_given_to_another_attribute_is_rejected():
    passed = []
    for product, languages in PRODUCTS.items():
        for language, own in languages.items():
            colon = ": " if language == "en" else "："
            details = [fact.split(colon) for fact in own["facts"] if colon in fact and find(fact)]
            for name, _ in details:
                for other, value in details:
                    swapped = f"{name} of {value}." if language == "en" else f"{name}{value}。"
                    found = review_of({"product": product, "language": language}, swapped)
                    if found.passed and name != other:
                        passed.append(swapped)
    assert passed == []


def test_what_carries_each_claim_is_told():
    case = {"product": "phone", "language": "en"}
    found = review_of(case, "This Apple smartphone has a 6.1-inch display and an A15 Bionic chip.")
    assert ("6.1-inch", "6.1-inch display") in found.carried
    assert ("A15", "A15 Bionic chip") in found.carried
    assert "12-megapixel camera" not in found.facts


@pytest.mark.parametrize(
    ("claim", "fact"),
    [
        ("6.1-inch display", "6.1英寸显示屏"),
        ("a display of 15.5 cm", "6.1-inch display"),
        ("12 MP camera", "1200万像素摄像头"),
        ("2,500 g", "重量：2.5千克"),
        ("two tins", "四罐中的2罐"),
        ("20% off", "全场8折"),
        ("1.2 million pixels", "120万像素"),
        ("battery life up to 30 hours", "续航：30小时"),
        ("24 months", "质保2年"),
        ("$24.90", "Price: 24.90 USD"),
        ("499元", "Price: 499.00 CNY"),
        ("up to 118 cm", "升降范围：72-118厘米"),
        ("260 g", "Weight (g): 260"),
    ],
)
def test_a_number_is_the_same_in_another_unit_or_language(claim, fact):
    assert check(claim, [fact], language="en", checks={"numbers"}) == []


@pytest.mark.parametrize(
    ("claim", "fact"),
    [
        ("6.1 cm", "6.1-inch display"),
        ("15 mm", "6.1-inch display"),
        ("0.3 kg", "Weight: 310 g"),
        ("more than 30 hours", "30 hours"),
        ("at least 2 years", "2 years"),
        ("30 hours", "up to 30 hours"),
        ("72 cm", "72-118 cm"),
        ("24.90 EUR", "24.90 USD"),
        ("260", "Weight: 260 g"),
        ("12%", "12 MP"),
    ],
)
def test_a_number_of_another_unit_or_a_sharper_one_is_not(claim, fact):
    assert [finding.check for finding in check(claim, [fact], language="en", checks={"numbers"})] == [
        "numbers"
    ]


def test_a_denied_feature_carries_neither_its_claim_nor_the_other_way_round():
    for claim, fact in [
        ("It is waterproof.", "The case is not waterproof"),
        ("It is not waterproof.", "waterproof case"),
        ("可用洗碗机清洗。", "不可用洗碗机清洗"),
    ]:
        assert check(claim, [fact], language="en", checks={"features"})
        assert not check(fact, [fact], language="en", checks={"features"})


@pytest.mark.parametrize(
    "text", ["最近上新，最后一步，第一次用也会。", "The rest of the harvest is honest.", "第一天就喜欢。"]
)
def test_everyday_words_are_no_superlatives(text):
    assert check(text, [], language="en", checks={"forbidden"}) == []


def test_length_is_counted_in_characters():
    assert check("四个字。", [], language="zh", max_length=4, checks={"length"}) == []
    assert check("五个字了。", [], language="zh", max_length=4, checks={"length"})[0].check == "length"


# What a sentence claims, whatever its form.
CLAIMS = {"numbers", "names", "features", "promises", "words", "pairing"}


def test_passages_carry_an_answer():
    passage = "We accept returns within 30 days of delivery. Items must be unused."
    assert check("Returns within 30 days of delivery.", passage, language="en", checks=CLAIMS) == []
    assert check("Returns within 60 days of delivery.", passage, language="en", checks=CLAIMS)
    assert check("Returns are free.", passage, language="en", checks=CLAIMS)


def test_checks_can_be_chosen():
    text = "The best camera has 48 megapixels."
    assert {f.check for f in check(text, ["camera"], language="en", checks={"forbidden"})} == {"forbidden"}
    assert {f.check for f in check(text, ["camera"], language="en", checks={"numbers"})} == {"numbers"}


def test_codes_are_no_quantities():
    assert [code for code, _ in codes("A15, IP68, 5G and 1080p at 5 g, 9W and 128GB")] == [
        "5G",
        "1080p",
        "A15",
        "IP68",
    ]
    assert {q.raw for q in find("A15, IP68, 5G and 1080p at 5 g, 9W and 128GB")} == {"5 g", "9W", "128GB"}


settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
UNITS = ["g", "kg", "hours", "%", "cm", "W", "mAh", "克", "厘米", "小时", "万像素", "元", ""]


@given(
    case=st.sampled_from(TRUE),
    value=st.one_of(st.integers(2, 99_999), st.decimals("0.1", "999", places=1).map(lambda d: d.normalize())),
    unit=st.sampled_from(UNITS),
    place=st.integers(0, 200),
)
def test_a_number_that_is_not_in_the_facts_is_found_wherever_it_is_put(case, value, unit, place):
    number = f"{value:f}{unit}" if not isinstance(value, int) else f"{value}{unit}"
    product = PRODUCTS[case["product"]][case["language"]]
    own = [q for fact in [*product["facts"], *product["names"]] for q in find(fact)]
    if any(carries(fact, claim) for claim in find(number) for fact in own):
        return
    words = case["text"].split(" ")
    at = place % (len(words) + 1)
    text = " ".join([*words[:at], f"({number})", *words[at:]])
    assert "numbers" in {finding.check for finding in review_of(case, text).findings}


@given(
    product=st.sampled_from(sorted(PRODUCTS)),
    language=st.sampled_from(["en", "zh"]),
    data=st.data(),
)
def test_a_text_made_of_facts_passes(product, language, data):
    own = PRODUCTS[product][language]
    told = data.draw(st.lists(st.sampled_from(own["facts"]), min_size=1, max_size=4, unique=True))
    stop = "。" if language == "zh" else ". "
    text = "".join(fact.rstrip("。.") + stop for fact in told).strip()
    assert review_of({"product": product, "language": language}, text).findings == ()


@given(st.text(max_size=300), st.sampled_from(["en", "zh"]))
def test_any_text_at_all_can_be_checked(text, language):
    review(text, PRODUCTS["phone"][language]["facts"], language=language, max_length=100)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        # The facts in a row are what a small model makes of a Chinese request.
        ("颜色：蓝色；裙长：长裙；裙型：背带裙；图案：格子；风格：复古、文艺、简约", False),
        ("这条蓝色长裙简约大方，适合日常穿着，搭配起来毫不费力。", True),
        ("蓝色格子背带长裙，简约百搭", True),  # a headline
        ("The jacket keeps you dry in the rain and has a hood with a peak and", False),
        ("A jacket that keeps you dry", True),
    ],
)
def test_a_text_ends_unless_it_is_a_headline(text: str, ends: bool) -> None:
    assert (leftovers(text) == []) == ends


@pytest.mark.parametrize(
    ("fact", "claim", "carried"),
    [
        ("Weight: 158 g", "just under 160 g", True),
        ("Weight: 158 g", "under 200 g", False),
        ("Returns within 30 days", "returns within 60 days", False),
        ("Battery life: 30 hours", "over 30 hours", False),
        ("Battery life: 30 hours", "more than 28 hours", True),
        ("Height: 110 cm", "3 ft 7 in", True),
        ("重量：2.4千克", "4斤8两", True),
        ("续航：30小时", "三十小时", True),
        ("续航：30小时", "三十多小时", False),
        ("容量：4.5升", "四升半", True),
        ("容量：10000毫安时", "一万毫安时", True),
        ("Water: 80 °C", "176 °F", True),
        ("Wash: 40 °C", "40 degrees", True),
        ("Noise: 24 to 52 dB", "between 24 and 52 dB", True),
        ("适用面积：最大40平方米", "40平方米以内", True),
        ("Price: 79.00 USD", "seventy-nine dollars", True),
        ("Pegs: 14", "sixteen pegs", False),
        ("Size: 70 x 140 cm", "70 by 140 centimetres", True),
        ("Oven-safe: up to 250 °C", "a 250 °C oven", True),
        ("Oven-safe: up to 250 °C", "a 260 °C oven", False),
    ],
)
def test_numbers_as_people_write_them(fact, claim, carried):
    language = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in claim) else "en"
    assert bool(check(claim, [fact], language=language, checks={"numbers"})) is not carried


def test_a_number_may_be_said_again_in_another_unit_and_a_side_of_several_alone():
    fact = ["Laptop compartment: up to 15.6 inch", "Size: 80 x 60 cm", "Colours: oat, navy, green"]
    for text, carried in (
        ("Laptops of up to 15.6 inches (about 39.6 cm) fit.", True),
        ("Laptops of up to 15.6 inches (about 41 cm) fit.", False),
        ("It is 80 cm long.", True),
        ("It is 90 cm long.", False),
        ("Pick one of three colours.", True),
        ("Pick one of four colours.", False),
    ):
        assert bool(check(text, fact, language="en", checks={"numbers"})) is not carried, text
