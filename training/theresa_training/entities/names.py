"""Names and numbers in both languages: values for the slots of a sentence.

A fixed quarter of the listed names is kept out of training, so that test sets can use names that occur in no training
sentence. It includes no names of the speech grammar. Made-up names are random each time.
"""

import random
import zlib
from collections.abc import Sequence
from functools import cache

from theresa_training import grammar_en, grammar_zh
from theresa_training.entities import lists_en, lists_zh
from theresa_training.grammar import lines, words

MONTHS, WEEKDAYS = grammar_en.MONTHS, grammar_en.WEEKDAYS
NUMERALS = "一二三四五六七八九十"
NUMBER_WORDS = words("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty")
LOOSE_DATES = lines(
    "yesterday; today; tomorrow; last year; next year; this year; last week; next week; this week; last month; "
    "next month; this month; next summer; last winter; the day before yesterday",
    ";",
)
LOOSE_DATES_ZH = words(
    "昨天 今天 明天 后天 前天 去年 今年 明年 前年 下个月 上个月 上周 下周 本周末 周末 这个月 本月 下周末 年底 春节 "
    "国庆节"
)
_GRAMMAR = frozenset(
    (
        *grammar_en.FIRST_NAMES,
        *grammar_en.LAST_NAMES,
        *grammar_en.ORGANIZATIONS,
        *grammar_en.LOCATIONS,
        *grammar_zh.PERSONS,
        *grammar_zh.ORGANIZATIONS,
        *grammar_zh.LOCATIONS,
        "中国",
        "米哈游",
    )
)


def kept_out(name: str) -> bool:
    """Return whether a listed name is reserved for tests."""
    return name not in _GRAMMAR and zlib.crc32(name.encode()) % 4 == 0


@cache
def _known(names: Sequence[str], unseen: bool) -> tuple[str, ...]:
    return tuple(name for name in names if kept_out(name) == unseen)


@cache
def common_characters() -> tuple[str, ...]:
    """Return the 3,755 most common characters: the first level of GB 2312."""
    pairs = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return tuple(text for pair in pairs if (text := bytes(pair).decode("gb2312", errors="ignore")))


class Names:
    """Draws random values; ``unseen`` uses the names kept out of training."""

    def __init__(self, rng: random.Random, *, unseen: bool = False) -> None:
        self.rng = rng
        self._unseen = unseen

    def value(self, language: str, label: str) -> str:
        """Return a value for a label (or ``surname``) in a language (``en`` or ``zh``)."""
        return str(getattr(self, f"_{language}_{label.lower()}")())

    def characters(self, low: int, high: int) -> str:
        """Return a word of random characters."""
        return "".join(self.rng.choice(common_characters()) for _ in range(self.rng.randint(low, high)))

    def _coined(self, low: int, high: int) -> str:
        """Return a made-up name, mostly of characters that are common in names."""
        if self.rng.random() < 0.25:
            return self.characters(low, high)
        return "".join(self.rng.choice(lists_zh.COINED) for _ in range(self.rng.randint(low, high)))

    def invented(self) -> str:
        """Return a made-up name of two or three syllables."""
        return "".join(self.rng.choice(lists_en.SYLLABLES) for _ in range(self.rng.choice((2, 2, 3)))).capitalize()

    def _listed(self, *lists: Sequence[str]) -> str:
        return self.rng.choice(_known(tuple(self.rng.choice(lists)), self._unseen))

    def _zh_surname(self) -> str:
        return self.rng.choice(lists_zh.COMMON_SURNAMES if self.rng.random() < 0.5 else lists_zh.SURNAMES)

    def _zh_person(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.07:
            return self._transliterated()
        if kind < 0.12 and not self._unseen:
            return rng.choice(grammar_zh.PERSONS)
        if kind < 0.15:
            return rng.choice(("小", "老", "阿")) + rng.choice((*lists_zh.COMMON_SURNAMES, *lists_zh.GIVEN))
        kind = rng.random()
        given = lists_zh.GIVEN if kind < 0.80 else common_characters() if kind < 0.95 else lists_zh.RARE
        return self._zh_surname() + "".join(rng.choice(given) for _ in range(rng.choice((1, 2, 2))))

    def _transliterated(self) -> str:
        rng = self.rng
        first = self._listed(lists_zh.TRANSLITERATED_FIRST)
        last = self._listed(lists_zh.TRANSLITERATED_LAST)
        made = "".join(rng.choice(lists_zh.SOUNDS) for _ in range(rng.randint(2, 4)))
        return rng.choice((f"{first}·{last}", f"{first}·{last}", first, last, f"{first}·{made}", made))

    def _zh_organization(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.12 and not self._unseen:
            return rng.choice(grammar_zh.ORGANIZATIONS)
        if kind < 0.40:
            return self._listed(lists_zh.BRANDS)
        if kind < 0.42:
            return self.characters(2, 4)
        place = self._listed(lists_zh.PLACES) if rng.random() < 0.3 else ""
        return place + self._coined(1 if place else 2, 3) + rng.choice(lists_zh.ORGANIZATION_ENDS)

    def _zh_location(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.72:
            return self._listed(lists_zh.PLACES)
        if kind < 0.78:
            return "".join(rng.choice(lists_zh.PLACE_SOUNDS) for _ in range(rng.randint(2, 4)))
        return self._coined(1, 3) + rng.choice(lists_zh.PLACE_ENDS)

    def _zh_date(self) -> str:
        rng = self.rng
        year, month, day = rng.randint(1900, 2035), rng.randint(1, 12), rng.randint(1, 31)
        week = rng.choice("一二三四五六日天")
        figures = (
            f"{year}年",
            f"{year}年{month}月",
            f"{year}年{month}月{day}日",
            f"{month}月{day}日",
            f"{month}月{day}号",
        )
        spoken = (
            f"二零一{rng.choice(NUMERALS[:9])}年",
            f"{rng.choice(NUMERALS)}月",
            f"{rng.choice(NUMERALS)}月{rng.choice(NUMERALS)}号",
        )
        weekday = rng.choice(("星期", "星期", "周", "礼拜", "上周", "下周", "上星期", "下星期", "这周")) + week
        kind = rng.random()
        if kind < 0.45:
            return rng.choice((*figures, f"{month}月", f"{day}号", f"{year}-{month:02d}-{day:02d}", f"{month}月初"))
        return rng.choice(spoken) if kind < 0.53 else weekday if kind < 0.70 else rng.choice(LOOSE_DATES_ZH)

    def _zh_time(self) -> str:
        rng, hour, minute = self.rng, self.rng.randint(1, 12), self.rng.randint(1, 59)
        part = rng.choice(("", "", "上午", "下午", "晚上", "早上", "凌晨", "中午", "傍晚"))
        written = rng.choice((str(hour), str(hour), str(hour), rng.choice((*NUMERALS, "两", "十一", "十二"))))
        clock = rng.choice(
            (
                f"{hour}点",
                f"{hour}点半",
                f"{hour}点{minute}分",
                f"{written}点",
                f"{written}点半",
                f"{written}点钟",
                f"{written}点一刻",
            )
        )
        return rng.choice(
            (
                *[part + clock] * 8,
                f"{rng.randint(0, 23)}:{minute:02d}",
                f"{hour}时{minute}分",
                *words("中午 半夜 午夜 凌晨三点 正午")[: rng.randint(1, 5)],
            )
        )

    def _zh_money(self) -> str:
        rng = self.rng
        figures = (
            str(rng.randint(1, 9999)),
            str(rng.randint(1, 99)),
            str(rng.randint(1, 9) * 100),
            f"{rng.randint(1, 99)}.{rng.randint(1, 9)}",
            rng.choice(NUMERALS) + rng.choice("百千"),
            rng.choice(NUMERALS) + "十" + rng.choice(NUMERALS),
            rng.choice("几数两"),
        )
        currency = rng.choice(words("元 元 美元 块钱 块 人民币 欧元 日元 港币 英镑 韩元 元人民币"))
        return rng.choice(figures) + rng.choice(("", "", "万", "亿", "千万", "百万")) + currency

    def _zh_percent(self) -> str:
        rng = self.rng
        spoken = "百分之" + rng.choice(("", "二", "三", "五")) + rng.choice(NUMERALS)
        return rng.choice(
            (f"{rng.randint(1, 100)}%", f"{rng.randint(1, 100)}%", spoken, f"{rng.randint(0, 99)}.{rng.randint(1, 9)}%")
        )

    def _zh_cardinal(self) -> str:
        return self.rng.choice((str(self.rng.randint(2, 999)), str(self.rng.randint(1, 9) * 100)))

    def _en_person(self) -> str:
        rng = self.rng
        first = self._listed(
            lists_en.FIRST_NAMES,
            lists_en.FIRST_NAMES,
            grammar_en.FIRST_NAMES if not self._unseen else lists_en.FIRST_NAMES,
        )
        last = self._listed(
            lists_en.LAST_NAMES, lists_en.LAST_NAMES, grammar_en.LAST_NAMES if not self._unseen else lists_en.LAST_NAMES
        )
        first = first if rng.random() < 0.75 else self.invented()
        last = last if rng.random() < 0.70 else self.invented()
        both = f"{first} {last}"
        return rng.choice(
            (both, both, both, both, both, both, first, first, last, f"{first} {rng.choice('ABCDEJKLMRST')}. {last}")
        )

    def _en_organization(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.10 and not self._unseen:
            return rng.choice(grammar_en.ORGANIZATIONS)
        if kind < 0.38:
            return self._listed(lists_en.COMPANIES)
        if kind < 0.64:
            parts = " ".join(rng.choice(lists_en.COMPANY_PARTS) for _ in range(rng.randint(1, 2)))
            return f"{parts} {rng.choice(lists_en.COMPANY_ENDS)}"
        if kind < 0.70:
            kind_of = rng.choice(("University", "Bank", "Museum", "Institute", "Ministry"))
            return f"{kind_of} of {self._listed(lists_en.CITIES)}"
        if kind < 0.76:
            return f"{self._listed(lists_en.CITIES, lists_en.LAST_NAMES)} {rng.choice(lists_en.COMPANY_ENDS)}"
        name = self.invented()
        return f"{name} {rng.choice(lists_en.COMPANY_ENDS)}" if rng.random() < 0.80 else name

    def _en_location(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.78:
            return self._listed(lists_en.CITIES, lists_en.CITIES, lists_en.CITIES_OF_TWO)
        if kind < 0.84:
            return f"{rng.choice((self.invented(), self._listed(lists_en.LAST_NAMES)))} {rng.choice(lists_en.ROADS)}"
        return (
            rng.choice(
                ("", "", "New ", "North ", "South ", "San ", "Santa ", "Lake ", "Port ", "Mount ", "Fort ", "East ")
            )
            + self.invented()
        )

    def _en_date(self) -> str:
        rng = self.rng
        month, year, day = rng.choice(MONTHS), rng.randint(1900, 2035), rng.randint(1, 31)
        weekday = rng.choice(WEEKDAYS)
        kind = rng.random()
        if kind < 0.50:
            full = (
                f"{month} {day}, {year}",
                f"{day} {month} {year}",
                f"{month} {year}",
                str(year),
                f"{month} {day}",
                f"{month} {day}",
                f"{year}-{day:02d}-01",
            )
            return rng.choice((*full, month, f"the {day}th of {month}", f"early {month}", f"{weekday}, {month} {day}"))
        if kind < 0.75:
            return rng.choice(("", "", "next ", "last ", "this ")) + weekday
        return rng.choice(LOOSE_DATES)

    def _en_time(self) -> str:
        rng, hour = self.rng, self.rng.randint(1, 12)
        half = rng.choice("ap")
        spoken = f"{rng.choice(NUMBER_WORDS[:11])} o'clock"
        minutes = rng.choice(("quarter to", "quarter past", "ten past", "half past", "half past"))
        clock = f"{hour}:{rng.randint(0, 59):02d}"
        return rng.choice(
            (
                clock,
                f"{clock} {half}m",
                f"{hour} {half}m",
                f"{hour} {half}m",
                f"{hour} o'clock",
                f"{hour} o'clock",
                f"half past {hour}",
                "noon",
                "midnight",
                f"{minutes} {hour}",
                spoken,
                f"{hour} in the morning",
            )
        )

    def _en_money(self) -> str:
        rng = self.rng
        figure, currency = rng.randint(1, 999), rng.choice(("dollars", "dollars", "euros", "pounds", "yuan"))
        scale = rng.choice(("million", "billion", "thousand"))
        signs = (
            f"${figure}",
            f"${figure}.{rng.randint(1, 9)} {scale}",
            f"€{figure}",
            f"£{figure},{rng.randint(100, 999)}",
        )
        spoken = (
            f"{rng.choice(NUMBER_WORDS)} {scale} {currency}",
            f"{rng.choice(NUMBER_WORDS)} {currency}",
            f"a {scale} {currency}",
        )
        plain = (
            f"{figure} {currency}",
            f"{figure} {currency}",
            f"{figure} {scale} {currency}",
            f"{figure * 100} {currency}",
        )
        return rng.choice((*signs, *spoken, *plain, *plain))

    def _en_percent(self) -> str:
        rng, figure = self.rng, self.rng.randint(1, 99)
        return rng.choice(
            (
                f"{figure}%",
                f"{figure}%",
                f"{figure} percent",
                f"{rng.choice(NUMBER_WORDS)} percent",
                f"{figure}.{rng.randint(1, 9)}%",
            )
        )

    def _en_cardinal(self) -> str:
        return self.rng.choice((str(self.rng.randint(2, 999)), str(self.rng.randint(1, 9) * 1000)))
