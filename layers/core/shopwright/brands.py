# ruff: noqa: E501  (tables)
"""Brands and product lines that language models name unasked."""

from __future__ import annotations

import re
from functools import cache

# The same maker's names in both languages stand together, divided by |.
_BRANDS = """
apple|苹果 ; iphone ; ipad ; macbook ; airpods ; imac ; ios ; apple watch ; samsung|三星 ; galaxy ; huawei|华为 ; mate ; honor|荣耀
xiaomi|小米 ; redmi|红米 ; oppo ; vivo ; oneplus|一加 ; realme|真我 ; motorola|摩托罗拉 ; nokia|诺基亚 ; pixel phone ; google|谷歌
android|安卓 ; sony|索尼 ; lg ; panasonic|松下 ; philips|飞利浦 ; bosch|博世 ; siemens|西门子 ; dyson|戴森 ; haier|海尔 ; midea|美的集团
gree|格力 ; lenovo|联想 ; thinkpad ; dell|戴尔 ; hp|惠普 ; asus|华硕 ; acer|宏碁 ; microsoft|微软 ; windows ; intel|英特尔 ; amd ; nvidia|英伟达
qualcomm|高通 ; snapdragon|骁龙 ; mediatek|联发科 ; kirin|麒麟 ; bose ; jbl ; sennheiser|森海塞尔 ; beats ; canon|佳能 ; nikon|尼康 ; fujifilm|富士
gopro ; dji|大疆 ; nike|耐克 ; adidas|阿迪达斯 ; puma|彪马 ; reebok|锐步 ; new balance|新百伦 ; asics|亚瑟士 ; under armour|安德玛 ; li-ning|李宁
anta|安踏 ; the north face|北面 ; patagonia|巴塔哥尼亚 ; columbia|哥伦比亚 ; gore-tex ; vibram ; levi's|李维斯 ; gucci|古驰 ; prada|普拉达
chanel|香奈儿 ; hermes|爱马仕 ; louis vuitton|路易威登 ; dior|迪奥 ; zara ; h&m ; uniqlo|优衣库 ; ikea|宜家 ; muji|无印良品 ; loreal|欧莱雅
estee lauder|雅诗兰黛 ; lancome|兰蔻 ; nivea|妮维雅 ; dove|多芬 ; starbucks|星巴克 ; nescafe|雀巢 ; coca-cola|可口可乐 ; pepsi|百事 ; lego|乐高
tefal|特福 ; le creuset|酷彩 ; lodge ; kitchenaid ; stanley ; yeti ; thermos|膳魔师 ; tupperware ; amazon|亚马逊 ; alexa ; ebay ; taobao|淘宝
tmall|天猫 ; jd\\.com|京东 ; pinduoduo|拼多多 ; walmart|沃尔玛 ; tesla|特斯拉 ; toyota|丰田 ; bmw|宝马 ; disney|迪士尼 ; rolex|劳力士 ; casio|卡西欧
fitbit ; garmin|佳明 ; logitech|罗技 ; anker|安克 ; moutai|茅台 ; bosideng|波司登 ; erke|鸿星尔克 ; supor|苏泊尔 ; joyoung|九阳
"""


# A brand only with its capital.
_ORDINARY_WORDS = frozenset(
    {"mate", "honor", "beats", "lodge", "dove", "stanley", "columbia", "windows", "apple", "galaxy"}
)


@cache
def _table() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (names.split("|")[0], re.compile(r"(?<![A-Za-z])(?:" + names + r")(?:['’]s)?(?![A-Za-z])", re.I))
        for line in _BRANDS.strip().splitlines()
        for names in (cell.strip() for cell in line.split(" ; "))
    ]


def brands(text: str) -> list[tuple[str, str, int]]:
    """The brands the text names: one name for all spellings of a maker, the words, and where they start."""
    return [
        (brand, match[0], match.start())
        for brand, pattern in _table()
        for match in pattern.finditer(text)
        if brand not in _ORDINARY_WORDS or not match[0][0].islower()
    ]
