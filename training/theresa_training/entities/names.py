"""Names and figures of both languages: the values that fill the places of a sentence.

Lists are split by a fixed shuffle, so that a test set holds names that no training sentence has; made-up names are
drawn anew each time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from theresa_training import grammar_en, grammar_zh
from theresa_training.grammar import lines, words

SURNAMES: tuple[str, ...] = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝",
    *("欧阳", "司马", "诸葛", "上官", "司徒", "东方", "慕容", "令狐", "皇甫", "尉迟"),
)
GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉建玲红玉兰飞鑫波斌宇浩凯晨晓志鹏宁雪梅琳佳欣怡婷雨轩子涵梓萱然博思远嘉诚俊哲天翔海燕春生国庆永康振东立新少云峰小大一可心如若安乐清和瑞瑶琪璇诗语彤悦颖慧淑贞惠珍莉萍蓉菲薇倩茜媛洁丹凤珠翠雁彬贤达豪毅恒智仁义礼信忠孝良善友朋亮健民武林森山川江河湖岩石松柏竹柳荷莲菊兵坤乾震龙虎麒麟骏驰骁锋铭钧锐钢铁银金宝富贵荣昌盛兴旺福禄寿喜"
)
TRANSLITERATED = words("""
    玛丽 约翰 大卫 史密斯 爱丽丝 罗伯特 迈克尔 加西亚 米勒 安德森 威廉 伊丽莎白 查尔斯 凯瑟琳 汤姆 杰克 露西 特朗普
    拜登 马斯克 乔布斯 贝克汉姆 梅西 泰勒 卡特 布朗 威尔逊 托马斯 亨利 丽莎 安娜 彼得 保罗 马克 琳达 苏珊 海伦 乔治
    奥利维亚 维克托 格蕾丝
""")
BRANDS = words("""
    腾讯 阿里巴巴 字节跳动 华为 百度 小米 京东 美团 网易 拼多多 滴滴 联想 比亚迪 宁德时代 中兴 大疆 海尔 格力 快手
    哔哩哔哩 莉莉丝 完美世界 三七互娱 科大讯飞 商汤 旷视 顺丰 万科 蔚来 理想汽车 米哈游 苹果 微软 谷歌 特斯拉 三星
    索尼 丰田 西门子 英特尔 新华社 人民日报 联合国 世界银行 中石油 招商银行 工商银行 复旦大学 浙江大学 同济大学
    协和医院 故宫博物院
""")
ORGANIZATION_ENDS = words("""
    公司 集团 科技 科技有限公司 股份有限公司 银行 大学 研究院 实验室 医院 网络 出版社 基金会 电视台 委员会 汽车 工作室
    中学 小学 俱乐部 航空 能源 保险 软件 酒店 学校 证券 物流 制药 电子 传媒 地产 食品 律师事务所 协会 法院 警察局
    博物馆 图书馆
""")
PLACES = words("""
    中国 北京 上海 广州 深圳 杭州 南京 成都 武汉 西安 重庆 天津 苏州 长沙 青岛 大连 厦门 香港 台北 美国 日本 英国 法国
    德国 韩国 新加坡 东京 纽约 伦敦 巴黎 柏林 首尔 悉尼 莫斯科 浙江省 江苏省 四川省 广东省 云南 新疆 西藏 徐汇区
    海淀区 浦东新区 中关村 硅谷 欧洲 亚洲 非洲 长江 黄河 泰山 西湖 加拿大 澳大利亚 意大利 西班牙 印度 泰国 越南 俄罗斯
    巴西 埃及 罗马 维也纳 多伦多 芝加哥 洛杉矶 旧金山 波士顿 温哥华 曼谷 河内 哈尔滨 沈阳 郑州 济南 合肥 福州 南昌
    昆明 贵阳 兰州 海南岛 台湾 澳门 王府井 陆家嘴
""")
PLACE_ENDS = words("市 省 县 区 镇 村 山 湖 河 路 街道 半岛 岛 机场 火车站 广场 大桥 公园")
FIRST_NAMES = words("""
    James Mary John Linda Robert Patricia Michael Jennifer William Elizabeth David Barbara Richard Susan Joseph
    Jessica Thomas Sarah Charles Karen Daniel Nancy Matthew Lisa Anthony Betty Mark Helen Steven Sandra Paul Donna
    Andrew Carol Kevin Ruth Brian Sharon George Emma Olivia Noah Liam Sophia Ava Mia Lucas Ethan Chloe Zoe Hannah Jack
    Tom Kate Amy Wei Ming Li Jing Fang Hiroshi Yuki Carlos Juan Pedro Ahmed Fatima Priya Raj Ivan Olga Pierre Marie
    Hans Greta
""")
LAST_NAMES = words("""
    Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee Thompson
    White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell
    Mitchell Carter Roberts Chen Wang Zhang Liu Kim Park Nguyen Singh Patel Tanaka Suzuki Rossi Muller Novak Silva
    Cruz
""")
COMPANIES = words("""
    Google Microsoft Apple Amazon Tesla Intel Oracle Samsung Sony Nvidia Netflix Boeing Toyota Siemens Philips Nokia
    Ericsson Adobe Cisco Uber Spotify Visa Reuters Bloomberg NASA UNESCO OpenAI Facebook Twitter Airbus Pfizer Walmart
    Nike IBM BBC CNN Harvard Stanford Oxford Huawei Alibaba Tencent Baidu Xiaomi
""")
COMPANY_ENDS = words("""
    Inc Corp Corporation Ltd Group University Bank Institute Technologies Labs Foundation Airlines Motors Hospital
    Insurance Foods Systems Software Hotels Shipping Media School Telecom Energy Robotics Partners Pharma Museum
    Records Logistics Studios
""")
COMPANY_PARTS = words("""
    Blue Red Green Silver Golden Black White Northern Southern Pacific Atlantic Global First United National Royal
    Star Sun Moon River Lake Stone Mountain Valley Ocean Forest Eagle Lion Tiger Phoenix Maple Oak Cedar Crystal
    Diamond Summit Harbor Bridge Delta Alpha Omega Nova Quantum Vertex Apex Horizon Liberty Victory Falcon Orion Atlas
""")
CITIES = words("""
    London Paris Berlin Tokyo Beijing Shanghai Madrid Rome Vienna Dublin Boston Chicago Seattle Toronto Sydney
    Melbourne Singapore Bangkok Moscow Cairo Lagos Nairobi Delhi Mumbai Texas California France Germany Japan China
    Brazil Canada Spain Italy Norway Sweden Florida Europe Asia Africa India Mexico Poland Greece Turkey Hangzhou
    Shenzhen Guangzhou Taiwan Korea Australia England Scotland Ireland Switzerland Amsterdam Brussels Prague Warsaw
    Athens Denver Miami
""")
CITIES_OF_TWO = lines(
    "New York; Hong Kong; Los Angeles; San Francisco; New Zealand; South Africa; Saudi Arabia; Silicon Valley; "
    "Wall Street; Mount Everest; Lake Geneva; Cape Town; Kuala Lumpur; Buenos Aires; Rio de Janeiro; United States; "
    "United Kingdom; North Carolina; West Virginia; Puerto Rico",
    ";",
)
SYLLABLES = words("""
    ba be bo ca co da de di do el en er fa fi ga go ha hi in ja ka ki la le li lo ma me mi mo na ne ni no or pa ra re
    ri ro sa se si so ta te ti to va ve vi vo wa xa ya za tan ber son ton lin mar cor ven dal
""")
MONTHS, WEEKDAYS = grammar_en.MONTHS, grammar_en.WEEKDAYS
NUMERALS = "一二三四五六七八九十"
NUMBER_WORDS = words("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty")


@cache
def _halves(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Three quarters of a list and the rest, always the same."""
    shuffled = random.Random(7).sample(sorted(names), len(names))
    cut = len(shuffled) * 3 // 4
    return shuffled[:cut], shuffled[cut:]


@cache
def common_characters() -> tuple[str, ...]:
    """The 3,755 commonest characters: the first level of GB 2312."""
    pairs = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return tuple(text for pair in pairs if (text := bytes(pair).decode("gb2312", errors="ignore")))


class Names:
    """Draws values; with ``unseen`` from the names that are kept out of training."""

    def __init__(self, rng: random.Random, *, unseen: bool = False) -> None:
        self.rng = rng
        self._half = 1 if unseen else 0

    def value(self, language: str, label: str) -> str:
        """A value of a label, as written in a language (``en`` or ``zh``)."""
        return str(getattr(self, f"_{language}_{label.lower()}")())

    def _pick(self, *lists: Sequence[str]) -> str:
        names = _halves(tuple(self.rng.choice(lists)))[self._half]
        return str(self.rng.choice(names))

    def characters(self, low: int, high: int) -> str:
        """So many random characters: a word that nobody has heard of."""
        return "".join(self.rng.choice(common_characters()) for _ in range(self.rng.randint(low, high)))

    def invented(self) -> str:
        """A made-up name of some syllables."""
        return "".join(self.rng.choice(SYLLABLES) for _ in range(self.rng.randint(2, 3))).capitalize()

    def _zh_person(self) -> str:
        kind = self.rng.random()
        if kind < 0.08:
            return "·".join(self._pick(TRANSLITERATED) for _ in range(self.rng.randint(1, 2)))
        if kind < 0.16:
            return self._pick(grammar_zh.PERSONS)
        given = GIVEN if self.rng.random() < 0.7 else common_characters()
        return self.rng.choice(SURNAMES) + "".join(self.rng.choice(given) for _ in range(self.rng.choice((1, 2, 2))))

    def _zh_organization(self) -> str:
        kind = self.rng.random()
        if kind < 0.35:
            return self._pick(BRANDS, grammar_zh.ORGANIZATIONS)
        if kind < 0.38:
            return self.characters(2, 4)
        place = self._pick(PLACES) if self.rng.random() < 0.35 else ""
        return place + self.characters(2, 3) + self.rng.choice(ORGANIZATION_ENDS)

    def _zh_location(self) -> str:
        if self.rng.random() < 0.7:
            return self._pick(PLACES, grammar_zh.LOCATIONS)
        return self.characters(1, 3) + self.rng.choice(PLACE_ENDS)

    def _zh_date(self) -> str:
        rng = self.rng
        year, month, day = rng.randint(1900, 2035), rng.randint(1, 12), rng.randint(1, 31)
        week = rng.choice("一二三四五六日天")
        return rng.choice(
            [
                f"{year}年",
                f"{year}年{month}月",
                f"{year}年{month}月{day}日",
                f"{month}月{day}日",
                f"{month}月{day}号",
                f"{year}-{month:02d}-{day:02d}",
                f"{month}月",
                f"{month}月",
                f"星期{week}",
                f"星期{week}",
                f"周{week}",
                f"上周{week}",
                f"下星期{week}",
                "二零一" + rng.choice(NUMERALS[:9]) + "年",
                f"{rng.choice(NUMERALS)}月",
                "昨天",
                "今天",
                "明天",
                "后天",
                "前天",
                "去年",
                "今年",
                "明年",
                "下个月",
                "上个月",
                "上周",
                "下周",
                "本周末",
            ]
        )

    def _zh_time(self) -> str:
        rng = self.rng
        part, hour, minute = (
            rng.choice(["", "", "上午", "下午", "晚上", "早上"]),
            rng.randint(1, 12),
            rng.randint(1, 59),
        )
        clock = rng.choice(
            [f"{hour}点", f"{hour}点", f"{hour}点半", f"{hour}点{minute}分", f"{rng.choice(NUMERALS)}点"]
        )
        return rng.choice([part + clock] * 5 + [f"{rng.randint(0, 23)}:{minute:02d}", f"{hour}时{minute}分", "中午"]
                          + ["凌晨三点", "半夜", "两点", "下午两点半"])  # fmt: skip

    def _zh_money(self) -> str:
        rng = self.rng
        figure = rng.choice(
            [
                str(rng.randint(1, 9999)),
                str(rng.randint(1, 99)),
                f"{rng.randint(1, 99)}.{rng.randint(1, 9)}",
                rng.choice(NUMERALS) + rng.choice("百千"),
                rng.choice("几数两"),
            ]
        )
        currency = rng.choice(["元", "元", "美元", "块钱", "块", "人民币", "欧元", "日元", "港币", "英镑"])
        return figure + rng.choice(["", "", "万", "亿", "千万"]) + currency

    def _zh_percent(self) -> str:
        rng = self.rng
        spoken = "百分之" + rng.choice(["", "二", "三", "五"]) + rng.choice(NUMERALS)
        return rng.choice([f"{rng.randint(1, 100)}%", spoken, f"{rng.randint(0, 99)}.{rng.randint(1, 9)}%"])

    def _zh_cardinal(self) -> str:
        return self.rng.choice([str(self.rng.randint(2, 999)), str(self.rng.randint(1, 9) * 100)])

    def _en_person(self) -> str:
        rng = self.rng
        first = self._pick(FIRST_NAMES, grammar_en.FIRST_NAMES) if rng.random() < 0.75 else self.invented()
        last = self._pick(LAST_NAMES, grammar_en.LAST_NAMES) if rng.random() < 0.65 else self.invented()
        return rng.choice([f"{first} {last}"] * 7 + [first, first, f"{first} {rng.choice('ABCDEJKLMRST')}. {last}"])

    def _en_organization(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.30:
            return self._pick(COMPANIES)
        if kind < 0.45:
            return self._pick(grammar_en.ORGANIZATIONS)
        if kind < 0.70:
            parts = " ".join(rng.choice(COMPANY_PARTS) for _ in range(rng.randint(1, 2)))
            return f"{parts} {rng.choice(COMPANY_ENDS)}"
        name = self.invented()
        return f"{name} {rng.choice(COMPANY_ENDS)}" if rng.random() < 0.65 else name

    def _en_location(self) -> str:
        if self.rng.random() < 0.75:
            return self._pick(CITIES, CITIES, grammar_en.LOCATIONS, CITIES_OF_TWO)
        return self.rng.choice(["", "", "New ", "North ", "San ", "Lake ", "Port "]) + self.invented()

    def _en_date(self) -> str:
        rng = self.rng
        month, year, day = rng.choice(MONTHS), rng.randint(1900, 2035), rng.randint(1, 31)
        weekday = rng.choice(WEEKDAYS)
        return rng.choice(
            [
                f"{month} {day}, {year}",
                f"{day} {month} {year}",
                f"{month} {year}",
                str(year),
                f"{month} {day}",
                month,
                f"{month} {day}",
                weekday,
                weekday,
                f"next {weekday}",
                f"last {weekday}",
                f"{year}-{day:02d}-01",
                "yesterday",
                "today",
                "tomorrow",
                "last year",
                "next week",
                "next month",
                "this year",
                "last month",
            ]
        )

    def _en_time(self) -> str:
        rng, hour = self.rng, self.rng.randint(1, 12)
        return rng.choice(
            [
                f"{hour}:{rng.randint(0, 59):02d}",
                f"{hour} pm",
                f"{hour} am",
                f"{hour} o'clock",
                f"half past {hour}",
                f"{hour} o'clock",
                "noon",
                "midnight",
                f"quarter to {hour}",
                f"{rng.choice(NUMBER_WORDS[:9])} o'clock",
            ]
        )

    def _en_money(self) -> str:
        rng = self.rng
        figure, currency = rng.randint(1, 999), rng.choice(["dollars", "dollars", "euros", "pounds", "yuan"])
        scale = rng.choice(["million", "billion", "thousand"])
        return rng.choice(
            [
                f"${figure}",
                f"${figure}.{rng.randint(1, 9)} {scale}",
                f"{figure} {currency}",
                f"{figure} {currency}",
                f"{figure} {scale} {currency}",
                f"€{figure}",
                f"£{figure},{rng.randint(100, 999)}",
                f"{rng.choice(NUMBER_WORDS)} {scale} {currency}",
                f"{figure * 100} {currency}",
            ]
        )

    def _en_percent(self) -> str:
        rng = self.rng
        return rng.choice(
            [f"{rng.randint(1, 99)}%", f"{rng.randint(1, 99)} percent", f"{rng.choice(NUMBER_WORDS)} percent"]
        )

    def _en_cardinal(self) -> str:
        return self.rng.choice([str(self.rng.randint(2, 999)), str(self.rng.randint(1, 9) * 1000)])
