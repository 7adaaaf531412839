"""What a customer asks, and what can be told from its wording alone."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .products import Id, Language, Strict
from .retrieval import is_chinese


class Question(Strict):
    """A customer's question. Without `language` it is answered in the language it is written in."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    customer_id: Id | None = None
    product_id: Id | None = Field(default=None, description="The product page the customer is looking at.")
    conversation_id: Id | None = None
    language: Language | None = None

    @property
    def spoken(self) -> Language:
        """The language to answer in."""
        return self.language or ("zh" if is_chinese(self.question) else "en")


_YES_NO = re.compile(
    r"^(?:hi|hello|hey|please|so|and|but|,|\s)*"
    r"(?:is|are|am|do|does|did|can|could|will|would|has|have|may|should|was|were|isn't|aren't|don't|doesn't|can't)\b",
    re.IGNORECASE,
)
_YES_NO_ZH = re.compile(r"吗|能不能|可不可以|是不是|有没有|是否|会不会|要不要|可否|(.)不\1")

_ASKS = re.compile(
    r"[?？]|\b(?:how|what|what's|when|where|which|who|whose|why)\b|怎么|怎样|如何|什么|多久|多少|多长|哪|谁|几[天个号点次]|为何",
    re.IGNORECASE,
)

_PERSON = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|put|hand)\b.{0,25}\b(?:to|with|through|over to)\b.{0,20}"
    r"\b(?:human|person|agent|someone|somebody|representative|staff|manager|adviser|advisor|operator)\b"
    r"|\b(?:want|need|get|give) (?:me )?(?:a |an )?(?:real |live |actual )?(?:human|person|agent|operator)\b"
    r"|\b(?:want|like|wish|have|going|need) to (?:file |make |lodge )?(?:a )?(?:formal )?complain",
    re.IGNORECASE,
)
_PERSON_ZH = re.compile(
    r"(?:转|找|要|想|叫|换|请|接)(?:一?[个位]|给|接|到|和|跟|与|你们|真的?|联系|一下)*"
    r"(?:人工|真人|客服|主管|经理|负责人)|(?:我要|我想|要求|我得|想要|必须)投诉"
)
# "When can I talk to a person?" is answered with the opening hours.
_ABOUT_TIMES = re.compile(
    r"\b(?:when|what time|which hours|what hours|opening hours|how long|how soon)\b"
    r"|几点|什么时候|多久|时间|几小时",
    re.IGNORECASE,
)
_OWN_ORDER = re.compile(
    r"\bwhere(?:'s|’s| is| are)? my (?:order|parcel|package|delivery)|\bstatus of (?:my|the) order"
    r"|\b(?:my )?order (?:number |no\.? ?|#)?\d{4,}"
    r"|(?:我的|我那个?)(?:订单|包裹|快递|东西|货).{0,12}(?:哪|什么时候|怎么还|状态)|订单号?\s*[:：]?\s*\d{4,}",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"\b(?:how much|what)(?:'s|’s)?\b|\b(?:is|are|does|do|will)\b|\b(?:the )?(?:prices?|costs?)\b"
    r"(?: of| for)?"
    r"|多少钱|(?:的|售)?(?:价格|价钱|售价)(?:是?多少|怎么样)?|卖(?:多少钱?|什么价)|怎么卖|什么价格?",
    re.IGNORECASE,
)
_ASKS_PRICE = re.compile(
    r"\bhow much\b.*\bcosts?\b|\bhow much (?:is|are)\b"
    r"|\bwhat(?:'s|’s| is| are| does| do)\b.*\b(?:prices?|costs?)\b"
    r"|多少钱|价格|价钱|售价|怎么卖|什么价",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"\bin stock\b|\bout of stock\b|\bsold out\b|\bavailable\b|\bavailability\b(?: of)?"
    r"|\bstill\b|\bright now\b|\bcurrently\b"
    r"|(?:现在|目前|还)?(?:有没有|有)?(?:现货|库存)(?:吗|了)?"
    r"|(?:现在|目前|还)?(?:有没有货|有货|缺货|没货)(?:吗|了)?",
    re.IGNORECASE,
)
_ASKS_STOCK = re.compile(
    r"\b(?:in|out of) stock\b|\bsold out\b|^(?:is|are)\b.*\bavailable\b(?: (?:now|right now|today))?\W*$"
    r"|现货|库存|有没有货|有货|缺货|没货",
    re.IGNORECASE,
)


_OFFERED = (
    r"\b(?:do you (?:have|sell|stock)|have you got|(?:is|are) there|got|any|what|which|recommend|suggest)\b"
)
_CHEAPER = re.compile(
    rf"{_OFFERED}.{{0,40}}\b(?:cheaper|less expensive|for less)\b"
    r"|(?:有没有|有|推荐).{0,8}(?:便宜|实惠)(?:一?点|些|的)|便宜(?:一?点|些)的",
    re.I,
)
_LIKE = re.compile(
    rf"{_OFFERED}.{{0,30}}\b(?:similar|alternatives?|comparable"
    r"|(?:some|any)thing (?:else )?like (?:it|this|that))\b"
    r"|(?:有没有|有|推荐).{0,8}(?:类似|相似|差不多|替代)",
    re.I,
)


def plainly_asks(question: str) -> tuple[Literal["price", "availability"], str] | None:
    """Whether the question asks for a price or for stock, and what else stands in it: of which product."""
    if _ASKS_STOCK.search(question):
        return "availability", _STOCK.sub(" ", question)
    if _ASKS_PRICE.search(question):
        return "price", _PRICE.sub(" ", question)
    return None


def wants_other(question: str) -> Literal["cheaper", "like"] | None:
    """Whether the question asks for another product than the one it is about: a cheaper one, one like it."""
    if _CHEAPER.search(question):
        return "cheaper"
    return "like" if _LIKE.search(question) else None


def is_yes_no(question: str) -> bool:
    """Whether the question wants a yes or a no."""
    return bool(_YES_NO.search(question) or _YES_NO_ZH.search(question))


def asks(question: str) -> bool:
    """Whether it is a question at all, and not a request ("cancel my order")."""
    return bool(_ASKS.search(question)) or is_yes_no(question)


def wants_person(question: str) -> bool:
    """Whether the customer asks to be put through to somebody, or complains."""
    asked = _PERSON.search(question) or _PERSON_ZH.search(question)
    return bool(asked) and not _ABOUT_TIMES.search(question)


def about_own_order(question: str) -> bool:
    """Whether the question is about one order of the customer's, which no article can answer."""
    return bool(_OWN_ORDER.search(question))
