"""Words of shop talk that mean the same, so that "how heavy" meets "Weight" and "多重" meets "重量".

Embeddings know most of this; the lists are for judging whether a sentence speaks of what was asked, where
being nearly right is being wrong. General words only: nothing of one shop's range belongs here.
"""

from __future__ import annotations

import re
from collections import defaultdict

from .retrieval import is_chinese, stem, tokens

_GROUPS = """
weight | weigh | heavy | 重量 | 多重 | 净重 | 重吗
dimensions | measurements | how big | how large | how wide | how tall | how deep | 尺寸 | 多大 | 规格 | 大小
size | sizes | 尺码 | 尺寸 | 码数 | 多大 | 大小
length | how long | 长度 | 多长
width | wide | 宽度 | 多宽
height | tall | high | 高度 | 多高
diameter | across | 直径
thickness | thick | 厚度 | 多厚
capacity | volume | hold | litres | 容量 | 装多少 | 多少升
material | fabric | made of | made out of | made from | 材质 | 材料 | 面料 | 料子 | 做的 | 质地
colour | color | colours | colors | 颜色 | 什么色
brand | maker | manufacturer | makes | made by | 品牌 | 牌子 | 厂商
price | cost | how much | 价格 | 多少钱 | 价钱 | 售价 | 卖多少
availability | available | in stock | out of stock | sold out | 库存 | 现货 | 有货 | 缺货 | 没货
screen | display | 屏幕 | 显示屏 | 荧幕
camera | 摄像头 | 相机 | 镜头 | 像素
battery | battery life | run time | playtime | charge last | 续航 | 电池 | 待机
charging time | charge time | 充电时间 | 充电 | 充满
storage | memory | 存储 | 内存
processor | chip | cpu | 芯片 | 处理器
power | watts | wattage | watt | 功率 | 瓦
voltage | volts | 电压
speed | fast | 速度
brightness | bright | lumens | 亮度
noise | loud | quiet | decibel | 噪音 | 噪声 | 声音
waterproof | water resistant | water resistance | water-resistant | waterproofing | 防水
connectivity | connection | connect | 连接
warranty | guarantee | 保修 | 质保 | 保固
return | refund | send back | money back | 退货 | 退款 | 退换
exchange | swap | 换货 | 更换 | 退换
shipping | delivery | deliver | ship | arrive | postage | 配送 | 送货 | 发货 | 快递 | 送达 | 送到 | 寄到 | 运送
shipping cost | delivery cost | delivery fee | shipping fee | postage | 运费 | 邮费 | 配送费
free shipping | free delivery | ship free | deliver free | 包邮 | 免运费 | 免费配送
payment | pay | paying | pay with | 付款 | 支付
gift card | gift voucher | 礼品卡
invoice | receipt | 发票 | 收据
cancel | cancellation | 取消
track | tracking | where is my | 物流 | 查询 | 跟踪
damaged | broken | defective | faulty | 损坏 | 坏了 | 破损 | 瑕疵 | 故障
wash | washing | washable | clean | cleaning | care | 洗涤 | 清洗 | 清洁 | 机洗 | 护理 | 保养
dishwasher | 洗碗机
ingredients | contains | made with | 成分 | 配料
shelf life | keep | expiry | best before | 保质期
origin | made in | come from | 产地 | 原产地
age | years old | 年龄 | 几岁 | 多大的孩子 | 岁
load | weight limit | support | 承重 | 载重
resolution | 分辨率
category | type | kind | 类别 | 类型 | 种类
privacy | personal data | personal information | 隐私 | 个人信息
coupon | discount code | voucher | promo code | 优惠券 | 优惠码 | 折扣码
points | loyalty | membership | member | 积分 | 会员
opening hours | customer service | contact | phone number | reach | email | 联系 | 客服 | 电话 | 邮箱
gift wrap | gift wrapping | wrapped | wrap | 礼品包装 | 包装
abroad | international | overseas | internationally | other countries | 海外 | 国外 | 国际
installation | install | assembly | assemble | 安装 | 组装
password | 密码
account | 账户 | 账号
""".strip()


def _read() -> tuple[list[frozenset[str]], dict[str, set[int]], list[tuple[re.Pattern[str], int]]]:
    groups: list[frozenset[str]] = []
    words: dict[str, set[int]] = defaultdict(set)
    phrases: list[tuple[re.Pattern[str], int]] = []
    for number, line in enumerate(_GROUPS.splitlines()):
        said = [phrase.strip() for phrase in line.split("|")]
        alone: set[str] = set()
        for phrase in said:
            if is_chinese(phrase):
                phrases.append((re.compile(re.escape(phrase)), number))
                alone.update(tokens(phrase))
            elif " " in phrase:
                phrases.append((re.compile(rf"\b{re.escape(phrase)}\b"), number))
            else:
                words[stem(phrase)].add(number)
                alone.add(stem(phrase))
        groups.append(frozenset(alone))
    return groups, words, phrases


_SAME, _WORDS, _PHRASES = _read()


def meant(text: str) -> set[int]:
    """Which groups of synonyms the text speaks of, by number."""
    lowered = text.lower()
    groups = {number for phrase, number in _PHRASES if phrase.search(lowered)}
    return groups.union(*(_WORDS[token] for token in tokens(text) if token in _WORDS))


def with_synonyms(text: str) -> set[str]:
    """The text's tokens and those of every single word that means the same as something in it."""
    return set(tokens(text)).union(*(_SAME[number] for number in meant(text)))
