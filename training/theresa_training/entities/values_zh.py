"""Mandarin names and numbers: values for the slots of a sentence."""

from theresa_training import grammar_zh
from theresa_training.entities import lists_zh
from theresa_training.entities.listed import ListedNames, common_characters
from theresa_training.grammar import words

NUMERALS = "一二三四五六七八九十"
LOOSE_DATES_ZH = words(
    "昨天 今天 明天 后天 前天 去年 今年 明年 前年 下个月 上个月 上周 下周 本周末 周末 这个月 本月 下周末 年底 春节 "
    "国庆节"
)


class MandarinValues(ListedNames):
    """Draws Mandarin values, one method per label."""

    def _coined(self, low: int, high: int) -> str:
        """Return a made-up name, mostly of characters that are common in names."""
        if self.rng.random() < 0.25:
            return self.characters(low, high)
        return "".join(self.rng.choice(lists_zh.COINED) for _ in range(self.rng.randint(low, high)))

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
