# ruff: noqa: E501  (tables)
"""Brands and product lines that language models name unasked."""

from __future__ import annotations

import re
from functools import cache

# The same maker's names in both languages stand together, divided by |.
_BRANDS = """
apple|苹果 ; iphone ; ipad ; macbook ; airpods ; imac ; ios ; apple watch ; samsung|三星 ; galaxy ; huawei|华为 ; mate ; honor|荣耀
xiaomi|小米 ; redmi|红米 ; oppo ; vivo ; oneplus|一加 ; realme|真我 ; motorola|摩托罗拉 ; nokia|诺基亚 ; pixel phone ; google|谷歌
android|安卓 ; sony|索尼 ; lg ; panasonic|松下 ; philips|飞利浦 ; bosch|博世 ; siemens|西门子 ; dyson|戴森 ; haier|海尔 ; midea|美的集团
gree|格力 ; lenovo|联想 ; thinkpad ; dell|戴尔 ; hp|惠普 ; asus|华硕 ; acer|宏碁 ; microsoft|微软 ; windows ; intel|英特尔 ; amd ; nvidia|英伟达
qualcomm|高通 ; snapdragon|骁龙 ; mediatek|联发科 ; kirin|麒麟 ; bose ; jbl ; sennheiser|森海塞尔 ; beats ; canon|佳能 ; nikon|尼康 ; fujifilm|富士
gopro ; dji|大疆 ; nike|耐克 ; adidas|阿迪达斯 ; puma|彪马 ; reebok|锐步 ; new balance|新百伦 ; asics|亚瑟士 ; under armour|安德玛 ; li-ning|李宁
anta|安踏 ; the north face|北面 ; patagonia|巴塔哥尼亚 ; columbia|哥伦比亚 ; gore-tex ; vibram ; levi's|李维斯 ; gucci|古驰 ; prada|普拉达
chanel|香奈儿 ; hermes|爱马仕 ; louis vuitton|路易威登 ; dior|迪奥 ; zara ; h&m ; uniqlo|优衣库 ; ikea|宜家 ; muji|无印良品 ; loreal|欧莱雅
estee lauder|雅诗兰黛 ; lancome|兰蔻 ; nivea|妮维雅 ; dove|多芬 ; starbucks|星巴克 ; nescafe|雀巢 ; coca-cola|可口可乐 ; pepsi|百事 ; lego|乐高
tefal|特福 ; le creuset|酷彩 ; lodge ; kitchenaid ; stanley ; yeti ; thermos|膳魔师 ; tupperware ; amazon|亚马逊 ; alexa ; ebay ; taobao|淘宝
tmall|天猫 ; jd.com|京东 ; pinduoduo|拼多多 ; walmart|沃尔玛 ; tesla|特斯拉 ; toyota|丰田 ; bmw|宝马 ; disney|迪士尼 ; rolex|劳力士 ; casio|卡西欧
fitbit ; garmin|佳明 ; logitech|罗技 ; anker|安克 ; moutai|茅台 ; bosideng|波司登 ; erke|鸿星尔克 ; supor|苏泊尔 ; joyoung|九阳
nintendo|任天堂 ; switch lite ; playstation ; xbox ; kindle ; kobo ; roomba|irobot ; roborock|石头科技 ; ecovacs|科沃斯 ; dreame|追觅 ; tineco|添可 ; narwal|云鲸 ; shark ninja|ninja
miele|美诺 ; electrolux|伊莱克斯 ; whirlpool|惠而浦 ; braun|博朗 ; oral-b|欧乐b ; sonicare ; usmile ; panasonic ; sharp aquos ; hisense|海信 ; tcl ; skyworth|创维 ; changhong ; aux|奥克斯
delonghi|de'longhi|德龙 ; breville|铂富 ; nespresso|奈斯派索 ; keurig ; jura ; lavazza|拉瓦萨 ; illy ; luckin|瑞幸 ; bodum|波顿 ; hario ; chemex ; fellow ; aeropress ; smeg|斯麦格 ; russell hobbs ; cuisinart ; vitamix ; instant pot ; staub|珐宝 ; zwilling|双立人 ; wmf|福腾宝 ; fissler|菲仕乐 ; pyrex ; corelle|康宁 ; lock&lock|乐扣乐扣|乐扣 ; fissman ; wusthof ; victorinox|维氏 ; opinel ; leatherman|莱泽曼
zojirushi|象印 ; tiger corporation|虎牌 ; hydro flask|hydroflask ; klean kanteen ; s'well ; contigo ; camelbak|驼峰 ; nalgene ; owala ; haers|哈尔斯 ; fuguang|富光
herman miller|赫曼米勒 ; steelcase ; secretlab ; autonomous ; kuka ; wayfair ; pottery barn ; west elm ; tempur|泰普尔 ; casper ; emma mattress|emma ; sealy|丝涟 ; simmons|席梦思品牌|席梦思 ; serta ; king koil ; hastens ; sleemon|喜临门 ; mlily|梦百合 ; lovo ; mercury home|水星家纺 ; luolai|罗莱 ; fuanna|富安娜 ; brooklinen ; parachute home
arc'teryx|arcteryx|始祖鸟 ; mammut|猛犸象 ; salomon|萨洛蒙 ; hoka ; on running|昂跑 ; merrell|迈乐 ; keen ; timberland|添柏岚 ; dr. martens|dr martens|马丁博士 ; birkenstock|勃肯 ; crocs|卡骆驰 ; converse|匡威 ; vans ; skechers|斯凯奇 ; fila|斐乐 ; lululemon|露露乐蒙 ; gymshark ; decathlon|迪卡侬 ; quechua ; jack wolfskin|狼爪 ; helly hansen ; fjallraven|fjällräven|北极狐 ; osprey ; deuter ; gregory ; herschel ; eastpak ; samsonite|新秀丽 ; rimowa|日默瓦 ; tumi ; away luggage ; msr ; big agnes ; naturehike|挪客 ; mobi garden|牧高笛 ; snow peak|雪峰 ; coleman|科勒曼 ; black diamond ; petzl ; camel active|骆驼牌 ; toread ; kailas|凯乐石 ; xtep|特步 ; 361 degrees|361度 ; peak sport|匹克 ; warrior
h & m ; gap inc ; levis ; calvin klein ; tommy hilfiger ; ralph lauren|拉夫劳伦 ; burberry|博柏利|巴宝莉 ; moncler|盟可睐 ; canada goose|加拿大鹅 ; max mara ; coach handbag|蔻驰 ; michael kors ; longchamp|珑骧 ; bottega veneta|葆蝶家 ; fendi|芬迪 ; balenciaga|巴黎世家 ; shein|希音 ; temu ; asos ; zalando ; primark ; mango ; cos ; massimo dutti ; theory ; ubras ; neiwai ; bananain|蕉内 ; semir|森马 ; metersbonwe|美特斯邦威 ; peacebird|太平鸟 ; heilan|海澜之家
l'oreal|l'oréal|巴黎欧莱雅 ; estée lauder ; lancôme ; clinique|倩碧 ; kiehl's|科颜氏 ; la mer|海蓝之谜 ; sk-ii|sk2|神仙水 ; shiseido|资生堂 ; olay|玉兰油 ; neutrogena|露得清 ; cerave|适乐肤 ; la roche-posay|理肤泉 ; avene|avène|雅漾 ; vichy|薇姿 ; aveeno|艾惟诺 ; cetaphil|丝塔芙 ; l'occitane|欧舒丹 ; the body shop|美体小铺 ; the ordinary ; drunk elephant ; fenty ; mac cosmetics ; maybelline|美宝莲 ; nars ; perfect diary|完美日记 ; florasis|花西子 ; proya|珀莱雅 ; winona|薇诺娜 ; pechoin|百雀羚 ; herborist|佰草集 ; sulwhasoo|雪花秀 ; innisfree|悦诗风吟 ; laneige|兰芝 ; fancl|芳珂 ; muji ; jo malone|祖玛珑 ; diptyque ; colgate|高露洁 ; sensodyne|舒适达 ; head & shoulders|海飞丝 ; pantene|潘婷 ; dove ; gillette|吉列 ; aesop|伊索 ; eucerin|优色林
nestle|nestlé ; lipton|立顿 ; twinings|川宁 ; tazo ; teavana ; ito en|伊藤园 ; heytea|喜茶 ; nayuki|奈雪 ; bama tea|八马 ; dahongpao brand ; lindt|瑞士莲 ; ferrero|费列罗 ; godiva|歌帝梵 ; haribo ; oreo|奥利奥 ; kitkat ; danone|达能 ; yili|伊利 ; mengniu|蒙牛 ; three squirrels|三只松鼠 ; bestore|良品铺子 ; nongfu spring|农夫山泉 ; evian|依云 ; perrier|巴黎水 ; red bull|红牛 ; heinz|亨氏 ; kikkoman ; lee kum kee|李锦记 ; haitian|海天味业
playmobil ; duplo ; mega bloks ; mattel|美泰 ; barbie|芭比 ; hot wheels ; fisher-price|费雪 ; hasbro|孩之宝 ; nerf ; hape ; melissa & doug ; brio ; plan toys|plantoys ; schleich ; jellycat ; pop mart|泡泡玛特 ; labubu ; ravensburger|睿思 ; bandai|万代 ; tomy ; sylvanian ; magna-tiles|magnatiles ; bruder ; steiff
pampers|帮宝适 ; huggies|好奇纸尿裤 ; babybjorn|babybjörn ; bugaboo ; stokke ; cybex|赛百适 ; britax|宝得适 ; maxi-cosi|迈可适 ; chicco|智高 ; avent|新安怡 ; pigeon|贝亲 ; medela|美德乐 ; goodbaby ; babycare ; aptamil|爱他美 ; feihe|飞鹤 ; dr. brown|dr brown
royal canin|皇家猫粮|皇家狗粮 ; pedigree|宝路 ; whiskas|伟嘉 ; purina|普瑞纳 ; hill's|希尔斯 ; orijen|渴望猫粮 ; kong ; furminator ; chewy ; petkit ; catlink ; trixie ; ruffwear ; furbo ; pidan
moleskine ; leuchtturm1917|leuchtturm ; rhodia ; midori ; hobonichi ; field notes ; faber-castell|辉柏嘉 ; staedtler|施德楼 ; lamy|凌美 ; pilot pen ; parker ; montblanc|万宝龙 ; pelikan|百利金 ; sharpie ; stabilo|思笔乐 ; zebra pen|斑马笔 ; uni-ball|三菱铅笔 ; m&g ; deli ; kokuyo|国誉 ; muji ; pentel|派通 ; kaweco ; post-it
garmin ; wahoo ; shimano|禧玛诺 ; brompton ; giant bicycles|捷安特 ; specialized ; trek ; thule|拓乐 ; lezyne ; cateye ; magicshine|迈极炫 ; knog ; abus ; kryptonite ; bontrager ; oakley|欧克利 ; ray-ban|雷朋 ; speedo|速比涛 ; wilson|威尔胜 ; yonex|尤尼克斯 ; spalding|斯伯丁 ; peloton ; keep app ; theragun ; hyperice
bosch ; makita|牧田 ; dewalt|得伟 ; milwaukee ; stihl|斯蒂尔 ; husqvarna|富世华 ; gardena|嘉丁拿 ; fiskars|菲斯卡 ; karcher|kärcher|卡赫 ; black & decker ; 3m ; wd-40 ; yale ; ring doorbell ; nest ; philips hue ; yeelight ; govee ; anglepoise ; artemide ; flos ; louis poulsen ; opple|欧普 ; nvc|雷士 ; benq|明基 ; osram|欧司朗 ; xiaomi mijia|米家 ; blueair|布鲁雅尔 ; coway ; levoit ; iqair ; honeywell|霍尼韦尔 ; daikin ; brita|碧然德 ; culligan
marshall ; bang & olufsen|b&o ; sonos ; harman ; harman kardon|哈曼卡顿 ; akg ; shure|舒尔 ; audio-technica|铁三角 ; beyerdynamic|拜雅 ; edifier|漫步者 ; soundcore ; skullcandy ; jabra|捷波朗 ; plantronics ; nothing ear ; 1more|万魔 ; moondrop|水月雨 ; fiio|飞傲 ; belkin|贝尔金 ; ugreen|绿联 ; baseus|倍思 ; romoss|罗马仕 ; pisen|品胜 ; mophie ; zmi ; sandisk|闪迪 ; kingston|金士顿 ; seagate|希捷 ; western digital|西部数据 ; razer|雷蛇 ; corsair ; steelseries|赛睿 ; keychron ; cherry mx ; leica|徕卡 ; zeiss|蔡司 ; sigma lens|适马 ; insta360|影石 ; hasselblad|哈苏 ; pico ; meta quest ; rokid ; airtag ; tile tracker ; magsafe ; kobo ; onyx boox|文石 ; remarkable tablet ; meizu|魅族 ; zte|中兴 ; iqoo ; nubia|努比亚 ; tecno
costco|开市客 ; target ; best buy ; ikea ; etsy ; aliexpress|速卖通 ; alibaba|阿里巴巴 ; 1688 ; douyin|抖音 ; kuaishou ; xiaohongshu|小红书 ; vipshop|唯品会 ; suning|苏宁 ; gome|国美 ; dewu|得物 ; xianyu|闲鱼 ; netease yanxuan|网易严选 ; sam's club ; hema|盒马 ; freshippo ; mediamarkt ; otto ; tchibo ; lidl ; aldi ; carrefour|家乐福 ; sephora|丝芙兰 ; watsons|屈臣氏 ; miniso|名创优品 ; boots ; tesco ; john lewis ; argos ; sainsbury's ; shopify ; wish.com ; rakuten|乐天
"""


# Names that are brands only with a capital.
_ORDINARY = """
mate nestle honor beats lodge dove stanley columbia windows apple galaxy fellow keen vans cos mango theory
casper parker deli target boots otto wilson trek specialized kong nest vichy canon brio chewy dell acer jura
pico abus thermos thule serta yeti sealy tazo duplo midori pigeon argos warrior marshall simmons autonomous
pelikan ninja ring emma
"""
_ORDINARY_WORDS = frozenset(_ORDINARY.split())


@cache
def _names() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """One pattern for every name, longest first, and for each name the brands that it names."""
    brand_of: dict[str, str] = {}
    for line in _BRANDS.strip().splitlines():
        for cell in line.split(" ; "):
            names = [name.strip() for name in cell.split("|")]
            for name in names:
                brand_of.setdefault(name, brand_of.get(names[0], names[0]))
    longest = sorted(brand_of, key=len, reverse=True)
    pattern = rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, longest))})(?:['’]s)?(?![A-Za-z])"
    return re.compile(pattern, re.I), {
        name: list(dict.fromkeys([brand, *(brand_of[part] for part in name.split() if part in brand_of)]))
        for name, brand in brand_of.items()
    }


def brands(text: str) -> list[tuple[str, str, int]]:
    """The brands the text names: one name for all spellings of a maker, the words, and where they start."""
    pattern, brands_of = _names()
    found = []
    for match in pattern.finditer(text):
        said = match[0].lower()
        name = said if said in brands_of else said[:-2]  # without its 's
        found += [
            (brand, match[0], match.start())
            for brand in brands_of[name]
            if name not in _ORDINARY_WORDS or not match[0][0].islower()
        ]
    return found
