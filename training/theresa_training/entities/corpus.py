"""Labelled sentences of the demo domain and beyond, built from patterns and names.

A third of the sentences are fillers and values in random order, which forces the model to look inside a name instead of
learning where names occur in a sentence. Other sentences have no names, and some look like speech transcripts: without
punctuation, or in lower case.
"""

import random
import re
from dataclasses import dataclass

from theresa_server.entities.tokens import tokenize
from theresa_training import grammar_en, grammar_zh
from theresa_training.entities import phrases_en, phrases_zh, templates_en, templates_zh
from theresa_training.entities.names import Names
from theresa_training.grammar import LabelledSpan, Language

LABELS = ("PERSON", "ORGANIZATION", "LOCATION", "DATE", "TIME", "MONEY", "PERCENT", "CARDINAL")
_WEIGHTS = (5, 5, 5, 3, 2, 2, 1, 1)
_PLACE = re.compile(r"\{(?:(en|zh):)?(\w+)\}")
_PHRASES = {"en": phrases_en, "zh": phrases_zh}
_WORDING = {"en": templates_en, "zh": templates_zh}
_GRAMMAR = {"en": grammar_en, "zh": grammar_zh}
_PUNCTUATION = re.compile(r"[,.?!;:，。？！；：、“”]")


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence and its entities: code point offsets, in order, not overlapping."""

    text: str
    spans: tuple[LabelledSpan, ...]


def sentence(rng: random.Random, *, unseen: bool = False) -> LabelledSentence:
    """Return a random sentence; ``unseen`` uses names that training never sees."""
    language: Language = "zh" if rng.random() < 0.55 else "en"
    kind = rng.random()
    if kind < 0.38:
        return fill(_PHRASES[language].pattern(rng), language, rng, unseen)
    if kind < 0.60:
        return fill(rng.choice(_WORDING[language].TEMPLATES), language, rng, unseen)
    if kind < 0.74:
        return _shuffled(language, rng, unseen)
    if kind < 0.86:
        return of_grammar(language, rng)
    return LabelledSentence(_plain(language, rng), ())


def _plain(language: Language, rng: random.Random) -> str:
    """Return ordinary sentences, everyday or generated, in which a word may be replaced by an unknown one."""
    if rng.random() < 0.5:
        text = str(_PHRASES[language].pattern(rng, named=False))
    else:
        text = " ".join(rng.sample(_WORDING[language].PLAIN, k=rng.choice((1, 1, 1, 2))))
    if rng.random() < 0.3:
        alphabetic = [token for token in tokenize(text) if text[token.begin].isalpha()]
        words = [token for token in alphabetic if language == "zh" or text[token.begin].islower()]
        if words:
            word = rng.choice(words)
            text = text[: word.begin] + _unknown(language, rng) + text[word.end :]
    return text


def fill(template: str, language: Language, rng: random.Random, unseen: bool = False) -> LabelledSentence:
    """Return a template with values in its slots."""
    names, text, spans = Names(rng, unseen=unseen), "", []
    at = 0
    for place in _PLACE.finditer(template):
        text += template[at : place.start()]
        at = place.end()
        label = place[2]
        value = names.value(place[1] or language, label)
        kept = "PERSON" if label == "surname" else label
        spans.append(LabelledSpan(len(text), len(text) + len(value), kept))
        text += value
    return LabelledSentence(text + template[at:], tuple(spans))


def of_grammar(language: Language, rng: random.Random) -> LabelledSentence:
    """Return a sentence of the speech grammar; its weekdays, months and years are labelled as dates."""
    drawn = _GRAMMAR[language].sentence(rng)
    spans, text = list(drawn.spans), drawn.text
    for match in re.finditer(_LOOSE_DATES[language], text):
        if all(span.end <= match.start() or match.end() <= span.begin for span in spans):
            spans.append(LabelledSpan(match.start(), match.end(), "DATE"))
    return LabelledSentence(text, tuple(sorted(spans, key=lambda span: span.begin)))


_LOOSE_DATES = {
    "zh": "星期[一二三四五六日]|\\d+月(?!\\d)|\\d{4}年(?!\\d)|今天|明天|下个月|明年",
    "en": f"\\b(?:{'|'.join([*grammar_en.WEEKDAYS, *grammar_en.MONTHS])})\\b|\\b(?:19|20)\\d\\d\\b(?=\\.)"
    "|\\b(?:today|tomorrow|next week|next month)\\b",
}


def _shuffled(language: Language, rng: random.Random, unseen: bool) -> LabelledSentence:
    """Return fillers, unknown words and values in random order; occasionally without any values."""
    fillers, parts = _WORDING[language].FILLERS, []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        if rng.random() < 0.85:
            parts += rng.choices(fillers, k=rng.randint(1, 2))
        if rng.random() < 0.20:  # next to a made-up name, an unknown word would make the name's end ambiguous
            parts += [rng.choice(fillers), _unknown(language, rng), rng.choice(fillers)]
        if rng.random() < 0.90:
            foreign = "en:" if language == "zh" and rng.random() < 0.08 else ""
            parts.append("{" + foreign + rng.choices(LABELS, _WEIGHTS)[0] + "}")
    parts += rng.choices(fillers, k=rng.randint(0 if parts else 1, 2))
    end = "。" if language == "zh" else "."
    return fill(("" if language == "zh" else " ").join(parts) + end, language, rng, unseen)


def _unknown(language: Language, rng: random.Random) -> str:
    """Return a word that is in no list and no name: the model must not mistake rare words for names."""
    names = Names(rng)
    return names.characters(1, 3) if language == "zh" else names.invented().lower()


def as_transcribed(labelled: LabelledSentence, rng: random.Random, kind: float | None = None) -> LabelledSentence:
    """Return the sentence as a speech transcript: unchanged, or without its full stop, punctuation or capitals.

    ``kind`` from 0 (unchanged) to 1 (lower case without punctuation) is random if not given.
    """
    kind = rng.random() if kind is None else kind
    text, spans = labelled.text, labelled.spans
    if kind < 0.60:
        return labelled
    if kind < 0.75:
        return LabelledSentence(text[:-1], spans) if text[-1] in "。.!！?？" and len(text) > 1 else labelled
    outside = bytearray(len(text))
    for span in spans:
        outside[span.begin : span.end] = b"\1" * (span.end - span.begin)
    dropped = [bool(_PUNCTUATION.match(char)) and not inside for char, inside in zip(text, outside, strict=True)]
    kept = [index for index, drop in enumerate(dropped) if not drop]
    new = {old: place for place, old in enumerate(kept)}
    moved = tuple(LabelledSpan(new[span.begin], new[span.end - 1] + 1, span.label) for span in spans)
    bare = "".join(text[index] for index in kept)
    return LabelledSentence(bare.lower() if kind > 0.90 else bare, moved)


def tags(labelled: LabelledSentence) -> list[tuple[str, str]]:
    """Return the tokens with their BMES tags.

    Raises:
        ValueError: when an entity does not begin and end at a token.
    """
    tokens = tokenize(labelled.text)
    begins = {token.begin: index for index, token in enumerate(tokens)}
    ends = {token.end: index for index, token in enumerate(tokens)}
    found = ["O"] * len(tokens)
    for span in labelled.spans:
        if span.begin not in begins or span.end not in ends:
            raise ValueError(f"{labelled.text[span.begin : span.end]!r} does not consist of whole tokens.")
        first, last = begins[span.begin], ends[span.end]
        found[first : last + 1] = [f"M-{span.label}"] * (last + 1 - first)
        if first == last:
            found[first] = f"S-{span.label}"
        else:
            found[first], found[last] = f"B-{span.label}", f"E-{span.label}"
    return [(labelled.text[token.begin : token.end], tag) for token, tag in zip(tokens, found, strict=True)]
