"""Hashtags, data of persons, and words of another language: what is a fault, and what only looks like one."""

from __future__ import annotations

import pytest

from shopwright.claims import check
from shopwright.hashtags import hashtag_findings
from shopwright.personal import personal
from shopwright.platforms import Platform
from shopwright.wellformed import without_personal_data

NAMES = ["Marlow Gooseneck Kettle", "Marlow", "Kettles"]
FACTS = ["Material: stainless steel", "Capacity: 0.9 l", "Price: 89.00 EUR"]


def hashtags(text: str, platform: Platform | None = None) -> list[str]:
    found = hashtag_findings(text, FACTS, language="en", names=NAMES, platform=platform)
    assert {finding.check for finding in found} <= {"hashtags"}
    return [finding.excerpt for finding in found]


def test_names_and_facts_run_together_are_hashtags() -> None:
    assert hashtags("A slow pour. #Marlow #GooseneckKettle #StainlessSteel #kettle") == []
    assert hashtags("No hashtag at all.") == []


@pytest.mark.parametrize(
    "tag",
    [
        "#BestKettle",
        "#DysonKiller",
        "#Waterproof",
        "#50PercentOff",
        "#CopperKettle",
        "##kettle",
        "#",
        "#2024",
    ],
)
def test_what_no_fact_carries_or_is_no_hashtag_is_told(tag: str) -> None:
    assert hashtags(f"A slow pour. #Marlow {tag} #Kettle") == [tag]


def test_a_hashtag_stands_there_once_and_not_too_many() -> None:
    assert hashtags("Pour. #Marlow #Kettle #marlow") == ["#marlow"]
    many = " ".join(["#Marlow"] + [f"#Kettle{'s' * (n % 2)}" for n in range(31)])
    assert hashtags(many, "instagram")[-1] in many


def test_a_hyphen_ends_a_hashtag() -> None:
    assert hashtags("Pour. #stainless-steel") == ["#stainless-steel"]


def test_only_weibo_closes_a_hashtag() -> None:
    assert hashtags("Pour. #Marlow# #Kettle#", "weibo") == []
    assert hashtags("Pour. #Marlow #Kettle#", "weibo") == ["#Marlow"]
    assert hashtags("Pour. #Marlow# #Kettle", "x") == ["#Marlow#"]


@pytest.mark.parametrize(
    "said",
    [
        "anna@mail.example",
        "anna at mail dot com",
        "+49 30 2312541",
        "030/23125417",
        "13812345678",
        "GB82 WEST 1234 5698 7654 32",
        "order no. 4471-20938",
        "12 Fenwick Road",
        "上海市徐汇区桂平路128弄5号",
        "京N88Q56",
        "张伟女士",
        "1992年5月14日出生",
        "Anna Keller ordered",
        "@annakeller",
        "微信：anna_88",
        "shop.example/anna",
    ],
)
def test_data_of_persons_is_found_and_can_be_taken_out(said: str) -> None:
    text = f"A kettle for slow mornings, {said}, of steel."
    assert personal(text)
    kept = without_personal_data(text)
    assert said not in kept
    assert kept.startswith("A kettle for slow mornings")


@pytest.mark.parametrize(
    "harmless",
    [
        "140 x 200 cm",
        "from 2700 to 4000 K",
        "10,000 mAh",
        "89.00 EUR",
        "2019-2024",
        "M3 Pro, size 42",
        "Ladies and gentlemen",
        "适合送给女士",
        "一二三，开始泡茶",
        "WH-1000XM5",
    ],
)
def test_numbers_and_people_in_general_are_nobodys(harmless: str) -> None:
    assert personal(f"A kettle for slow mornings, {harmless}, of steel.") == []


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("A kettle, weich und schön.", "en", ["weich", "und", "schön"]),
        ("A kettle。", "en", ["。"]),
        ("Up to 250 Â°C.", "en", ["Â°", "Â"]),
        ("A café kettle with a naïve charm.", "en", []),
        ("这款水壶很輕巧。", "zh", ["輕"]),
        ("这款水壶很soft。", "zh", ["soft"]),
        ("这款水壶支持 USB 充电，容量500 ml。", "zh", []),
        ("这款水壶有app。", "zh", []),
    ],
)
def test_words_and_letters_of_another_language(text: str, language: str, foreign: list[str]) -> None:
    found = check(text, ["steel"], language=language, checks={"language"})
    assert [finding.excerpt for finding in found] == foreign
