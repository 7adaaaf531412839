"""Room for a text, counted as each platform counts; and posts that keep to it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shopwright.content import ContentRequest, ContentWriter
from shopwright.platforms import Platform, Room, hashtags, room_on
from shopwright.products import ProductFacts

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel
from .test_content import NOW

PHONE = {
    "title": "智能手机",
    "brand": "苹果",
    "language": "zh",
    "product_highlight": [
        "6.1英寸显示屏",
        "1200万像素摄像头",
        "A15仿生芯片",
        "支持无线充电",
        "机身采用磨砂玻璃和铝金属边框",
        "内置128GB存储空间",
        "电池可连续播放视频19小时",
        "支持面容识别解锁",
        "通过防水等级认证，可在6米深的水下停留30分钟",
    ],
    "translations": {
        "en": {
            "title": "Smartphone",
            "brand": "Apple",
            "product_highlight": ["6.1-inch display", "12-megapixel camera", "A15 Bionic chip"],
        }
    },
}


@pytest.mark.parametrize(
    ("platform", "text", "length"),
    [
        # Latin counts one, as do quotes and dashes; Chinese, emoji and the ellipsis two.
        ("x", "Hello, café!", 12),
        ("x", "“quoted” – and…", 16),
        ("x", "你好", 4),
        ("x", "👍", 2),
        # e and its accent are one letter, however they are written.
        ("x", "cafe\u0301", 4),
        ("weibo", "你好", 2),
        ("weibo", "hello", 3),
        ("weibo", "你好 ok", 4),
        ("instagram", "你好 ok", 5),
        ("xiaohongshu", "你好 ok", 5),
        (None, "你好 ok", 5),
    ],
)
def test_a_text_is_as_long_as_the_platform_counts(platform: Platform | None, text: str, length: int) -> None:
    assert room_on(platform, 100).count(text) == length


def test_a_platform_takes_no_more_than_it_takes() -> None:
    assert room_on("x", 2000).limit == 280
    assert room_on("x", 100).limit == 100
    assert room_on("instagram", 2000).limit == 2000
    assert room_on(None, 2000).limit == 2000


def test_room_is_what_fits_and_what_is_left() -> None:
    room = room_on("x", 10)
    assert room.fits("你好你好你")
    assert not room.fits("你好你好你a")
    assert room.after("你好").limit == 6
    assert (room.characters("zh"), room.characters("en")) == (5, 10)
    assert Room(7).characters("zh") == 7
    assert room_on("weibo", 10).characters("en") == 20


def test_hashtags_are_written_as_there() -> None:
    assert hashtags(["苹果", "智能手机"], "weibo") == " #苹果# #智能手机#"
    assert hashtags(["苹果", "智能手机"], "xiaohongshu") == " #苹果 #智能手机"
    assert hashtags([], "weibo") == ""


@pytest.mark.parametrize("platform", ["x", "weibo", "instagram", "xiaohongshu", None])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("length", [60, 280, 2000])
def test_a_post_has_room_where_it_will_stand(platform: Platform | None, language: str, length: int) -> None:
    request = ContentRequest.model_validate(
        {
            "kind": "social_post",
            "product": PHONE,
            "language": language,
            "platform": platform,
            "max_length": length,
            "variants": 3,
        }
    )
    writer = ContentWriter(InMemoryCatalog(), InMemoryCustomers(), ScriptedModel(), frozenset())
    texts = [each.text for each in writer.write(request, NOW).texts]
    assert texts
    for text in texts:
        assert request.room.fits(text), request.room.count(text)
        assert "#" in text
        assert (text[-1] == "#") == (platform == "weibo")


def test_a_chinese_post_on_x_tells_less_than_one_where_characters_are_counted() -> None:
    def facts(platform: Platform | None) -> int:
        request = ContentRequest(
            kind="social_post",
            product=ProductFacts.model_validate(PHONE),
            language="zh",
            platform=platform,
            max_length=70,
        )
        writer = ContentWriter(InMemoryCatalog(), InMemoryCustomers(), ScriptedModel(), frozenset())
        return len(writer.write(request, NOW).texts[0].facts)

    assert facts("x") < facts("xiaohongshu")


def test_only_a_post_has_a_platform() -> None:
    with pytest.raises(ValidationError, match="ad_copy takes google, meta"):
        ContentRequest(kind="ad_copy", product_id="p-1", platform="x")
