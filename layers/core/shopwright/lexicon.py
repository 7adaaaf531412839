# ruff: noqa: E501  (tables)
"""What copy likes to claim, in English and Chinese: features, and what a shop promises.

One line a concept: its English wordings and its Chinese ones, as regular expressions; a space in an English
wording also matches a hyphen or nothing. Two wordings on one line mean the same, so that a fact in either
language and either wording carries the claim; wordings that look alike but are not the same claim
(waterproof, water-resistant) stand on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

_FEATURES = r"""
waterproof           | water proof(?:ed|ing)?                          | 防水
water_resistant      | water resistant|resists? water|water resistance | 抗水|耐水
water_repellent      | water repell?(?:ent|ing)|splash (?:proof|resistant)|shower proof | 防泼水|拒水|防溅|泼水
leakproof            | (?:leak|spill) (?:proof|free|resistant)         | 防漏|不漏
in_water             | (?:dip|swim|swims|swimming|plunge|dives?|diving) in|under ?water|in(?:to)? the (?:shower|pool|lake|sea|bath|river)|submer\w+ | 下水|泡在水|水下|游泳|淋浴|洗澡|掉进|潜水
for_babies           | bab(?:y|ies)|new ?borns?|infants?|toddlers? | 婴儿|宝宝|新生儿|婴幼儿
works_with_all       | (?:works?|fits?|compatible|goes) (?:with |on |in )?(?:every|any|all)|universal(?:ly)? | 通用|(?:所有|任何)(?:手机|型号|设备|机型|炉灶|尺寸)
windproof            | wind (?:proof|resistant)                        | 防风
dustproof            | dust (?:proof|resistant)                        | 防尘
shockproof           | shock (?:proof|resistant|absorb\w*)|drop proof  | 防摔|抗摔|防震|减震|避震|抗冲击
scratch_resistant    | scratch (?:proof|resistant)                     | 防刮|耐刮|耐磨
stain_resistant      | stain (?:proof|resistant)                       | 防污|抗污
slip_resistant       | (?:non|anti) slip|slip resistant                | 防滑|止滑
rustproof            | rust (?:proof|free|resistant)|corrosion resistant | 防锈|不生锈|耐腐蚀
fireproof            | fire (?:proof|resistant)|flame retardant        | 防火|阻燃
uv                   | uv (?:protect\w*|resistant|proof)|upf|spf|sun protect\w*|(?:from|against) the (?:\w+ )?sun | 防晒|抗紫外线|防紫外线|大太阳|烈日|暴晒
wireless_charging    | wireless charg\w+|qi charg\w+                   | 无线充电|无线快充
wireless             | wireless(?:ly)?|cordless                        | 无线
bluetooth            | bluetooth                                       | 蓝牙
wifi                 | wi fi                                           | 无线网
nfc                  | nfc                                             | 近场通信
gps                  | gps                                             | 卫星定位
fast_charging        | (?:fast|quick|rapid|super) charg\w+|charges? (?:fast|quick(?:ly)?|rapidly) | 快充|闪充|快速充电|超级充电
rechargeable         | re ?chargeable                                  | 可充电|充电式|反复充电
noise_cancelling     | noise cancel\w+|anc|noise reduc\w+              | 降噪|消噪
long_battery         | long (?:lasting )?battery(?: life)?|all day battery|long lasting battery|(?:great|excellent|long|extended) battery life | 长续航|超长续航|续航持久|电池耐用|持久续航
battery              | batter(?:y|ies)                                 | 电池|续航
amoled               | amoled                                          | 主动矩阵有机
oled                 | oled                                            | 有机发光
retina               | retina                                          | 视网膜屏
led                  | leds?                                           | 发光二极管
hdr                  | hdr\w*|dolby vision                             | 杜比视界
high_resolution      | (?:high|hi) (?:res|resolution|definition)|full hd|ultra hd|uhd | 高清|超清|高分辨率
edge_to_edge         | edge to edge|bezel ?less|full screen            | 全面屏|无边框|窄边框
high_refresh         | high refresh(?: rate)?                          | 高刷
touchscreen          | touch ?screens?|touch control\w*                | 触摸屏|触控屏|触屏|触控
dual_camera          | (?:dual|double|twin) (?:lens |rear )?cameras?   | 双摄|双镜头
triple_camera        | triple (?:lens |rear )?cameras?                 | 三摄|三镜头
optical_zoom         | optical zoom|telephoto                          | 光学变焦|长焦
stabilisation        | (?:image|optical) stabili[sz]\w+|ois            | 防抖
night_mode           | night (?:mode|vision|photography)|low light     | 夜景|夜拍|夜视
face_id              | face (?:id|unlock|recognition)                  | 面容|人脸识别|面部识别|人脸解锁
fingerprint          | finger ?print\w*                                | 指纹
dual_sim             | dual sim                                        | 双卡
storage              | storage|internal memory                         | 存储|内存|储存空间|大容量
voice_control        | voice (?:control\w*|assistant|command\w*)|alexa|siri|google assistant | 语音控制|语音助手|声控|语音
app_control          | app control\w*|smart ?phone app|companion app   | (?<![A-Za-z])app(?![A-Za-z])|手机控制|远程控制
smart                | smart (?:home|features?)|ai|artificial intelligence | 智能家居|人工智能|(?<![A-Za-z])ai(?![A-Za-z])
dimmable             | dimm(?:able|ing|er)s?                           | 调光|亮度可调
adjustable           | adjustable                                      | 可调节|可调|调节
foldable             | fold(?:able|ing|s|ed)(?: (?:flat|up|down))?|collapsible|fold (?:flat|up|down|away|together) | 折叠
portable             | portable|easy to carry                          | 便携|便于携带
detachable           | detachable|removable                            | 可拆卸|可拆
stackable            | stackable                                       | 可叠放|可堆叠
leather              | leathers?                                       | 真皮|牛皮|皮革|皮质|头层皮
vegan_leather        | (?:vegan|faux|pu|synthetic) leather             | 人造革|仿皮|(?<![A-Za-z])pu皮|合成革
cotton               | cotton                                          | 纯棉|全棉|棉
wool                 | wool(?:l?en)?|merino                            | 羊毛|美利奴
cashmere             | cashmere                                        | 羊绒
silk                 | silk                                            | 真丝|蚕丝|桑蚕丝
linen                | linen                                           | 亚麻
down                 | (?:goose|duck) down|down (?:fill\w*|jacket)      | 羽绒|鹅绒|鸭绒
nylon                | nylon                                           | 尼龙
polyester            | polyester                                       | 涤纶|聚酯
stainless_steel      | stainless(?: steel)?                            | 不锈钢
aluminium            | alumini?um                                      | 铝合金|铝
titanium             | titanium                                        | 钛
carbon_fibre         | carbon fib(?:re|er)                             | 碳纤维
ceramic              | ceramics?                                       | 陶瓷
glass                | glass(?:es)?                                    | 玻璃
bamboo               | bamboo                                          | 竹
solid_wood           | solid (?:\w+ )?wood|hard ?wood|solid oak        | 实木|原木
gold                 | gold(?:en)?(?: plated)?                         | 镀金|黄金|纯金|足金
silver               | sterling silver                                 | 纯银|925银
plastic              | plastic                                         | 塑料
organic              | organic(?:ally)?                                | 有机
natural              | (?:all )?natural(?: ingredients?)?              | 天然|纯天然
vegan                | vegan                                           | 纯素
gluten_free          | gluten free                                     | 无麸质
sugar_free           | (?:sugar free|no (?:added )?sugar|unsweetened)  | 无糖|零糖|0糖|不加糖
additive_free        | (?:additive|preservative) free|no (?:additives|preservatives) | 无添加|零添加|不含防腐剂|无防腐剂
alcohol_free         | alcohol free                                    | 无酒精|不含酒精
fragrance_free       | (?:fragrance|scent) free|unscented              | 无香|不含香精
bpa_free             | bpa free                                        | 不含双酚a|不含bpa|无双酚a
cruelty_free         | cruelty free                                    | 零残忍|未经动物测试
non_toxic            | (?:non toxic|toxin free|chemical free|safe for (?:kids|children|babies)|food grade) | 无毒|食品级|母婴级|婴儿可用
hypoallergenic       | hypo ?allergenic|sensitive skin|dermatolog\w+   | 低敏|低过敏|防过敏|敏感肌|抗过敏
antibacterial        | anti ?(?:bacterial|microbial)|germ\w*           | 抗菌|抑菌|杀菌|除菌
eco_friendly         | (?:eco|environment(?:ally)?|planet) (?:friendly|conscious|safe)|sustainabl[ey]|sustainability|green choice|bio ?degradable|compostable | 环保|可持续|可降解|绿色
recycled             | recycled|recyclable|up ?cycled                  | 再生|回收|循环利用
carbon_neutral       | carbon neutral|climate neutral                  | 碳中和|零碳
fair_trade           | fair ?trade                                     | 公平贸易
handmade             | hand ?(?:made|crafted|woven|finished|painted|stitched)|artisan\w* | 手工|手作|纯手
dishwasher           | dish ?washer(?: safe)?                          | 洗碗机
microwave            | microwav\w+(?: safe)?                           | 微波炉
oven                 | oven (?:safe|proof)                             | 烤箱
induction            | induction                                       | 电磁炉
machine_washable     | machine wash\w*|washable|wash: \d+|(?:throw|toss|pop|chuck|put)s? (?:it|them|the \w+) in(?:to)? the (?:wash|washing machine)|goes? in(?:to)? the wash(?:ing machine)? | 机洗|水洗|洗涤：|[丢扔放]进洗衣机|洗衣机里
easy_clean           | easy (?:to )?(?:clean|care)|easy cleaning|cleans easily|clean ?up is easy | 易清洁|易清洗|易打理|好清洗
non_stick            | non stick                                       | 不粘
breathable           | breathab\w+|ventilat\w+                         | 透气
insulated            | insulat\w+                                      | 隔热|双层真空|真空
thermal              | keeps? (?:\w+ )?(?:hot|cold|warm|cool)|stays? (?:hot|cold|warm|cool) | 保温|保冷|保暖|御寒|冰感|凉感
quick_dry            | quick dry\w*|dries (?:fast|quickly)             | 速干|快干
wrinkle_free         | wrinkle (?:free|resistant)|non iron             | 免烫|抗皱
stretch              | stretch(?:y|es|ing|able)?(?! (?:out|the|your|it|them|over|around|round))|elastic\w*                           | 弹力|弹性|高弹
lightweight          | (?:light|feather|ultra ?light) ?weight|(?:ultra ?)?light(?= (?:shoes|jacket|design|weight|bag|bike|shell))|weighs? (?:almost )?nothing | 轻便|轻量|轻盈|超轻|轻巧
thin                 | (?:ultra )?(?:thin|slim)(?:mer)?                | 超薄|轻薄|纤薄|薄款
compact              | compact                                         | 小巧|紧凑
durable              | durab\w+|long lasting|sturd[yi]\w*|rugged|robust|hard wearing|built to last|tough | 耐用|结实|坚固|经久|牢固|耐穿|坚韧
strong               | strong|heavy duty                               | 强力|高强度|加厚
comfortable          | comfort\w*|ergonomic\w*|cushion\w*              | 舒适|舒服|人体工学|缓震
soft                 | soft(?:ness|ly)?|plush|cosy|cozy                | 柔软|软糯|亲肤|细腻
warm                 | warm(?:th)?(?! (?:light|white|glow|welcome|thanks|evenings?|days?|weather|colou?rs?|tones?|milk|water|up|mug|cup|drink|meal|cork|wood|room|bed))                                     | 温暖|加绒
quiet                | quiet(?:ly)?(?! (?:moments?|mornings?|evenings?|corner|afternoon|night|hours?|start|days?|luxury|place|week\w*|sunday|time|read))|silent(?:ly)?|noise less           | 静音|安静|低噪
fast                 | (?:(?:super|ultra|lightning) )?(?:fast|speedy|rapid)|high (?:speed|performance)|powerful|lag free|smooth performance | 高速|极速|高性能|强劲|强悍|流畅|疾速|性能强
energy_saving        | energy (?:saving|efficient)|low power|power saving | 节能|省电|低功耗
solar                | solar(?: powered)?                              | 太阳能
usb_c                | usb c|type c                                    | c型接口
certified            | certifi\w+|approved|tested|accredited           | 认证|检测|检验|达标|国标
patented             | patent\w*                                       | 专利
award                | award\w*|prize winning                          | 获奖|大奖|得奖
made_in              | (?:made|crafted|manufactured|assembled) in      | 产自|原产|产地|进口|国产|原装
imported             | imported                                        | 进口
limited_edition      | limited edition|exclusive|rare                  | 限量|限定|专属|独享
new_model            | (?:brand )?new (?:model|version|generation|arrival)|latest|newest|next gen\w*|just (?:launched|released) | 新款|新品|最新|全新|新一代|上市
bestseller           | best ?sell\w+|top (?:sell\w+|rated)|popular|(?<!our\x20)(?<!my\x20)(?<!ir\x20)(?<!a\x20)favou?rites?|loved by|trusted|well known|famous|five star | 热销|爆款|畅销|热卖|人气|口碑|好评|网红|明星同款|销量
gift                 | gift (?:box|wrap\w*|set)                        | 礼盒|礼品装
hood                 | hoods?(?:ed)?                                   | 连帽|帽子|风帽
pocket               | pockets?                                        | 口袋|兜
zip                  | zip(?:per)?s?                                   | 拉链
lid                  | lids?                                           | 盖子|杯盖|瓶盖
handle               | handles?                                        | 把手|手柄|提手
accessories          | (?:charger|cable|case|adapter|strap|cover)s? (?:is |are )?included|comes with (?:a |an )?(?:charger|cable|case|adapter|strap) | 附赠|附带|配件|充电器
vitamins             | vitamins?|antioxidants?|protein|collagen        | 维生素|抗氧化|蛋白质|胶原蛋白
slimming             | slimming|weight loss|fat burning                | 瘦身|减肥|燃脂|显瘦
skin_care            | whitening|anti ag(?:e)?ing|anti wrinkle|moisturi[sz]\w+|hydrating | 美白|抗衰|祛斑|淡斑|紧致|保湿|补水|滋润
sleep                | better sleep|improves? sleep|stress relief|relie\w+ | 助眠|改善睡眠|缓解|减压
"""

_PROMISES = r"""
free_shipping        | (?:free|complimentary) (?:\w+ )?(?:shipping|delivery|postage)|(?:ships?|delivered|shipping is) (?:for )?free | 包邮|免邮|免运费|运费全免
fast_delivery        | (?:next|same|two|2) day (?:shipping|delivery)|(?:fast|express|quick) (?:shipping|delivery)|ships? (?:today|within|in|fast|quickly)|arrives? (?:in|by|within|tomorrow|today)|deliver(?:ed|y) (?:in|by|within|tomorrow) | 次日达|当日达|隔日达|极速发货|当天发货|小时内发货|小时发货|小时送达|天送达|闪电发货|顺丰
delivery             | shipping|delivery|delivered                     | 发货|配送|快递|送达|送货
discount             | discount\w*|(?:half|a third of|a quarter of|two thirds of) (?:the |its |their )?(?:\w+ )?price|half[- ]off|(?:flash |summer |winter |spring |autumn |black friday |clearance |big |our )?sale(?:s)? (?:ends?|price|now|is|starts?|on)|(?:in|during|before|until) (?:the|our) (?:\w+ )?sale|(?:introductory|launch|early bird|member\w*|student|trial|special|opening) (?:price|offer|rate|deal)s?|price (?:goes up|rises?|increase|cut|match|is falling|just fell)|(?:instead of|down from|was|were|rrp|usually|used to cost) (?:only )?[€$£¥]?\d+|cash ?back|vouchers?|instal?lments?|interest free|pay later|two for one|2 for 1|3 for 2|bundle price|on us|extra charge|% off|percent off|on sale|sale price|special (?:offer|price|deal)|deals?|save (?:up to|\d|\$|money|on)|clearance|coupons?|promo\w*|half price|price drop|reduced | 打折|折扣|[0-9一二三四五六七八九]折|特价|优惠|促销|满减|立减|降价|秒杀|半价|红包|券|特价|尝鲜价|体验价|优惠|秒杀价|秒杀(?!同|一切|大牌)|促销|大促|降价|涨价|直降|立减|立省|满减|满\d+[减送]|返现|返\d+|返利|免息|分期|券后|领券|优惠券|红包|补贴|拼团|团购|会员价|内部价|清仓|甩卖|亏本|半价|原价|现价[0-9]|买[一二两三\d]送|第二[件支个]|[一二三四五六七八九\d]+折
cheap                | cheap\w*|affordabl[ey]|inexpensive|low(?:er|est)? (?:price|cost)\w*|bargain|budget|value for money|great value|good value|great price|good price | 便宜|低价|超值|实惠|性价比|划算|白菜价|亲民|平价|最低价|全网低|白菜价|骨折价|一半的价钱|半个月工资|省钱|省下
price                | prices?d?|costs?(?: only)?                      | 价格|售价|定价|仅需|只要[0-9]|到手价
refund               | refund\w*|money back|(?:free|easy) returns?|returns? (?:within|policy|accepted)|returnable | 退款|退货|退换|包退|无理由
warranty             | warrant(?:y|ies)|guarantee[ds]?                 | 质保|保修|保用|联保|保证
lifetime             | life ?time                                      | 终身|终生
in_stock             | in stock|available (?:now|today|in|at|for|from)|ready to ship|now available | 现货|有货|在售|库存充足
scarce               | (?:order|buy|shop|act|grab yours?|book) (?:now|today|by|before|soon|while)|(?:ends?|until|till|by|before) (?:on )?(?:tonight|tomorrow|midnight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|this week\w*)|(?:today|tonight|this week(?:end)?|while they last) only|for (?:one|a few|24|48) (?:day|days|hours) only|last (?:few|pieces|ones)|running out|going fast|countdown|(?:low|limited) stock|only \w+ left|while (?:stocks?|supplies) last|limited time|hurry|last chance|almost gone|selling (?:out|fast)|sold out|today only|don.t miss | 库存有限|售完即止|仅剩|限时|抢购|手慢无|最后机会|即将售罄|错过|限时|限量抢|抢购|手慢|错过|倒计时|最后[\d一二三]+[天件小时]|仅此|今天下单|立即下单|马上下单|赶紧|速抢|欲购从速|卖完|售完|断货|涨价前|截止
gift_free            | free gifts?|buy one get one|bonus               | 买一送一|赠品|赠送|送礼品|第二件
free                 | (?<!-)free(?! (?:shipping|delivery|postage|returns?|gifts?|time|of|hand|hands|from|trade|range|day|spirit))(?: of charge)? | 免费|零元|0元
support              | (?:24/7|customer|after sales?) (?:support|service) | 售后|客服|上门安装|安装服务
"""

# What a fact about the key also says.
_IMPLIES: dict[str, set[str]] = {
    "amoled": {"oled"},
    "bluetooth": {"wireless"},
    "waterproof": {"in_water"},
    "wireless_charging": {"wireless"},
    "long_battery": {"battery"},
    "imported": {"made_in"},
    "free_shipping": {"delivery", "free"},
    "fast_delivery": {"delivery"},
}


Kind = Literal["features", "promises"]


@dataclass(frozen=True)
class Mention:
    """A concept found in a text: which, as what kind of claim, its words, where, and whether it is denied."""

    concept: str
    check: Kind
    excerpt: str
    start: int
    denied: bool = False


def _english(wordings: str) -> str:
    return r"(?<![A-Za-z])(?:" + re.sub(r" (?!\?)", r"[\\s-]?", wordings) + r")(?![A-Za-z])"


_COLUMNS = re.compile(r"\s+\|\s+")


def _table(lines: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    for line in lines.strip().splitlines():
        concept, english, chinese = (part.strip() for part in _COLUMNS.split(line, maxsplit=2))
        yield concept, re.compile(f"{_english(english)}|{chinese}", re.I)


@cache
def _concepts() -> list[tuple[str, Kind, re.Pattern[str]]]:
    return [
        *((concept, "features", pattern) for concept, pattern in _table(_FEATURES)),
        *((concept, "promises", pattern) for concept, pattern in _table(_PROMISES)),
    ]


_DENIED = re.compile(
    r"(?:(?<![A-Za-z])(?:not|no|non|without|isn['’]t|aren['’]t|doesn['’]t|don['’]t|lacks?|neither|nor|never|free of)(?:[\s-]+[A-Za-z]+){0,2}[\s-]+"
    r"|(?:不|未|非|没有|没|并非|无法)[\u4e00-\u9fff]{0,3}|无)$",
    re.I,
)


@lru_cache(maxsize=4096)  # the same facts are looked at for every sentence
def mentions(text: str) -> tuple[Mention, ...]:
    """The features and promises the text speaks of, in their order of the tables."""
    hits = [(concept, check, m) for concept, check, pattern in _concepts() for m in pattern.finditer(text)]
    spans = {m.span() for *_, m in hits}
    return tuple(
        Mention(concept, check, m[0], m.start(), bool(_DENIED.search(text[: m.start()])))
        for concept, check, m in hits
        # "vegan leather" is not leather.
        if not any(a <= m.start() and m.end() <= b and (a, b) != m.span() for a, b in spans)
    )


def implied(concept: str) -> set[str]:
    """What a fact about the concept carries."""
    return {concept} | _IMPLIES.get(concept, set())
