"""Units, currencies and number words as people write them, in English and Chinese."""

from __future__ import annotations

import re

# dimension -> system -> {factor: spellings}. Values of one dimension are kept in its factor-1 unit. Within a
# system a conversion must be exact (2.5 kg = 2500 g); between systems people round (6.1 inch ~ 15.5 cm).
UNITS: dict[str, dict[str, dict[float, str]]] = {
    "length": {
        "metric": {
            0.001: "mm|millimetres?|millimeters?|毫米",
            0.01: "cm|centimetres?|centimeters?|厘米|公分",
            1: "m|metres?|meters?|米",
            1000: "km|kilometres?|kilometers?|公里|千米",
        },
        "imperial": {0.0254: 'inch|inches|英寸|″|"|in', 0.3048: "ft|feet|foot|英尺", 0.9144: "yards?|码数"},
    },
    "area": {
        "metric": {1: "m²|㎡|sq m|sqm|square metres?|square meters?|平方米|平米", 0.0001: "cm²|平方厘米"},
        "imperial": {0.09290304: "ft²|sq ft|square feet|square foot|平方英尺"},
    },
    "air flow": {"": {1: "m³/h|立方米/小时|立方米每小时"}},
    "mass": {
        "metric": {
            0.001: "mg|milligrams?|毫克",
            1: "g|grams?|gr|克",
            1000: "kg|kgs|kilograms?|kilos?|千克|公斤",
            500: "斤",
            50: "两",
            1e6: "tonnes?|吨",
        },
        "imperial": {453.59237: "lbs?|pounds?|磅", 28.349523: "oz|ounces?|盎司"},
    },
    "volume": {
        "metric": {0.001: "ml|millilitres?|milliliters?|毫升", 0.01: "cl", 1: "l|litres?|liters?|升"},
        "imperial": {0.0295735: "fl\\.? ?oz|fluid ounces?|液量盎司", 3.785412: "gallons?|加仑"},
    },
    "time": {
        "clock": {
            0.001: "ms|milliseconds?|毫秒",
            1: "s|secs?|seconds?|秒",
            60: "mins?|minutes?|分钟",
            3600: "h|hrs?|hours?|个?小时",
            86400: "days?|个?工作日|天",
            604800: "weeks?|个?星期|周",
        },
        "calendar": {2592000: "months?|个月", 31104000: "years?|yrs?|周年|年|周?岁"},
    },
    "power": {"": {1: "w|watts?|瓦", 1000: "kw|kilowatts?|千瓦", 0.001: "mw"}},
    "energy": {"": {1: "wh|瓦时", 1000: "kwh|度电"}},
    "charge": {"": {1: "mah|毫安时?", 1000: "ah"}},
    "voltage": {"": {1: "v|volts?|伏"}},
    "current": {"": {1: "amps?|安培"}},
    "frequency": {"": {1: "hz|hertz|赫兹?", 1e3: "khz|千赫", 1e6: "mhz|兆赫", 1e9: "ghz"}},
    "data": {"": {1: "mb|兆", 1000: "gb", 1e6: "tb", 0.001: "kb"}},
    "rate": {"": {1: "mbps|mbit/s", 1000: "gbps"}},
    "pixel": {"": {1e6: "mp|megapixels?|mpx|百万像素", 1: "pixels?|px|像素"}},
    "light": {"": {1: "lm|lumens?|流明"}},
    "brightness": {"": {1: "nits?|尼特"}},
    "celsius": {"": {1: "°c|℃|degrees celsius|摄氏度|度"}},
    "fahrenheit": {"": {1: "°f|℉|degrees fahrenheit"}},
    "kelvin": {"": {1: "k|kelvin|开尔文"}},
    "sound": {"": {1: "db|decibels?|分贝"}},
    "pressure": {"": {1: "bar", 0.001: "mbar"}},
    "speed": {"": {1: "km/h|kph|公里/小时", 1.609344: "mph"}},
    "turns": {"": {1: "rpm|转/分"}},
    "dots": {"": {1: "dpi|ppi"}},
    "angle": {"": {1: "°|degrees?"}},
    "percent_off": {"": {1: "% off|percent off"}, "zhe": {-10: "折"}},
    "percent": {"": {1: "%|％|percent|per cent"}},
    "CNY": {"": {1: "cny|rmb|yuan|元|块钱"}},
    "USD": {"": {1: "usd|us dollars?|dollars?|美元"}},
    "EUR": {"": {1: "eur|euros?|欧元"}},
    "GBP": {"": {1: "gbp|英镑"}},
    "JPY": {"": {1: "jpy|yen|日元"}},
    "HKD": {"": {1: "hkd|港元|港币"}},
}
MONEY = frozenset({"CNY", "USD", "EUR", "GBP", "JPY", "HKD"})
SYMBOLS = {"$": "USD", "us$": "USD", "hk$": "HKD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY"}

SPELLINGS = [
    (re.compile(spelling, re.I), dimension, system, factor)
    for dimension, systems in UNITS.items()
    for system, factors in systems.items()
    for factor, spellings in factors.items()
    for spelling in spellings.split("|")
]
# Longest first, so that "mm" is not read as "m"; Latin spellings end at a word's end.
UNIT = "|".join(
    s if re.search(r"[^\x00-\x7f%\"]", s) or s[-1] in '%"' else s + r"(?![A-Za-z0-9])"
    for s in sorted((p.pattern for p, *_ in SPELLINGS), key=len, reverse=True)
)

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# "One" alone is left out: it mostly counts nothing ("one for you").
WORDS: dict[str, int] = {
    **{word: number for number, word in enumerate(_ONES, 1) if number > 1},
    **{word: number for number, word in enumerate(_TEENS, 10)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{
        f"{ten}{join}{one}": 10 * tens + ones
        for tens, ten in enumerate(_TENS, 2)
        for ones, one in enumerate(_ONES, 1)
        for join in "- "
    },
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
}
HAN_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
SCALES = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "million": 1e6, "billion": 1e9, "thousand": 1e3}
COUNTERS = "个款种件台只片条支瓶盒袋罐包块张枚组层级档位核倍重根颗粒本套口路双枝把部人"
