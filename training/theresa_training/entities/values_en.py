"""English names and numbers: values for the slots of a sentence."""

from theresa_training import grammar_en
from theresa_training.entities import lists_en
from theresa_training.entities.listed import ListedNames
from theresa_training.grammar import lines, words

MONTHS, WEEKDAYS = grammar_en.MONTHS, grammar_en.WEEKDAYS
NUMBER_WORDS = words("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty")
LOOSE_DATES = lines(
    "yesterday; today; tomorrow; last year; next year; this year; last week; next week; this week; last month; "
    "next month; this month; next summer; last winter; the day before yesterday",
    ";",
)


class EnglishValues(ListedNames):
    """Draws English values, one method per label."""

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
