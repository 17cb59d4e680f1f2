"""English patterns generated from ordinary words: too many for the model to memorise any.

They need not make sense. The model must learn that any word can occur next to a name.
"""

import random
from collections.abc import Callable

from theresa_training.entities import words_en as w
from theresa_training.grammar import words

_IRREGULAR = dict(
    pair.split("/")
    for pair in words("""
        know/knew understand/understood forget/forgot lose/lost hear/heard break/broke buy/bought sell/sold pay/paid
        spend/spent send/sent build/built run/ran choose/chose lead/led steal/stole hide/hid win/won sing/sang eat/ate
        drink/drank cut/cut feed/fed wear/wore hang/hung dig/dug throw/threw ride/rode drive/drove leave/left come/came
        go/went fly/flew swim/swam sleep/slept speak/spoke think/thought wake/woke fall/fell rise/rose grow/grew
        shrink/shrank fight/fought find/found bring/brought teach/taught meet/met overtake/overtook read/read
        forbid/forbade
    """)
)


def past(verb: str) -> str:
    """Return the past tense of a listed verb."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("ped" if verb in ("stop", "drop", "ship") else "ged" if verb in ("hug", "beg") else "ed")


def ending(word: str) -> str:
    """Return the word with the ending -s: plural noun or third-person verb."""
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def going(verb: str) -> str:
    """Return the verb with the ending -ing."""
    doubled = ("run", "swim", "stop", "drop", "win", "cut", "dig", "hug", "chat", "forget", "plan", "rob")
    return (
        verb + verb[-1] if verb in doubled else verb[:-1] if verb.endswith("e") and verb[-2:] != "ee" else verb
    ) + "ing"


def pattern(rng: random.Random, *, named: bool = True) -> str:
    """Return a sentence with slots in braces, or without slots if ``named`` is false."""
    return EnglishPhrases(rng, named).sentence()


class EnglishPhrases:
    """Draws the parts of one sentence."""

    def __init__(self, rng: random.Random, named: bool) -> None:
        self.rng = rng
        self.named = named

    def sentence(self) -> str:
        """Return a sentence with its capital and full stop."""
        rng = self.rng
        text = self._clause()
        if rng.random() < 0.25:
            text += rng.choice((",", ",", "")) + " " + rng.choice(w.CONJUNCTIONS) + " " + self._clause()
        if rng.random() < 0.15:
            text = rng.choice(w.OPENINGS) + rng.choice((", ", ", ", " ")) + text
        text = " ".join(text.split()).replace(" ,", ",")
        return (text if text.startswith("{") else text[0].upper() + text[1:]) + rng.choice("......!??")

    def _maybe(self, chance: float, part: Callable[[], str]) -> str:
        return part() + " " if self.rng.random() < chance else ""

    def _clause(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.70:
            front = self._maybe(0.12, lambda: self._when() + rng.choice((",", "")))
            return (
                front
                + self._who()
                + " "
                + self._action()
                + " "
                + self._maybe(0.30, self._where)
                + self._maybe(0.22, self._when)
            )
        if kind < 0.80:
            return (
                rng.choice(w.TRANSITIVE)
                + " "
                + self._object()
                + " "
                + self._maybe(0.3, self._where)
                + self._maybe(0.3, self._when)
            )
        if kind < 0.90:
            asked = rng.choice(
                (
                    "did",
                    "does",
                    "will",
                    "would",
                    "can",
                    "could",
                    "should",
                    "why did",
                    "when will",
                    "where did",
                    "how can",
                )
            )
            who, how = self._who(), self._maybe(0.2, lambda: rng.choice(w.ADVERBS))
            done = f"{rng.choice(w.TRANSITIVE)} {self._object()}"
            return f"{asked} {who} {how}{done} {self._maybe(0.2, self._when)}"
        thing = self._thing()
        copula = rng.choice(("is", "was", "are", "were", "looks", "seems", "will be", "is not", "has been"))
        return f"{thing} {copula} {self._state()}"

    def _when(self) -> str:
        if not self.named:
            return self.rng.choice(("back then", "for a while", "as usual", "these days", "all the time", "in the end"))
        day = self.rng.choice(("", "on ", "in ", "since ", "until ", "by ", "before ", "after ", "from ", "for "))
        hour = self.rng.choice(("at ", "at ", "until ", "before ", "around ", "by ", "after "))
        return self.rng.choice((day + "{DATE}", day + "{DATE}", hour + "{TIME}", day + "{DATE} " + hour + "{TIME}"))

    def _who(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if not self.named:
            kind = 0.60 + 0.40 * kind
        if kind < 0.25:
            return "{PERSON}"
        if kind < 0.30:
            return f"{rng.choice(w.POSSESSIVES)} {rng.choice(w.PEOPLE)}{rng.choice((', {PERSON},', ' {PERSON}'))}"
        if kind < 0.34:
            return (
                rng.choice(("Mr. ", "Mrs. ", "Dr. ", "Doctor ", "Professor ", "President ", "Captain ", "Officer "))
                + "{PERSON}"
            )
        if kind < 0.48:
            return "{ORGANIZATION}"
        if kind < 0.52:
            return (
                rng.choice(("{ORGANIZATION} ", "former {ORGANIZATION} ", "{LOCATION} "))
                + rng.choice(w.PEOPLE)
                + rng.choice((" {PERSON}", ""))
            )
        if kind < 0.57:
            head = (
                ending(rng.choice(w.PEOPLE))
                if rng.random() < 0.5
                else "the " + rng.choice((*w.PEOPLE, *w.ORGANIZATIONS))
            )
            return f"{head} {rng.choice(('of', 'at', 'from', 'for'))} {rng.choice(('{ORGANIZATION}', '{LOCATION}'))}"
        if kind < 0.60:
            return "{PERSON} and {PERSON}"
        if kind < 0.76:
            return rng.choice(w.PRONOUNS)
        return self._plain((*w.PEOPLE, *w.PEOPLE, *w.ORGANIZATIONS))

    def _plain(self, nouns: tuple[str, ...]) -> str:
        rng, noun = self.rng, self.rng.choice(nouns)
        quality = rng.choice(w.ADJECTIVES) + " " if rng.random() < 0.3 else ""
        return quality + ending(noun) if rng.random() < 0.35 else f"{rng.choice(w.POSSESSIVES)} {quality}{noun}"

    def _thing(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if self.named and kind < 0.12:
            return rng.choice(("{PERSON}", "{ORGANIZATION}", "{LOCATION}", "{DATE}")) + "'s " + rng.choice(w.NOUNS)
        if self.named and kind < 0.18:
            return "{CARDINAL} " + ending(rng.choice(w.NOUNS))
        if self.named and kind < 0.24:
            return "{MONEY}" + rng.choice(
                ("", " of " + rng.choice(w.NOUNS), " worth of " + ending(rng.choice(w.NOUNS)))
            )
        if self.named and kind < 0.29:
            return "{PERCENT} of " + rng.choice(("the ", "all ", "")) + ending(rng.choice((*w.NOUNS, *w.PEOPLE)))
        if kind < 0.40:
            owned = f"{rng.choice(w.POSSESSIVES)} {rng.choice(w.NOUNS)}"
            return f"{owned} {rng.choice(('of', 'for', 'about', 'with'))} {self._object()}"
        return self._plain(w.NOUNS)

    def _object(self) -> str:
        return self._who() if self.rng.random() < 0.45 else self._thing()

    def _where(self) -> str:
        rng = self.rng
        way = rng.choice(
            (
                "in",
                "in",
                "in",
                "to",
                "from",
                "near",
                "at",
                "outside",
                "around",
                "across",
                "toward",
                "through",
                "of",
                "between",
            )
        )
        if not self.named or rng.random() < 0.3:
            return f"{way} {rng.choice(('the', 'a', 'my', 'our', 'this'))} {rng.choice(w.PLACES)}"
        return "between {LOCATION} and {LOCATION}" if way == "between" else way + " {LOCATION}"

    def _verb(self) -> str:
        rng, verb = self.rng, self.rng.choice(w.TRANSITIVE)
        adverb = self._maybe(0.2, lambda: rng.choice(w.ADVERBS))
        kind = rng.random()
        if kind < 0.50:
            return adverb + past(verb)
        if kind < 0.62:
            return adverb + ending(verb)
        if kind < 0.74:
            return (
                rng.choice(
                    ("will", "would", "can", "must", "may", "should", "did not", "wants to", "tried to", "never")
                )
                + " "
                + adverb
                + verb
            )
        if kind < 0.86:
            return rng.choice(("is", "was", "are", "were", "keeps", "started", "has been")) + " " + adverb + going(verb)
        return rng.choice(("has", "had", "have")) + " " + adverb + past(verb)

    def _action(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.50:
            return f"{self._verb()} {self._object()} {self._maybe(0.3, self._second)}"
        if kind < 0.66:
            return past(rng.choice(w.INTRANSITIVE)) + " " + self._maybe(0.3, lambda: rng.choice(w.ADVERBS))
        if kind < 0.74:
            return rng.choice(("is ", "was ", "are ", "became ", "remains ", "is not ")) + self._state()
        if kind < 0.82:
            return f"said {rng.choice(('', 'that '))}{self._who()} {self._verb()} {self._object()}"
        if kind < 0.90:
            return f"was {past(rng.choice(w.TRANSITIVE))} by {self._who()}"
        if not self.named:
            return f"{self._verb()} {self._thing()}"
        if rng.random() < 0.6:
            paid = past(rng.choice(w.TRANSITIVE))
            return f"{paid} {rng.choice(('', 'about ', 'over ', 'more than ', 'nearly ', 'up to '))}{{MONEY}}"
        went = past(rng.choice(w.INTRANSITIVE))
        return f"{went} {rng.choice(('', 'by ', 'to ', 'about ', 'almost ', 'over '))}{{PERCENT}}"

    def _second(self) -> str:
        return f"{self.rng.choice(w.PREPOSITIONS)} {self._object()}"

    def _state(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.45:
            return self._maybe(0.5, lambda: rng.choice(w.ADVERBS)) + rng.choice(w.ADJECTIVES)
        if kind < 0.60:
            return f"{past(rng.choice(w.TRANSITIVE))} by {self._who()}"
        if kind < 0.80:
            return self._thing()
        return f"more {rng.choice(w.ADJECTIVES)} than {self._object()}"
