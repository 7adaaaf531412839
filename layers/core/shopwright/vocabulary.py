"""Words that claim nothing: what copy may say beyond its facts without saying anything about the product.

Everything else in a text has to come from the facts. So the lists are short on purpose: function words, the
verbs that join a product to its features, and praise that is plainly opinion ("lovely", "everyday"). Not in
them, because they say something that can be wrong: quality (durable, premium), novelty (latest), popularity,
cause ("so", "which means"), quantity ("more", "all"), denial ("not", "without").
"""

from __future__ import annotations

import re

_ENGLISH = """
a an the this that these those it its it's itself they their them there here and or plus also as well too
both of in on at for from by to into onto with within around over through up down out off i you your
yours you'll you're we our us who whom which what where when while whether let let's is are was be been
being am has have having had do does can could will would may might s ll re ve comes come coming offers
offer offering includes include included including features feature featuring featured provides provide
providing boasts boast boasting brings bring bringing gives give giving makes make making made gets get
getting holds hold holding carries carry carrying sporting combines combine combining pairs paired
delivers uses use used using works work working runs run running powered built designed design designs
crafted equipped fitted finished ready meets meet says say shows show takes take taking help helps
helping allows allow allowing lets measures measure measuring measured stands standing choose pick try
see find discover enjoy explore start love know want wants look looks looking feel feels think product
products item items piece choice option companion addition way ways moment moments day days daily
everyday life home place time routine style something one ones thing things detail details room hand
hands eye eyes idea brand name people anyone someone everyone person friend friends family yourself user
users owner customer customers task tasks job fan fans lover lovers kind great good nice lovely handy
simple simply neat classic modern stylish elegant beautiful beautifully charming pretty attractive
cheerful delightful pleasant pleasing sleek easy easily practical useful convenient conveniently
versatile ideal right fun happy favourite-to- be timeless tidy minimalist contemporary subtle bold just
only really truly very quite even still today tonight tomorrow whenever wherever thoughtful thoughtfully
friendly warmly inviting gorgeous exciting hello hi hey yes oh wow please thanks thank welcome
"""

_FUNCTION = """
a an the this that these those it its their and or plus also as well too both of in on at for from by to
into onto with within per up out off you your we our who which what where when is are was were be been
has have had s
"""

_CHINESE = """
的 了 和 与 及 或 并 且 也 都 还 又 更 很 真 就 在 于 为 以 从 到 把 被 让 给 对 向 由 是 有 这 那 此 该 其
它 您 你 我 我们 你们 他们 大家 这款 这件 这台 这个 这双 这支 本品 本款 一款 一件 一台 一个 一双 一份 一种
一把 一张 一条 一套 每 每天 每日 每一天 每一次 每次 一起 一下 一样 一些 采用 搭载 配备 拥有 具有 具备 提供
带来 支持 包含 含有 内含 内置 配有 配以 附有 使用 选用 适用 适合 采取 融合 结合 兼具 兼顾 设计 制成 打造
制作 来自 出自 源自 可以 可 能 能够 会 让您 让你 为您 为你 帮您 帮你 轻松 随时 随地 随手 随心 方便 便捷 实用
简单 简约 简洁 大方 时尚 经典 现代 优雅 美观 精美 精致 好看 漂亮 百搭 别致 日常 生活 家居 家中 家里 家 居家
出门 出行 上班 办公 学习 休闲 周末 时光 时刻 瞬间 场景 场合 需求 需要 选择 之选 好选择 好物 产品 商品 单品
款式 风格 外观 造型 体验 感受 享受 乐趣 心情 喜欢 喜爱 爱 爱上 发现 看看 了解 试试 来 去 用 做 过 拿 放 看
听 说 想 要 不妨 何不 快来 欢迎 选购 挑选 入手 收下 安排 分享 推荐 送给 自用 品牌 型号 规格 尺寸 重量 颜色
配色 材质 容量 产地 功能 特点 亮点 细节 参数 信息 介绍 如下 详情 分别 同时 此外 另外 以及 并且 而且 其中
包括 还有 更有 尽在 尽 好 不错 一 个 款 件 台 双 支 张 只 份 之 处 中 里 上 下 前 后 时 内 外 间 等 吧 呢 啊
呀 哦 啦 吗 着 地 得 起 出 开 做到 成 所 如 则 即 便 为了 无论 还是 认识 最近 换 一换 今天 今日 现在 朋友
家人 自己 亲友 人 伙伴 陪伴 相伴 伴 美好 愉快 温馨 惬意 自在 从容 用心 贴心 细心 简单明了 一目了然 一应俱全
恰到好处 重 达 约 仅
"""

# Between these, something new is said.
_CUTS = """
and with plus or while alongside featuring including includes include included
和 与 及 或 并 且 以及 并且 而且 还 也 又 更 同时 此外 另外 还有 更有 配有 配以 附有 分别
"""
# These say something of what stands before them: of the product itself, or of a thing it has.
_VERBS = """
is it's that's are was were has have had offers offer features feature boasts boast comes come provides
provide brings bring gives give makes make made holds hold carries carry uses use packs delivers runs
works weigh weighs measures measure stands designed built powered equipped fitted
采用 搭载 配备 拥有 具有 具备 提供 带来 支持 包含 含有 内含 内置 选用 使用 有 是 重 达 制成 打造
"""


# Harmless wherever they stand; the other harmless words count where the name of an attribute has them
# ("Shelf life").
FUNCTION_WORDS = frozenset(_FUNCTION.split())
HARMLESS_ENGLISH = frozenset(_ENGLISH.split())
HARMLESS_CHINESE = frozenset(_CHINESE.split())
CUTS = frozenset(_CUTS.split())
VERBS = frozenset(_VERBS.split())
# After the product itself, these begin to say something of it; after anything else they tie to that.
TIES = frozenset({"of", "in", "at", "from", "by", "on", "for"})
COPULAS = frozenset({"is", "are", "was", "were", "it's", "that's"})
MAKING = frozenset({"made", "crafted", "built", "designed"})
ARTICLES = frozenset({"a", "an", "the"})
# "a GOTS certified product": words for the product whatever it is.
KINDS = frozenset({"product", "item", "piece", "choice", "option", "pick", "companion", "way", "idea"})
RELATIVES = frozenset({"which", "that", "whose", "其"})
# Words that count only as part of what they count, or unite what stands in different places.
_SAME = {
    "cancelling": "canceling",
    "cancellation": "canceling",
    "colour": "color",
    "grey": "gray",
    "fibre": "fiber",
    "aluminium": "aluminum",
    "weigh": "weight",
    "weighs": "weight",
    "weighing": "weight",
    "screen": "display",
    "telephone": "phone",
    "headphone": "headphones",
}
COMPOUND = re.compile(r"\b([a-z]+)[ -](proof|free|resistant|safe|friendly|seasoned|powered)\b", re.I)


def normal(text: str) -> str:
    """Lower case, straight apostrophes, and compounds written as one: "leak-proof", "BPA free"."""
    return COMPOUND.sub(r"\1\2", text.lower().replace("’", "'"))


def stem(word: str) -> str:
    """One form for singular and plural, British and American spelling."""
    word = word.removesuffix("'s").removesuffix("'")
    word = _SAME.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return _SAME.get(word, word)


_HARMLESS_STEMS = HARMLESS_ENGLISH | {stem(word) for word in HARMLESS_ENGLISH}


def harmless(word: str) -> bool:
    """Whether an English word, in lower case, claims nothing."""
    return word in _HARMLESS_STEMS or stem(word) in _HARMLESS_STEMS
