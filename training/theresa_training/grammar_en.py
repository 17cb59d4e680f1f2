"""The English half of the demo domain: people, organisations, places, dates, times, amounts, digits, small talk."""

import random
import re
from collections.abc import Sequence

from theresa_training.grammar import Piece, Sentence, Slot, fill, lines, words

FIRST_NAMES = words("""
    Alice Robert Maria David Emma James Sophia Daniel Laura Peter Anna Michael Sarah Thomas Julia Kevin Helen
    George Olivia Victor Grace Henry Linda Oscar
""")
LAST_NAMES = words("""
    Johnson Miller Carter Smith Brown Wilson Taylor Anderson Garcia Baker Cooper Morgan Parker Turner Walker
    Bennett Fisher Hughes Murphy Palmer Simpson Watson Newman Lopez
""")
ORGANIZATIONS = lines(
    """
    Acme Corporation; Northwind; Globex; Blue River Bank; Green Valley Hospital; Sunrise Airlines;
    Pacific Energy; Harbor University; Summit Insurance; Silver Lake Foods; Red Stone Motors;
    Delta Robotics; Orion Systems; Maple Software; Golden Gate Hotels; Atlas Shipping; Crystal Media;
    Liberty Bank; Evergreen School; Falcon Telecom
    """,
    ";",
)
LOCATIONS = lines(
    """
    London; Paris; Berlin; Tokyo; Chicago; Boston; Madrid; Rome; Sydney; Toronto; Shanghai; Beijing;
    Singapore; Dublin; Vienna; Oslo; Seattle; Denver; Geneva; Lisbon; New York; Hong Kong; California;
    Germany; Canada; Japan
    """,
    ";",
)
MONTHS = words("""
    January February March April May June July August September October November December
""")
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ROLES = ["director", "manager", "engineer", "doctor", "lawyer", "teacher", "president", "chairman"]
PRODUCTS = words("""
    laptops phones cameras trucks engines batteries computers books tickets medicines
""")
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = words("""
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
""")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

TEMPLATES = lines("""
    {PERSON} works for {ORGANIZATION} in {LOCATION}.
    {PERSON} will travel to {LOCATION} on {DATE}.
    {ORGANIZATION} paid {MONEY} to {ORGANIZATION}.
    {ORGANIZATION} opened a new office in {LOCATION} on {weekday}.
    The meeting with {PERSON} is on {weekday} at {TIME}.
    {PERSON} joined {ORGANIZATION} as a {role} in {month}.
    The {role} of {ORGANIZATION} met {PERSON} in {LOCATION}.
    {ORGANIZATION} sold {CARDINAL} {product} in {LOCATION}.
    The price is {MONEY}.
    Sales rose {PERCENT} in {month}.
    Profits at {ORGANIZATION} fell by {PERCENT}.
    {PERSON} bought {CARDINAL} {product} from {ORGANIZATION}.
    Please call {PERSON} on {weekday}.
    Please call {PERSON} before {TIME}.
    My name is {PERSON}.
    I live in {LOCATION} and work for {ORGANIZATION}.
    We signed the contract with {ORGANIZATION} on {DATE}.
    The flight from {LOCATION} to {LOCATION} costs {MONEY}.
    {PERSON} sent {MONEY} to {PERSON}.
    The project starts on {DATE} and ends in {month}.
    {ORGANIZATION} has {CARDINAL} people in {LOCATION}.
    {PERSON} is the {role} of {ORGANIZATION}.
    The train to {LOCATION} leaves at {TIME}.
    {PERSON} and {PERSON} moved to {LOCATION} in {year}.
    {ORGANIZATION} was founded in {LOCATION} in {year}.
    About {PERCENT} of the people in {LOCATION} agree.
    {PERSON}, the {role} of {ORGANIZATION}, will arrive at {TIME}.
    The office in {LOCATION} closes at {TIME} on {weekday}.
    We will meet {PERSON} in {LOCATION} {relative}.
    {ORGANIZATION} will invest {MONEY} in {LOCATION}.
    Could you call {PERSON} {relative}?
    When does {PERSON} arrive in {LOCATION}?
""")

EVERYDAY = lines("""
    Hello.
    Hello, how are you?
    Good morning.
    Good afternoon.
    Good evening.
    Good night.
    Thank you.
    Thank you very much.
    You are welcome.
    Yes, please.
    No, thank you.
    Goodbye.
    See you tomorrow.
    Nice to meet you.
    I am fine, thank you.
    Can you hear me?
    This is a test.
    Please wait a moment.
    I do not understand.
    What time is it?
    How much is it?
    Where are you?
    Let us start the meeting.
    The weather is nice today.
    I am sorry.
    Have a nice day.
    Please speak slowly.
    One moment, please.
""")

DIGIT_TEMPLATES = lines("""
    {digits}.
    {digits}.
    {digits}.
    My number is {digits}.
    The code is {digits}.
    Please dial {digits}.
""")


def spell(number: int) -> str:
    """Return a whole number below a million in English words, American style (no "and")."""
    if number < 20:
        return (*DIGITS, *_TEENS)[number]
    if number < 100:
        return _TENS[number // 10 - 2] + (" " + DIGITS[number % 10] if number % 10 else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    return f"{spell(number // size)} {name}" + (" " + spell(number % size) if number % size else "")


def spell_year(year: int) -> str:
    """Return a year 2000-2099 in words: "two thousand five", "twenty twenty four"."""
    return spell(year) if year < 2010 else f"twenty {spell(year % 100)}"


def split(text: str) -> list[Piece]:
    """Split written text into words (with their leading space) and punctuation marks."""
    return [(piece, piece) for piece in re.findall(r" ?[\w']+|[^\w\s]", text)]


def _word(*choices: str) -> Slot:
    return lambda rng: split(" " + rng.choice(choices))


def _number(value: int) -> Piece:
    return f" {value}", " " + spell(value)


def _person(rng: random.Random) -> Sequence[Piece]:
    first = rng.choice(FIRST_NAMES)
    return split(f" {first} {rng.choice(LAST_NAMES)}" if rng.random() < 0.75 else f" {first}")


def _year(rng: random.Random) -> Sequence[Piece]:
    year = rng.randint(2000, 2030)
    return [(f" {year}", " " + spell_year(year))]


def _date(rng: random.Random) -> Sequence[Piece]:
    day = [*split(" " + rng.choice(MONTHS)), _number(rng.randint(1, 31))]
    return day if rng.random() < 0.75 else [*day, (",", ","), *_year(rng)]


def _time(rng: random.Random) -> Sequence[Piece]:
    hour = rng.randint(1, 12)
    match rng.randrange(5):
        case 0 | 1:
            return [_number(hour), *split(" o'clock")]
        case 2:
            return [*split(" half past"), _number(hour)]
        case 3:
            half = rng.choice("ap")
            return [_number(hour), (f" {half}m", f" {half.upper()} M")]
        case _:
            return split(rng.choice([" noon", " midnight"]))


def _count(rng: random.Random) -> int:
    return rng.choice(
        [
            rng.randint(2, 20),
            rng.randint(21, 99),
            rng.randint(1, 9) * 100,
            rng.randint(1, 9) * 1000,
            rng.randint(101, 999),
        ]
    )


def _money(rng: random.Random) -> Sequence[Piece]:
    currency = rng.choice(["dollars", "euros", "pounds"])
    if rng.random() < 0.35:
        return [_number(rng.randint(2, 99)), *split(f" million {currency}")]
    return [_number(_count(rng)), *split(" " + currency)]


def _digits(rng: random.Random) -> Sequence[Piece]:
    return [(f" {digit}", " " + DIGITS[digit]) for digit in (rng.randrange(10) for _ in range(rng.randint(1, 8)))]


SLOTS: dict[str, Slot] = {
    "PERSON": _person,
    "ORGANIZATION": _word(*ORGANIZATIONS),
    "LOCATION": _word(*LOCATIONS),
    "DATE": _date,
    "TIME": _time,
    "MONEY": _money,
    "PERCENT": lambda rng: [_number(rng.randint(1, 99)), ("%", " percent")],
    "CARDINAL": lambda rng: [_number(_count(rng))],
    "weekday": _word(*WEEKDAYS),
    "month": _word(*MONTHS),
    "year": _year,
    "role": _word(*ROLES),
    "product": _word(*PRODUCTS),
    "relative": _word("today", "tomorrow", "next week", "next month"),
    "digits": _digits,
}


def sentence(rng: random.Random) -> Sentence:
    """Return a random sentence: 80 % of the domain, 11 % spoken digits, 9 % everyday phrases."""
    kind = rng.random()
    templates = TEMPLATES if kind < 0.80 else DIGIT_TEMPLATES if kind < 0.91 else EVERYDAY
    # Slots bring their own leading space, so the blank in front of one belongs to the slot.
    template = " " + rng.choice(templates)
    return Sentence("en", fill(template.replace(" {", "{"), SLOTS, split, rng))
