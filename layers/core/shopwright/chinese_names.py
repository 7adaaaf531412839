# ruff: noqa: E501  (tables)
"""Names in Chinese texts, which no capital tells: places, and what calls itself a series, a technology, a prize."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_PLACES = """
意大利(?!面) 德国 法国 英国 美国 日本 韩国 瑞士 瑞典 挪威 芬兰 丹麦 荷兰 比利时 西班牙 葡萄牙 奥地利 希腊 波兰 捷克 匈牙利 土耳其 俄罗斯 加拿大 墨西哥
巴西 阿根廷 智利 秘鲁 哥伦比亚 埃塞俄比亚 肯尼亚 摩洛哥 埃及 南非 印度 尼泊尔 斯里兰卡 泰国 越南 印尼 印度尼西亚 马来西亚 新加坡 菲律宾 澳大利亚 新西兰 以色列
冰岛 爱尔兰 苏格兰 北欧 欧洲 非洲 南美 地中海 阿尔卑斯 普罗旺斯 托斯卡纳 西西里 那不勒斯 米兰 罗马 威尼斯 佛罗伦萨 巴黎 里昂 格拉斯 伦敦 柏林 慕尼黑 汉堡 维也纳
苏黎世 日内瓦 哥本哈根 斯德哥尔摩 赫尔辛基 阿姆斯特丹 巴塞罗那 马德里 里斯本 纽约 洛杉矶 旧金山 西雅图 东京 京都 大阪 北海道 首尔 香港 台湾 澳门 北京 上海 广州
深圳 杭州 苏州 南京 成都 重庆 武汉 西安 青岛 宁波 温州 义乌 佛山 东莞 景德镇 宜兴 武夷山 福州 福建 浙江 江苏 广东 云南 四川 新疆 西藏 内蒙古 安溪 龙井村
"""
_CALLED = (
    r"(?<=[，。；、：！？“”]).{0,1}?[\u4e00-\u9fff]{2,5}(?:科技|黑科技|技术)(?=加持|打造|，|。|$)"
    r"|(?:荣获|斩获|获得?|拿下|摘得)[^，。；]{2,14}奖|“[\u4e00-\u9fff]{2,6}”(?:系列|款|版)|[\u4e00-\u9fff]{2,4}系列"
    r"|[\u4e00-\u9fff]{2,4}(?:设计师|大师)?(?:操刀|亲自设计|联名|签名款)|[\u4e00-\u9fff]{2,5}(?<!我们)(?<!精心)设计的(?!.{0,2}感)"
    r"|(?:通过|获|取得)[\u4e00-\u9fffA-Z]{2,12}认证"
)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(f"{'|'.join(sorted(_PLACES.split(), key=len, reverse=True))}|{_CALLED}")


def chinese_names(text: str) -> Iterator[re.Match[str]]:
    """The names that a text gives."""
    return _pattern().finditer(text)
