# ruff: noqa: E501  (tables)
"""Data of persons in a text: addresses of every kind, numbers, accounts, names with what their owners did."""

from __future__ import annotations

import re
from functools import cache

_DIGIT_WORDS = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚欧"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_DEEDS = r"(?:ordered|bought|says|said|writes|wrote|loves|loved|reviewed|picked|chose|uses|used|recommends|owns|wears|reordered|returned)"
_NAME = r"[A-Z][a-zà-ÿ]+ (?:[A-Z]\. )?(?:[A-Z]['’])?[A-Z][a-zà-ÿ]+"

_PATTERNS = {
    "e-mail": [
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"[\w.+-]+ ?(?:\(at\)|\[at\]|\{at\}|＠|艾特| at ) ?[\w-]+ ?(?:\(dot\)|\[dot\]|\{dot\}| dot |点|\.) ?(?:com|net|org|cn|io|shop|example|de|uk|co)\b",
        r"[\w.+-]+(?:\(at\)|\[at\])[\w-]+(?:\(dot\)|\[dot\]|\.)\w+",
    ],
    "link": [
        r"(?:https?://|www\.)\S+",
        r"\b[a-z0-9-]+\.(?:com|net|org|cn|io|shop|example|info|me|app|store|de|co\.uk)\b(?:/\S*)?",
    ],
    "handle": [
        r"(?<!\w)@\w{2,}",
        r"(?:微信|weixin|wechat|vx|v信|加v|qq|whatsapp|telegram|signal|snapchat|instagram|insta|tiktok|line id|抖音|公众号)(?:号|群)?(?: ?(?:[:：]|联系|handle|id|is) ?|(?<=[号群信Vv]))\+?[A-Za-z0-9_.-]{4,}",
    ],
    "phone": [
        r"(?<!\d)1[3-9]\d{9}(?!\d)",
        # In at least two groups, seven digits or more; measures and years are told apart below.
        r"(?<![\w.,])(?:\+|00)?\(?\d{1,5}\)?(?:[ .\-/]{1,3}\(?\d{2,8}\)?){1,5}(?![\w%°])",
        rf"(?:(?:{_DIGIT_WORDS}|\d{{3,}})[ ,-]+){{2,}}(?:{_DIGIT_WORDS}[ ,-]+){{2,}}{_DIGIT_WORDS}\b",
        r"[零〇一二三四五六七八九幺]{3,4}[，,、\s\-]*[零〇一二三四五六七八九幺]{4}[，,、\s\-]*[零〇一二三四五六七八九幺]{0,4}",
    ],
    "number of a document or an account": [
        r"(?<!\d)\d{17}[\dXx](?!\d)",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b",
        r"(?<!\d)(?:\d{4}[ -]){3}\d{3,7}(?!\d)",
        r"(?:passport|id card|licen[cs]e|护照|身份证|银行卡|账号|卡号)(?: ?(?:no\.?|number|号码?))? ?[:：]?\s?(?=[A-Z0-9]*\d{2})[A-Z0-9]{6,}",
        r"(?:order|订单)(?: ?(?:no|number|nr|号|编号))?[.:：# ]*#?\d[\d-]{4,}",
    ],
    "licence plate": [
        r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b",
        r"(?<![A-Za-z-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}\b",
        rf"[{_PROVINCES}][A-Z][·• ]?[A-Z0-9]{{5,6}}(?![A-Z0-9])",
    ],
    "address": [
        r"\b\d{1,5}[a-zA-Z]? (?:[A-Z][\w'’]+ ){1,3}(?:Road|Rd|Street|St|Avenue|Ave|Lane|Drive|Way|Close|Square|Boulevard|Blvd|Court|Terrace)\b",
        r"\b[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|weg|platz|allee|gasse) \d{1,4}[a-z]?\b",
        r"\b(?:rue|avenue|via|calle) (?:de |del |della |du )?[A-Z]\w+,? \d{1,4}\b|\b\d{1,4},? (?:rue|avenue|boulevard) (?:de |du |des )?\w+",
        r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b",
        r"[\u4e00-\u9fff]{2,}(?:省|市|区|县|镇)[\u4e00-\u9fff]{1,10}(?:路|街|巷|道|弄|胡同)\d+[号弄]",
        r"[\u4e00-\u9fff]{2,6}(?:路|街|巷|大道|胡同)\d+[号弄][\u4e00-\u9fff\d]*",
    ],
    "date of birth": [
        r"(?:\bborn(?: on| in)?|\bbirthday(?: is| on|:)|生于|生日(?:是|在|为|[:：]))\D{0,8}\d{1,4}[\w ./年月日-]*",
        r"\d{4} ?年 ?\d{1,2} ?月(?: ?\d{1,2} ?日)?(?:出生|生人|生的)",
    ],
    "name of a customer": [
        rf"\b{_NAME}(?:,? (?:from|of|in) [A-Z][a-zà-ÿ]+)?,? (?:who )?(?:has |just |already |first )?{_DEEDS}\b",
        rf"\b(?:loved|worn|bought|ordered|used|chosen|recommended|owned|reviewed|tried) by (?:[a-z]+ )?{_NAME}",
        r"\b(?:Mr|Mrs|Ms|Miss|Dr|Herr|Frau|Dear)\.? [A-Z][a-zà-ÿ]+",
        rf"(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?:先生|女士|小姐|同学|太太|阿姨|老师)",
        rf"[{_SURNAMES}](?:先生|女士|小姐|太太)(?=.{{0,6}}(?:买|订|下单|说|评|收到|都在用))",
        rf"(?:顾客|客户|买家|会员|粉丝|网友)[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}",
    ],
}  # fmt: skip
_YEARS = re.compile(r"(?:19|20)\d\d[-/ –](?:19|20)\d\d")


@cache
def _compiled() -> list[tuple[str, re.Pattern[str]]]:
    # Names are told by their capitals; all else may be written either way.
    exact = ("name of a customer", "address", "licence plate", "number of a document or an account")
    return [
        (what, re.compile(pattern, 0 if what in exact else re.I))
        for what, patterns in _PATTERNS.items()
        for pattern in patterns
    ]


def personal(text: str) -> list[tuple[str, str]]:
    """Personal data in the text: the words, and what they are."""
    found = []
    for what, pattern in _compiled():
        for match in pattern.finditer(text):
            said = match[0].strip()
            if what == "phone" and not _may_be_dialled(said):
                continue
            found.append((said, what))
    return found


def _may_be_dialled(said: str) -> bool:
    """Whether a row of digits may be a telephone number: as long as one, and neither years nor a date."""
    digits = sum(each.isdigit() for each in said)
    return (
        digits == 0 or (7 <= digits <= 15 and not _YEARS.fullmatch(said)) or bool(re.search("[a-z]{3}", said))
    )
