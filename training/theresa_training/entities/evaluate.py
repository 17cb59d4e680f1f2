"""How good a recogniser is, on sentences that it was not trained on. Exact spans and labels count."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from theresa_server.entities.ports import Recogniser
from theresa_training.entities import templates_en, templates_zh
from theresa_training.entities.corpus import LABELS, Labelled, as_heard, of_grammar, sentence

HELD_OUT = (*templates_zh.HELD_OUT, *templates_en.HELD_OUT)
TEMPLATES = (*templates_zh.TEMPLATES, *templates_en.TEMPLATES)
PLAIN = (*templates_zh.PLAIN, *templates_en.PLAIN)

SETS: dict[str, Callable[[random.Random], Labelled]] = {
    "known wording, new names": lambda rng: sentence(rng, unseen=True, templates=TEMPLATES),
    "fresh wording, new names": lambda rng: sentence(rng, unseen=True, templates=HELD_OUT),
    "speech grammar, English": lambda rng: of_grammar("en", rng),
    "speech grammar, Mandarin": lambda rng: of_grammar("zh", rng),
    "as heard, new names": lambda rng: as_heard(sentence(rng, unseen=True, templates=TEMPLATES), rng),
}


def evaluate(recogniser: Recogniser, sentences: int = 600, seed: int = 9) -> dict[str, Any]:
    """Figures in percent for each set, of all labels and of each; and how often ordinary sentences get an entity."""
    return {
        "sentences": sentences,
        "seed": seed,
        "sets": {name: _figures(recogniser, list(_drawn(draw, sentences, seed))) for name, draw in SETS.items()},
        "false_entities_per_100_plain_sentences": _false_alarms(recogniser),
    }


def _drawn(draw: Callable[[random.Random], Labelled], count: int, seed: int) -> Iterator[Labelled]:
    rng = random.Random(seed)
    return (draw(rng) for _ in range(count))


def _figures(recogniser: Recogniser, drawn: list[Labelled]) -> dict[str, Any]:
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for labelled, annotation in zip(drawn, recogniser.annotate([one.text for one in drawn]), strict=True):
        found = {(span.begin, span.end, span.label) for span in annotation.spans}
        gold = {(span.begin, span.end, span.label) for span in labelled.spans}
        said.update(label for *_, label in found)
        true.update(label for *_, label in gold)
        right.update(label for *_, label in found & gold)
    labels = {label: _f1(right[label], said[label], true[label]) for label in LABELS if true[label]}
    total = right.total(), said.total(), true.total()
    return {
        "f1": _f1(*total),
        "precision": _percent(total[0], total[1]),
        "recall": _percent(total[0], total[2]),
        "labels": labels,
    }


def _false_alarms(recogniser: Recogniser) -> float:
    """Ordinary sentences are few, and were seen in training: so half of them are joined anew."""
    texts = [*PLAIN, *(f"{first} {second}" for first, second in itertools.pairwise(PLAIN))]
    found = sum(len(annotation.spans) for annotation in recogniser.annotate(texts))
    return round(100 * found / len(texts), 1)


def _f1(right: int, said: int, true: int) -> float:
    return _percent(2 * right, said + true)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
