"""Evaluation of an entity model on held-out sentences, by exact spans and labels."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from theresa_server.entities.ports import EntityRecogniser
from theresa_training.entities import held_out, templates_en, templates_zh
from theresa_training.entities.corpus import LABELS, LabelledSentence, as_transcribed, fill, of_grammar
from theresa_training.grammar import Language

TEMPLATES: dict[Language, tuple[str, ...]] = {"en": templates_en.TEMPLATES, "zh": templates_zh.TEMPLATES}
FIRST: dict[Language, tuple[str, ...]] = {"en": held_out.FIRST_EN, "zh": held_out.FIRST_ZH}
SECOND: dict[Language, tuple[str, ...]] = {"en": held_out.SECOND_EN, "zh": held_out.SECOND_ZH}
PLAIN: dict[Language, tuple[str, ...]] = {"en": held_out.PLAIN_EN, "zh": held_out.PLAIN_ZH}

Draw = Callable[[random.Random, Language], LabelledSentence]


def _of(wording: Mapping[Language, Sequence[str]]) -> Draw:
    """Draw sentences of these patterns, each equally often, with names that training never sees."""
    return lambda rng, language: fill(rng.choice(wording[language]), language, rng, unseen=True)


def _bare(rng: random.Random, language: Language) -> LabelledSentence:
    """Draw fresh wording as a speech transcript: lower case without punctuation."""
    return as_transcribed(_of(SECOND)(rng, language), rng, kind=0.95)


SETS: dict[str, Draw] = {
    "known wording, new names": _of(TEMPLATES),
    "fresh wording, new names": _of(FIRST),
    "fresh wording, second set": _of(SECOND),
    "the second set, bare": _bare,
    "speech grammar": lambda rng, language: of_grammar(language, rng),
}


@dataclass(slots=True)
class EntityCounts:
    """Correct, predicted and expected entities by label."""

    correct: Counter[str] = field(default_factory=Counter)
    predicted: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)

    def add(self, found: Iterable[tuple[int, int, str]], gold: Iterable[tuple[int, int, str]]) -> None:
        """Add the entities of one sentence."""
        found, gold = set(found), set(gold)
        self.predicted.update(label for *_, label in found)
        self.expected.update(label for *_, label in gold)
        self.correct.update(label for *_, label in found & gold)

    def figures(self) -> dict[str, Any]:
        """Return F1, precision and recall in percent, and the F1 of each label that occurs."""
        labels = [label for label in LABELS if self.expected[label]]
        return {
            "f1": percent(2 * self.correct.total(), self.predicted.total() + self.expected.total()),
            "precision": percent(self.correct.total(), self.predicted.total()),
            "recall": percent(self.correct.total(), self.expected.total()),
            "labels": {one: percent(2 * self.correct[one], self.predicted[one] + self.expected[one]) for one in labels},
        }


def evaluate(recogniser: EntityRecogniser, sentences: int = 600, seed: int = 9) -> dict[str, Any]:
    """Return the figures in percent of each set and language, and the false entities in sentences without names.

    ``sentences`` is the number of sentences per language and set.
    """
    return {
        "sentences": sentences,
        "seed": seed,
        "sets": {
            f"{name}, {language}": _figures(recogniser, list(_drawn(draw, language, sentences, seed)))
            for name, draw in SETS.items()
            for language in ("en", "zh")
        },
        "false_entities_per_100_plain_sentences": {
            language: _false_alarms(recogniser, PLAIN[language]) for language in ("en", "zh")
        },
    }


def _drawn(draw: Draw, language: Language, count: int, seed: int) -> Iterator[LabelledSentence]:
    rng = random.Random(f"{seed}-{language}")
    return (draw(rng, language) for _ in range(count))


def _figures(recogniser: EntityRecogniser, drawn: list[LabelledSentence]) -> dict[str, Any]:
    counts = EntityCounts()
    for labelled, annotation in zip(drawn, recogniser.annotate([one.text for one in drawn]), strict=True):
        counts.add(
            ((span.begin, span.end, span.label) for span in annotation.spans),
            ((span.begin, span.end, span.label) for span in labelled.spans),
        )
    return counts.figures()


def _false_alarms(recogniser: EntityRecogniser, texts: Sequence[str]) -> float:
    """Return the entities found per 100 sentences without names, half of them lower case without punctuation."""
    bare = [re.sub(r"[^\w\s']", "", text).lower() for text in texts]
    found = sum(len(annotation.spans) for annotation in recogniser.annotate([*texts, *bare]))
    return percent(found, 2 * len(texts))


def percent(part: int, whole: int) -> float:
    """Return a share in percent with one decimal; 0 if the whole is 0."""
    return round(100 * part / whole, 1) if whole else 0.0
