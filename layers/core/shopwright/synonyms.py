"""Words of shop talk that mean the same, so that "how heavy" meets "Weight" and "多重" meets "重量".

Embeddings know most of this; the lists are for judging whether a sentence speaks of what was asked, where
being nearly right is being wrong. General words only: nothing of one shop's range belongs here.
"""

from __future__ import annotations

import re
from collections import defaultdict

from .retrieval import is_chinese, stem, tokens

_GROUPS = """
weight | weigh | heavy | 重量 | 多重 | 净重 | 重
dimensions | measurements | big | large | how big | how large | how wide | how tall | how deep | 尺寸 | 多大 | 规格 | 大小
size | sizes | 尺码 | 尺寸 | 码数 | 多大 | 大小
length | long | how long | 长度 | 多长
width | wide | 宽度 | 多宽
height | tall | high | 高度 | 多高
diameter | across | 直径
thickness | thick | 厚度 | 多厚
capacity | volume | hold | litres | 容量 | 装多少 | 多少升
net weight | contents | 净含量 | 净重
material | fabric | made of | made out of | made from | 材质 | 材料 | 面料 | 料子 | 做的 | 质地
colour | color | colours | colors | 颜色 | 什么色
brand | maker | manufacturer | makes | made by | 品牌 | 牌子 | 厂商
price | cost | how much | 价格 | 多少钱 | 价钱 | 售价 | 卖多少
cost | fee | charge | surcharge | pay | 费用 | 收费 | 加收 | 加钱 | 手续费 | 付多少
availability | available | in stock | out of stock | sold out | 库存 | 现货 | 有货 | 缺货 | 没货 | 售罄
screen | display | 屏幕 | 显示屏 | 荧幕
camera | 摄像头 | 相机 | 镜头 | 像素
battery | battery life | run time | playtime | charge last | 续航 | 电池 | 待机
battery life | run time | play | playtime | last | 续航 | 使用时间 | 能用多久 | 待机
charging | charge | charger | 充电 | 充满 | 快充 | 供电
storage | memory | space | 存储 | 内存 | 储存
processor | chip | cpu | 芯片 | 处理器
power | watts | wattage | watt | 功率 | 瓦
voltage | volts | 电压
speed | fast | drive | 速度 | 车速 | 跑多快
brightness | bright | lumens | light | 亮度 | 多亮
noise | loud | quiet | decibel | 噪音 | 噪声 | 声音 | 吵
waterproof | water resistant | water resistance | water-resistant | waterproofing | sealed | 防水 | 进水
connectivity | connection | connect | bluetooth | 连接 | 蓝牙
warranty | guarantee | 保修 | 质保 | 保固
return | send back | bring back | 退货 | 退换 | 退回 | 可以退 | 能退
refund | money back | money again | get my money | reimburse | 退款 | 退钱 | 到账
exchange | swap | 换货 | 更换 | 退换 | 换新
shipping | delivery | deliver | ship | arrive | dispatch | sent | send | parcel | reach | 配送 | 送货 | 发货 | 快递 | 送达 | 送到 | 寄到 | 运送 | 出库 | 寄
shipping cost | delivery cost | delivery fee | shipping fee | postage | 运费 | 邮费 | 配送费
free shipping | free delivery | ship free | deliver free | delivery free | shipping free | 包邮 | 免运费 | 免费配送
express | next-day | next day | overnight | 次日达 | 特快 | 加急
payment | pay | paying | pay with | 付款 | 支付
unpaid | not paid | without paying | 未付款 | 没付款 | 不付款
instalments | instalment | installments | pay monthly | 分期
cash on delivery | pay cash | cash | 货到付款 | 现金
gift card | gift voucher | 礼品卡
gift | present | 礼物 | 礼品 | 送礼
wrap | wrapping | wrapped | 包装 | 包成 | 打包
card | greeting | 贺卡 | 卡片
invoice | receipt | 发票 | 收据 | 开票
cancel | cancellation | call off | 取消 | 撤销
track | tracking | where is my | follow | 物流 | 查询 | 跟踪
lost | missing | cannot be found | disappeared | 丢失 | 丢件 | 找不到 | 丢了
damaged | broken | defective | faulty | fault | 损坏 | 坏了 | 破损 | 瑕疵 | 故障 | 质量问题
repair | fix | mend | workshop | 维修 | 修理 | 送修 | 修好 | 检测
estimate | quote | 报价
wash | washing | washable | 洗涤 | 清洗 | 机洗 | 洗
clean | cleaning | care | 清洁 | 护理 | 保养
machine washable | washing machine | wash in the machine | 机洗 | 洗衣机
dishwasher | 洗碗机
oven | 烤箱
induction | hob | hobs | stove | 电磁炉 | 炉灶 | 灶
ingredients | contains | made with | 成分 | 配料
shelf life | keep | expiry | best before | stay fresh | fresh | 保质期 | 保存 | 新鲜
opened | opening | open | 开封 | 拆封 | 拆开 | 打开
expire | expiry | valid | run out | 过期 | 有效期 | 失效
origin | made in | come from | comes from | 产地 | 原产地 | 产自
age | years old | years and up | 年龄 | 几岁 | 多大的孩子 | 岁
children | kids | child | kid | toddler | 孩子 | 儿童 | 小孩 | 宝宝
load | weight limit | carry | 承重 | 载重 | 承受 | 负重
resolution | 分辨率
refresh rate | 刷新率
category | type | kind | 类别 | 类型 | 种类
privacy | personal data | personal information | 隐私 | 个人信息 | 个人数据
delete | erase | remove | gone | 删除 | 清除
coupon | discount code | voucher | promo code | 优惠券 | 优惠码 | 折扣码
combine | combined | together | at once | 同时 | 合用 | 同享 | 叠加
points | loyalty | 积分
membership | member | 会员
difference | cheaper | price drop | price falls | 差价 | 降价
contact | phone number | write to us | call you | 联系 | 电话 | 邮箱
staff | person | human | agent | customer service | 客服 | 人工
opening hours | hours | what time | at what time | 几点 | 上班 | 在线 | 营业
abroad | international | overseas | internationally | other countries | another country | foreign | 海外 | 国外 | 国际 | 出国
tax | duty | duties | customs | 关税 | 税
installation | install | assembly | assemble | set-up | pitch | 安装 | 组装 | 搭建
change | edit | modify | correct | 修改 | 更改 | 改 | 更换
business | company | 公司 | 企业 | 抬头
scent | scented | fragrance | perfume | smell | 香味 | 香精 | 气味 | 味道
filling | filled | stuffed | stuffing | padded | padding | 填充 | 填充物 | 填充量
temperature | hot | hottest | heat | cold | warm | 温度 | 水温 | 多少度 | 度的水
keep warm | stays warm | warm | 保温
compatible | compatibility | fit | fits | suit | suitable | work with | 适用 | 适配 | 兼容 | 适合 | 能用
included | include | come with | comes with | in the box | supplied | 附 | 附赠 | 自带 | 包含 | 送 | 配有
recycle | recycling | old device | old phone | trade in | take back | 回收 | 旧
foot | feet | 脚 | 脚长
pieces | number of pieces | parts | 块数 | 件数 | 块 | 件
keys | buttons | 键数 | 按键 | 键
levels | settings | steps | 档 | 刻度 | 档位
persons | people | players | 人数 | 几个人 | 容纳人数 | 几人
time | minutes | long | how long | 时间 | 时长 | 多久 | 多长时间
game | play | round | 游戏 | 玩 | 一局
password | 密码
account | 账户 | 账号
""".strip()  # noqa: E501

_SPACE = r"(?: (?:it|them|this|that|these|those))? "  # "send it back" is to send back


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
                parts = map(re.escape, phrase.split())
                phrases.append((re.compile(rf"\b{_SPACE.join(parts)}\b"), number))
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
