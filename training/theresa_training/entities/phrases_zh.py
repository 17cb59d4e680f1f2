"""Mandarin patterns generated from ordinary words: too many for the model to memorise any.

They need not make sense. The model must learn that any word can occur next to a name.
"""

import random
from collections.abc import Callable

from theresa_training.entities import words_zh as w

Part = Callable[[random.Random], str]


def pattern(rng: random.Random, *, named: bool = True) -> str:
    """Return a sentence with slots in braces, or without slots if ``named`` is false."""
    return MandarinPhrases(rng, named).sentence()


class MandarinPhrases:
    """Draws the parts of one sentence."""

    def __init__(self, rng: random.Random, named: bool) -> None:
        self.rng = rng
        self.named = named

    def sentence(self) -> str:
        """Return a sentence with its full stop."""
        rng = self.rng
        text = self._clause()
        if rng.random() < 0.25:
            text += "，" + (rng.choice(w.CONJUNCTIONS) if rng.random() < 0.5 else "") + self._clause()
        if rng.random() < 0.15:
            text = rng.choice(w.OPENINGS) + ("，" if rng.random() < 0.7 else "") + text
        if rng.random() < 0.10:
            text += rng.choice(w.ENDINGS)
        return text + rng.choice("。。。。。。！？？")

    def _maybe(self, chance: float, part: Callable[[], str]) -> str:
        return part() if self.rng.random() < chance else ""

    def _value(self, label: str, otherwise: str) -> str:
        return f"{{{label}}}" if self.named else otherwise

    def _clause(self) -> str:
        kind = self.rng.random()
        if kind < 0.60:
            return (
                self._maybe(0.25, self._when)
                + self._who()
                + self._maybe(0.15, self._when)
                + self._maybe(0.25, self._where)
                + self._action()
            )
        if kind < 0.72:
            return self._maybe(0.4, self._when) + self._maybe(0.6, self._where) + self._action()
        if kind < 0.84:
            return self._thing() + self._state()
        if kind < 0.92:
            return self.rng.choice(("请", "让", "叫", "帮", "麻烦", "别让", "不要叫")) + self._who() + self._action()
        return self._place() + self._state()

    def _when(self) -> str:
        if not self.named:
            return self.rng.choice(("后来", "当时", "那时候", "平时", "以前", "有一次", "不久", "过了一会儿", ""))
        when = self.rng.choice(("{DATE}", "{DATE}", "{TIME}", "{DATE}{TIME}"))
        return self.rng.choice(("", "", "", "在", "到", "从", "直到", "自")) + when + self.rng.choice(
            ("", "", "", "", "，", "之前", "以后", "左右", "起", "那天" if when == "{DATE}" else "")
        )  # fmt: skip

    def _who(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if not self.named:
            kind = 0.55 + 0.45 * kind
        if kind < 0.22:
            return "{PERSON}"
        if kind < 0.28:
            return rng.choice(w.PEOPLE) + "{PERSON}"
        if kind < 0.32:
            return "{PERSON}" + rng.choice(w.TITLES)
        if kind < 0.36:
            return "{ORGANIZATION}" + rng.choice(("", "的")) + rng.choice(w.PEOPLE) + rng.choice(("", "{PERSON}"))
        if kind < 0.49:
            return "{ORGANIZATION}"
        if kind < 0.52:
            return "{PERSON}" + rng.choice("和与、跟") + "{PERSON}"
        if kind < 0.55:
            return "{LOCATION}" + rng.choice(("的", "", "一家", "一名")) + rng.choice((*w.PEOPLE, *w.ORGANIZATIONS))
        if kind < 0.75:
            return rng.choice(w.PRONOUNS)
        head = rng.choice(w.PEOPLE if rng.random() < 0.75 else w.ORGANIZATIONS)
        return rng.choice(("", "", "", "这个", "一位", "我的", "我们", "那些", "所有", "几名")) + head

    def _thing(self) -> str:
        rng, kind = self.rng, self.rng.random()
        noun = rng.choice(w.NOUNS)
        if self.named and kind < 0.22:
            return (
                rng.choice(("{PERSON}", "{ORGANIZATION}", "{LOCATION}", "{DATE}", "{ORGANIZATION}", "{PERSON}"))
                + "的"
                + noun
            )
        if self.named and kind < 0.27:
            return "{CARDINAL}" + rng.choice(w.MEASURES) + noun
        if self.named and kind < 0.32:
            return "{MONEY}" + rng.choice(("的", "")) + noun
        if self.named and kind < 0.36:
            return "{PERCENT}的" + noun
        if kind < 0.50:
            return rng.choice(w.ADJECTIVES) + "的" + noun
        if kind < 0.62:
            return rng.choice("这那一几") + rng.choice(w.MEASURES[:16]) + noun
        if kind < 0.70:
            return noun + rng.choice(("", "的")) + rng.choice(w.NOUNS)
        return noun

    def _place(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if not self.named:
            return rng.choice(w.PLACES)
        if kind < 0.65:
            return "{LOCATION}" + rng.choice(("", "", "", "", "", "附近", "那边", "市区", "当地", "一带"))
        if kind < 0.75:
            return "{LOCATION}的" + rng.choice((*w.PLACES, *w.NOUNS))
        return rng.choice(w.PLACES) if kind < 0.9 else "{LOCATION}" + rng.choice("和、与") + "{LOCATION}"

    def _where(self) -> str:
        return self.rng.choice(("在", "在", "在", "从", "去", "到", "来", "往", "离开", "飞往", "位于")) + self._place()

    def _adverb(self) -> str:
        return self._maybe(0.35, lambda: self.rng.choice(w.ADVERBS))

    def _action(self) -> str:
        rng, kind = self.rng, self.rng.random()
        verb, adverb = rng.choice(w.TRANSITIVE), self._adverb()
        done = rng.choice(("了", "了", "", "", "过", "着"))
        if kind < 0.30:
            return adverb + verb + done + self._thing()
        if kind < 0.45:
            return adverb + verb + done + self._who()
        if kind < 0.60:
            return adverb + rng.choice(w.INTRANSITIVE) + rng.choice(("了", "", "过"))
        if kind < 0.67:
            return (
                rng.choice("把将")
                + self._thing()
                + verb
                + rng.choice(("了", "好", "完了", "到" + self._place(), "给" + self._who()))
            )
        if kind < 0.73:
            return "被" + self._who() + verb + rng.choice(("了", "过", ""))
        if kind < 0.83:
            return rng.choice(w.PREPOSITIONS) + self._who() + adverb + verb + done + self._thing()
        if kind < 0.88:
            return rng.choice(("是", "就是", "不是", "成为", "担任", "叫", "名叫", "姓")) + self._who()
        if kind < 0.92:
            return (
                rng.choice(("去", "到", "来", "飞往", "前往", "抵达", "经过", "搬到", "来自", "喜欢")) + self._place()
            )
        return self._amount()

    def _amount(self) -> str:
        rng, verb = self.rng, self.rng.choice(w.TRANSITIVE)
        if not self.named:
            return verb + "了" + rng.choice(("很多", "一点", "不少", "太多")) + rng.choice(w.NOUNS)
        if rng.random() < 0.65:
            how = rng.choice(("", "了", "了", "高达", "约", "近", "超过", "总共", "达到", "到了", "给" + self._who()))
            return verb + how + "{MONEY}" + rng.choice(("", "", "", "的" + rng.choice(w.NOUNS)))
        return rng.choice(w.INTRANSITIVE) + rng.choice(("", "了", "了", "到", "超过", "近", "约")) + "{PERCENT}"

    def _state(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.35:
            return rng.choice(w.ADVERBS) + rng.choice(w.ADJECTIVES) + rng.choice(("", "", "了", "的"))
        if kind < 0.55:
            return self._adverb() + rng.choice(w.INTRANSITIVE) + rng.choice(("了", ""))
        if kind < 0.68:
            return "被" + self._who() + rng.choice(w.TRANSITIVE) + "了"
        if kind < 0.80:
            return (
                rng.choice(("比", "和", "跟", "不如"))
                + self._thing()
                + rng.choice(w.ADJECTIVES)
                + rng.choice(("", "得多", "多了"))
            )
        if kind < 0.90:
            return self._amount()
        return rng.choice(("是", "不是", "像", "就是")) + self._thing()
