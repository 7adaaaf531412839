# ruff: noqa: E501  (tables)
"""What copy may not say, whatever the facts: superlatives, guarantees, cures.

For Chinese the words that China's advertising law (articles 9, 16, 17, 28) and its practice rule out; for
English what consumer law calls misleading: superlatives nobody proved, guarantees, medical claims.
"""

from __future__ import annotations

import re

# A superlative or a cure is not carried by any fact a shop has; the exceptions are everyday words.
_FORBIDDEN_ZH = (
    r"最(?!近|后|终|初|爱|喜欢)|第一(?!次|步|天|章|件|人称|时间|眼|层|代|季|口|印象)|国家级|世界级|全球级|宇宙级|顶级|顶尖|顶配|极致|极品|极佳"
    r"|绝佳|绝对|唯一|独一无二|首个|首选|全网首|全球首|全国首|独家|史上|史无前例|空前|前所未有|绝无仅有|举世无双|无与伦比|无可比拟"
    r"|100[%％]|百分之?百|百分百|永久|永远|永不|万能|全能|完美|无敌|王牌|王者|之王|冠军|金牌|至尊|巅峰|领袖|领导品牌|领导者|遥遥领先|领先|no\.?\s?1|top\s?1"
    r"|驰名商标|中国驰名|老字号|国家领导|特供|专供|免检|质量免检|特效|速效|奇效|神效|根治|治愈|治疗|疗效|治病|包治|药到病除|祛病|抗癌|防癌"
    r"|降血压|降血糖|降三高|零风险|无风险|无副作用|绝无副作用|稳赚|保值|升值|包过|秒变|必备神器|神器|天花板|一流|超一流|无双|极限|尖端"
)
_FORBIDDEN_EN = (
    r"best(?! (?:before|wishes|regards))|#\s?1|no\.?\s?1|number one|perfect(?:ly|ion)?|flawless(?:ly)?|guarantee[ds]?|un(?:paralleled|matched|beatable|rivall?ed)"
    r"|second to none|revolution\w+|ground ?breaking|ultimate(?:ly)?|risk[- ]free|zero risk|miracle\w*|magic(?:al)?|cur(?:e|es|ed|ing)(?! time)|heal(?:s|ed|ing)?"
    r"|treat(?:s|ed|ing|ment)? (?:\w+ )?(?:pain|acne|disease|anxiety|illness|symptoms?)|prevents? (?:disease|cancer|illness|colds?)|clinically|medical(?:ly)?|therapeutic|detox\w*|doctors?|fda"
    r"|world[- ]?(?:class|s|leading|wide leader)|world['’]s|industry[- ]leading|market[- ]leading|leading(?! to)|award-winning product of the year"
    r"|(?:the )?most|the only|only one|one[- ]of[- ]a[- ]kind|forever|never|always|everlasting|permanent(?:ly)?|instant results?|proven|scientifically|100\s?%|hundred percent"
    r"|lose weight|weight loss|burns? fat|anti-?cancer|lowers? (?:blood|cholesterol)|boosts? immunity|immune|side effects?|no\.1|top[- ](?:of[- ]the[- ]line|notch|quality|tier)|supreme|foolproof|indestructible|unbreakable"
)
_SUPERLATIVE_EN = re.compile(
    r"(?<![A-Za-z-])(?:fast|slow|light|strong|high|low|cheap|safe|soft|hard|large|small|great|fine|smart|thin|"
    r"bright|quiet|clean|fresh|warm|cool|tough|new|rich|pure|nice|easi|healthi|tasti|sturdi|simpl|deep|long|"
    r"short|wid|tall|clos|near|quick|smooth|slim|sharp|big|hott|thinn|slimm)(?:e?st)(?![A-Za-z])",
    re.I,
)
# The shop's own "100%" about a material may be repeated where a fact says the very same.
_SAYABLE_AS_FACT = re.compile(r"^(?:100\s?[%％]|百分之?百|hundred percent)$", re.I)


_FORBIDDEN = re.compile(
    rf"{_FORBIDDEN_ZH}|(?<![A-Za-z])(?:{_FORBIDDEN_EN})(?![A-Za-z])|{_SUPERLATIVE_EN.pattern}", re.I
)


def forbidden(text: str, facts: str = "") -> list[tuple[str, int]]:
    """Forbidden words of the text with where they start.

    "100%" may stand when `facts` says it of the same thing: the same next letters after it.
    """
    found = []
    for match in _FORBIDDEN.finditer(text):
        following = re.match(r"\s*\w{1,3}", text[match.end() :])
        phrase = match[0] + (following[0] if following else "")
        if _SAYABLE_AS_FACT.match(match[0]) and following and phrase.lower() in facts.lower():
            continue
        found.append((match[0], match.start()))
    return found
