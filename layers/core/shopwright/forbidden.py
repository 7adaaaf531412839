# ruff: noqa: E501  (tables)
"""What copy may not say, whatever the facts: superlatives, guarantees, cures.

For Chinese the words that China's advertising law (articles 9, 16, 17, 28) and its practice rule out; for
English what consumer law calls misleading: superlatives nobody proved, guarantees, medical claims.
"""

from __future__ import annotations

import re

# A superlative or a cure is not carried by any fact a shop has; the exceptions are everyday words.
_FORBIDDEN_ZH = (
    # Superlatives; "最大40平方米" is a limit, which the numbers' check holds to its fact.
    r"最(?!近|后|终|初|爱|喜欢|[大高长多低小短远](?=[可放达支能约为]{0,2}\D{0,2}[\d一二三四五六七八九十半两百]))|第一(?!次|步|天|章|件|人称|时间|眼|层|代|季|口|印象)|国家级|世界级|全球级|宇宙级|顶级|顶尖|顶配|极致|极品|极佳"
    r"|绝佳|绝对|唯一|独一无二|首个|首选|全网首|全球首|全国首|独家|史上|史无前例|空前|前所未有|绝无仅有|举世无双|无与伦比|无可比拟|无可匹敌|无人能及|首屈一指|不二之选"
    r"|100[%％]|百分之?百|百分百|永久|永远|永不|万能|全能|完美|无敌|王牌|王者|之王|霸主|称霸|冠军|销冠|之冠|金牌|至尊|巅峰|领袖|领导品牌|领导者|遥遥领先|领先|领军|标杆|殿堂级|教科书级|no\.?\s?1|top\s?1"
    r"|秒变|必备神器|神器|天花板|一流|超一流|无双|极限|尖端|全网最|业界|行业(?:第一|领先|翘楚)|媲美|友商|同行|杂牌|大牌|山寨|竞品|别家|其他品牌|市面上(?:那些|其他|别的)|秒杀(?:同|一切|大牌|所有|全)|吊打|完胜|碾压|远超(?:同|一切|大牌)|甩.{0,4}几条街|(?:超过|胜过|优于|好过)(?:同行|大牌|同类|其他|所有|任何|别家)"
    # Endorsements that nobody gave.
    r"|驰名商标|中国驰名|老字号|国家.{0,6}(?:指定|认证|认可|推荐|专用)|国家领导|特供|专供|免检|军工级|航天级|医用级|医疗级|药用级|诺贝尔|院士|央视|(?:医生|医师|医院|专家|皮肤科|牙医|儿科|营养师|教授|权威)[^，。；]{0,6}(?:推荐|认可|指定|背书|在用|都说|首选)"
    # Cures and effects on body and mind.
    r"|特效|速效|奇效|神效|根治|根除|治愈|治疗|疗效|理疗|疗愈|治病|包治|药到病除|祛病|抗癌|防癌|癌|消炎|止痛|镇痛|止痒|止咳|祛痘|祛湿|排毒|解毒|养生|保健|延年|长寿|抗衰|抗老|逆龄|冻龄|回春|年轻[一二三四五六七八九十\d]+岁"
    r"|防脱|生发|增高|长高|丰胸|减肥|瘦身|燃脂|刮油|降脂|降血压|降血糖|降压|降糖|降三高|安神|失眠|抑郁|焦虑|颈椎病|关节炎|腰椎|风湿|近视|护眼|(?:预防|防治|远离|告别)[^，。；]{0,8}(?:病|感冒|近视|癌|过敏|疼|痛|炎|失眠|脱发|三高|血压)|免疫力|抵抗力|新陈代谢|病毒|智商|变聪明|记忆力|大脑发育|深度睡眠|疼痛|缓解[^，。；]{0,6}(?:疼|痛|疲劳|压力)|(?:助|促进|改善)(?:睡眠|消化|血液循环|肠胃)|养胃|护肝|补肾|壮阳|营养[^，。；]{0,4}不流失|毫无副作用|无副作用"
    # Promises of no risk.
    r"|零风险|无风险|零副作用|零伤害|零甲醛|零污染|零辐射|零失败|(?:绝对|百分百)?安全无害|无毒无害|百毒不侵|万无一失|一劳永逸|立竿见影|立刻见效|马上见效|即刻见效|当天见效|见效|稳赚|保值|升值|包过|包会|终身(?:质保|保修|免费|包换|维修|保固)|永[不久][坏旧]|(?:用|穿|坐)不坏|无效.{0,4}退|不满意.{0,6}退|假一赔|坏了.{0,4}(?:就|都|全)?换|保证(?:你|您|有效|不|让|每)|不含任何|无任何|纯天然零"
)
_FORBIDDEN_EN = (
    r"best(?! (?:before|wishes|regards))|#\s?1|no\.?\s?1|number one|top[- ](?:rated|ranked|selling)|perfect(?:ly|ion)?|flawless(?:ly)?|guarantee[ds]?|un(?:paralleled|matched|beatable|rivall?ed|equalled|surpassed)"
    r"|second to none|revolution\w+|ground ?breaking|ultimate(?:ly)?|incomparabl[ey]|peerless|beyond compare|like no other|nothing (?:else )?(?:compares|comes close)|puts? (?:\w+ ){1,4}to shame|outperforms?|beats? (?:all|every|any|the) |(?:better|lighter|stronger|faster|cheaper|quieter|safer|more \w+) than (?:any|all|every|other|the)\b"
    r"|risk[- ]free|zero risk|no risk|without (?:any )?risk|miracle\w*|magic(?:al)?|life[- ]?changing|change your life|cur(?:e|es|ed|ing)(?! time)|heal(?:s|ed|ing)?|remed(?:y|ies)"
    r"|treat(?:s|ed|ing|ment)? (?:\w+ )?(?:pain|acne|disease|anxiety|illness|symptoms?|eczema|insomnia)|(?:prevent|fight|combat|stop|ward off|protect\w* (?:you )?(?:from|against))s? (?:\w+ )?(?:disease|cancer|illness|colds?|flu|infections?|virus\w*|bacteria|wrinkles|ag(?:e)?ing)|clinical(?:ly)?|medical(?:ly|[- ]grade)?|therapeutic|therap(?:y|ies)|detox\w*|doctors?|dermatologists?|p(?:a)?ediatricians?|dentists?|physiotherapists?|chiropractors?|scientists?|experts? (?:agree|recommend|say|choose)|fda"
    r"|(?:relie\w+|eas(?:es?|ing)|sooth(?:es?|ing)|reduc(?:es?|ing)|end(?:s|ing)?|cut(?:s|ting)?) (?:\w+[ -]){0,3}(?:pain|ache|aches|stress|tension|anxiety|migraines?|headaches?|inflammation|stiffness|arthritis|insomnia|allerg(?:y|ies))|pain[- ](?:free|relief|killer)|anti[- ]?(?:inflammatory|viral|cancer|ag(?:e)?ing)|virus(?:es)?"
    r"|(?:better|deeper|sounder|improves? (?:your )?|improved|restorative) sleep|sleep (?:better|deeper|sounder|like)|(?:years?|decades?) younger|rejuvenat\w+|(?:lower|reduce|regulate|improve|boost)s? (?:your )?(?:blood|cholesterol|circulation|digestion|immunity|immune|metabolism|focus|memory|mood|fertility|libido)|metabolism|immun(?:e|ity)|burn(?:s|ing)? (?:\w+ )?(?:fat|calories)|lose weight|weight loss|slimming|\biq\b|(?:smarter|brighter|cleverer) (?:children|kids|child)|brain (?:development|power|function)|protects? your (?:hearing|health|heart|eyes|eyesight|back|spine|joints)|posture|good for (?:your|the) (?:heart|health|gut|skin|back|brain)|health(?:ier|iest)|vitamins? (?:stay|are|is)"
    r"|world[- ]?(?:class|s|leading|wide leader|first)|world['’]s|in the world|on the market|of all time|ever made|in its class|industry[- ]leading|market[- ]leading|leading(?! to)|award[- ]winning|first of its kind|first ever"
    r"|(?:the )?most|the only|only one|one[- ]of[- ]a[- ]kind|forever|never (?:break|fail|fade|rust|leak|crack|chip|stick|wear|lose|run|need|stop|go|have|worry|let)\w*|always (?:work|stay|fresh|right|ready|fit|hot|cold|clean|new|on)\w*|everlasting|permanent(?:ly)?|for (?:life|ever)|lasts? a lifetime|lifetime|last (?:mattress|pan|bag|coat|\w+) you(?:['’]ll| will) ever|instant results?|proven|scientifically|100\s?%|hundred percent|(?:absolutely|completely|totally|entirely|perfectly) (?:safe|harmless|natural|green|waterproof|unbreakable|silent|free)|(?:zero|no) (?:side effects?|chemicals?|toxins?|emissions?|waste|footprint)|(?:chemical|toxin|germ|guilt)[- ]free|side effects?|any (?:storm|weather|stain|surface|accident|fall|drop)"
    r"|money[- ]back|or your money|full refund|no questions asked|no\.1|top[- ](?:of[- ]the[- ]line|notch|quality|tier)|supreme|fool[- ]?proof|fail[- ]?safe|indestructible|unbreakable|bullet[- ]?proof|(?:unlike|forget|than) (?:the )?(?:other|ordinary|cheap|regular|lesser|rival|so-called)\b|knock[- ]?offs?|copycats?|the competition|competitors?|rivals?|inferior|overpriced|(?:other|cheap|lesser|big|famous|ordinary|well-known|expensive|luxury) (?:\w+ )?(?:brands?|labels?|houses|makers?|manufacturers?|names)"
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

    "100%" may stand when `facts` says it of the same thing: the same next two letters after it.
    """
    found = []
    for match in _FORBIDDEN.finditer(text):
        following = re.match(r"\s*\w{2}", text[match.end() :])
        phrase = match[0] + (following[0] if following else "")
        if _SAYABLE_AS_FACT.match(match[0]) and following and phrase.lower() in facts.lower():
            continue
        found.append((match[0], match.start()))
    return found
