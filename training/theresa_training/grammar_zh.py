"""The Mandarin half of the demo domain. Numbers are written in digits and spoken as Hanzi numerals."""

import random
from collections.abc import Sequence

from theresa_training.grammar import Piece, Sentence, Slot, fill, lines, words

PERSONS = words("""
    王小明 李华 张伟 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴敏 孙强 林芳 马超 何雪 高健 郭涛 徐建国
    郑秀英 谢文 宋佳 唐宇 韩梅 冯雷 许晴 邓飞 曹阳
""")
ORGANIZATIONS = words("""
    东方银行 蓝天航空 北京大学 华星科技 长江能源 光明医院 和平保险 南海集团 红石汽车 新月软件 金山公司
    天河学校 明珠酒店 西湖电视台 大众出版社 清华大学
""")
LOCATIONS = words("""
    北京 上海 广州 深圳 杭州 南京 成都 武汉 西安 香港 天津 重庆 苏州 青岛 台北 厦门 美国 日本
    英国 法国
""")
ROLES = ["经理", "医生", "老师", "律师", "工程师", "校长", "总裁"]
PRODUCTS = ["电脑", "手机", "汽车", "相机", "机器"]
NUMERALS = "零一二三四五六七八九"

TEMPLATES = lines("""
    {PERSON}在{LOCATION}的{ORGANIZATION}工作。
    {PERSON}{DATE}去{LOCATION}。
    {ORGANIZATION}向{ORGANIZATION}支付了{MONEY}。
    {ORGANIZATION}{weekday}在{LOCATION}开了新公司。
    我们{weekday}和{PERSON}开会。
    {PERSON}{month}加入了{ORGANIZATION}。
    {PERSON}是{ORGANIZATION}的{role}。
    我叫{PERSON}，住在{LOCATION}。
    从{LOCATION}到{LOCATION}的机票是{MONEY}。
    {PERSON}买了{CARDINAL}台{product}。
    {ORGANIZATION}在{LOCATION}有{CARDINAL}人。
    价格是{MONEY}。
    请{weekday}给{PERSON}打电话。
    请{PERSON}在{TIME}之前回复。
    {PERSON}给{PERSON}转了{MONEY}。
    {ORGANIZATION}的收入增长了{PERCENT}。
    {month}的销售下降了{PERCENT}。
    {ORGANIZATION}成立于{year}年。
    会议{weekday}{TIME}开始。
    去{LOCATION}的火车{TIME}出发。
    {PERSON}和{PERSON}{relative}去{LOCATION}旅游。
    {ORGANIZATION}的{role}{PERSON}{relative}访问{LOCATION}。
    大约有{PERCENT}的人同意。
    {ORGANIZATION}计划在{LOCATION}投资{MONEY}。
    {PERSON}什么时候到{LOCATION}？
    我们{DATE}和{ORGANIZATION}签了合同。
""")

EVERYDAY = lines("""
    你好。
    您好，请问您是谁？
    早上好。
    下午好。
    晚上好。
    晚安。
    谢谢。
    谢谢大家。
    不客气。
    好的。
    对不起。
    没关系。
    再见。
    明天见。
    很高兴认识你。
    你听得见吗？
    这是一个测试。
    请等一下。
    我不明白。
    现在几点？
    多少钱？
    你在哪里？
    我们开始开会吧。
    今天天气很好。
    请慢一点说。
    没问题。
    欢迎大家。
    我很好，谢谢。
""")

DIGIT_TEMPLATES = [
    "{digits}。",
    "{digits}。",
    "{digits}。",
    "我的号码是{digits}。",
    "密码是{digits}。",
    "请拨{digits}。",
]


def spell(number: int) -> str:
    """Return a whole number below 10,000 in Hanzi numerals as spoken."""
    if number < 10:
        return NUMERALS[number]
    if number < 20:
        return "十" + (NUMERALS[number % 10] if number % 10 else "")
    if number < 100:
        return NUMERALS[number // 10] + "十" + (NUMERALS[number % 10] if number % 10 else "")
    size, name = (100, "百") if number < 1000 else (1000, "千")
    head, rest = NUMERALS[number // size] + name, number % size
    if rest == 0:
        return head
    # Skipped places are spoken as one 零, and ten inside a larger number as 一十.
    gap = "零" if rest < size // 10 else ""
    return head + gap + ("一" if 10 <= rest < 20 else "") + spell(rest)


def split(text: str) -> list[Piece]:
    """Split written text into characters."""
    return [(character, character) for character in text]


def _word(*choices: str) -> Slot:
    return lambda rng: split(rng.choice(choices))


def _number(value: int) -> Piece:
    return str(value), spell(value)


def _month(rng: random.Random) -> Sequence[Piece]:
    return [_number(rng.randint(1, 12)), ("月", "月")]


def _year(rng: random.Random) -> Sequence[Piece]:
    year = str(rng.randint(2000, 2030))
    return [(year, "".join(NUMERALS[int(digit)] for digit in year))]


def _date(rng: random.Random) -> Sequence[Piece]:
    day = [*_month(rng), _number(rng.randint(1, 31)), ("日", "日")]
    return day if rng.random() < 0.75 else [*_year(rng), ("年", "年"), *day]


def _time(rng: random.Random) -> Sequence[Piece]:
    part = rng.choice(["", "", "上午", "下午", "晚上"])
    hour = rng.randint(1, 12)
    # Two o'clock is 两点, never 二点.
    clock = (str(hour), "两" if hour == 2 else spell(hour))
    return [*split(part), clock, *split(rng.choice(["点", "点", "点半"]))]


def _count(rng: random.Random) -> int:
    return rng.choice([rng.randint(3, 20), rng.randint(21, 99), rng.randint(1, 9) * 100, rng.randint(101, 999)])


def _money(rng: random.Random) -> Sequence[Piece]:
    currency = rng.choice(["元", "美元", "欧元"])
    if rng.random() < 0.4:
        return [_number(rng.randint(3, 99)), *split("万" + currency)]
    return [_number(_count(rng)), *split(currency)]


def _percent(rng: random.Random) -> Sequence[Piece]:
    value = rng.randint(1, 99)
    return [(f"{value}%", "百分之" + spell(value))]


def _digits(rng: random.Random) -> Sequence[Piece]:
    return [(str(digit), NUMERALS[digit]) for digit in (rng.randrange(10) for _ in range(rng.randint(1, 8)))]


SLOTS: dict[str, Slot] = {
    "PERSON": _word(*PERSONS),
    "ORGANIZATION": _word(*ORGANIZATIONS),
    "LOCATION": _word(*LOCATIONS),
    "DATE": _date,
    "TIME": _time,
    "MONEY": _money,
    "PERCENT": _percent,
    "CARDINAL": lambda rng: [_number(_count(rng))],
    "weekday": lambda rng: split("星期" + rng.choice("一二三四五六日")),
    "month": _month,
    "year": _year,
    "role": _word(*ROLES),
    "product": _word(*PRODUCTS),
    "relative": _word("今天", "明天", "下个月", "明年"),
    "digits": _digits,
}


def sentence(rng: random.Random) -> Sentence:
    """Return a random sentence: 80 % of the domain, 11 % spoken digits, 9 % everyday phrases."""
    kind = rng.random()
    templates = TEMPLATES if kind < 0.80 else DIGIT_TEMPLATES if kind < 0.91 else EVERYDAY
    return Sentence("zh", fill(rng.choice(templates), SLOTS, split, rng))
