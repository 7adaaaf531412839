"""Texts of the catalogue that are no facts: instructions to a language model, links to somewhere else. Pure.

A product's text may come from a seller or a feed. Whatever stands in it is quoted to customers, so what
speaks to the model instead of to them must not be taken for a statement of the shop's. Patterns cannot know
every way to say it; that nothing follows from what a model makes of it is the business of the checks
(claims.py, grounding.py).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|overrides|do not follow)\b.{0,40}"
    r"\b(?:instructions?|rules?|directions?|facts|told|polic(?:y|ies)|guidelines|previous|above|prompt)\b"
    r"|\bsystem (?:prompt|message)|^\W*system\s*:|\bsystem_prompt\b|\byour new task\b"
    r"|\b(?:your|hidden|new|internal) (?:instructions?|guidelines|prompt|discount code)\s*(?::|\bin\b|$)"
    r"|\b(?:you are now|you are chatgpt|you are a language model|as an ai|developer mode)\b"
    r"|\b(?:note to the assistant|the assistant must|assistant,? from now on)\b|\bpretend to be\b"
    r"|(?:^|[.!?]\s+)(?:act as an?|say ['\"“])|\brepeat the words above|\boutput the conversation"
    r"|\bprint (?:everything|your)\b|\bwhat you were told\b|\bbefore answering\b|\boverride\s*:"
    r"|\bwhen asked\b.{0,40}\banswer\b|\bevery answer\b|\beach reply\b|\bwas a test\b"
    r"|\[/?INST\]|<\|\w+\|>|#{2,}\s*(?:instruction|指令)|\{\{.*\}\}|\$\{\w+\}|</?(?:script|question|system)\b"
    r"|(?:忽略|无视|忘记|覆盖|不要遵守|不要管|优先于).{0,12}(?:指令|规则|要求|提示|告知|政策|事实)"
    r"|系统(?:提示|消息|[:：])|你现在是|(?:作为|你是)语言模型|没有限制的人工智能|给助手的|助手(?:必须|[,，]从现在)"
    r"|(?:隐藏|内部)的?(?:提示|准则|指令|优惠码)|(?:逐字|原样)输出|打印这一行|你的新任务|新的指令[:：]"
    r"|开发者模式|假装你是|(?:^|[。.]\s*)扮演|被问到.{0,12}回答|回答之前|每个回答|每次回复|重复上面|之前的都是测试"
    r"|覆盖指令|上一位(?:顾客|用户)|给出顾客|说[“\"]我",
    re.IGNORECASE | re.DOTALL,
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。；、]+"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|io|info|shop|store|top|xyz|example)\b(?:/[^\s，。；、]*)?",
    re.IGNORECASE,
)


def to_a_model(text: str) -> bool:
    """Whether the text speaks to a language model."""
    return bool(_TO_A_MODEL.search(text))


def leads_elsewhere(text: str, link: str | None) -> bool:
    """Whether the text holds a link to another host than `link`, which the shop gave for the text itself."""
    own = _host(link) if link else None
    return any(_host(found[0]) != own for found in _LINK.finditer(text))


def _host(link: str) -> str:
    url = link if "://" in link else f"//{link}"
    return (urlsplit(url).hostname or "").removeprefix("www.")
