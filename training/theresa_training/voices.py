"""Selection of synthetic voices for training and for evaluation."""

import random
from collections.abc import Sequence

from theresa_training.grammar import Language
from theresa_training.speech import Voice

ENGLISH = ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
_ENGLISH_WEIGHTS = (5, 3, 2, 1, 1, 1, 1)
MANDARIN = "cmn-latn-pinyin"  # reads Hanzi well; the voice "cmn" of 1.51 spells pinyin in English

HELD_OUT = ("m5", "m6", "f5", "Alex", "travis", "victor", "antonio", "belinda", "Lee", "shelby", "adam", "michel")
"""Variants reserved for evaluation."""

EFFECTS = ("whisper", "whisperf", "croak", "Demonic", "announcer", "UniRobot", "anikaRobot", "fast", "Tweaky")
"""Whispered, croaking or robotic variants, which people hardly understand either."""


def training_variants(installed: Sequence[str]) -> tuple[str, ...]:
    """Return the variants to train on: all installed ones except held-out variants and sound effects."""
    return tuple(
        name
        for name in installed
        if name not in HELD_OUT and name not in EFFECTS and not name.startswith("robosoft") and " " not in name
    )


def random_variant(name: str, rng: random.Random) -> str:
    """Return a new random variant: the text of a file in eSpeak NG's ``voices/!v`` (see its docs/voices.md).

    The length of the vocal tract scales all formants, and each formant varies slightly; other values are within the
    range of the installed variants.
    """
    low = rng.randint(70, 210)
    tract = rng.uniform(0.85, 1.25)
    lines = ["language variant", f"name {name}", f"pitch {low} {round(low * rng.uniform(1.1, 1.6))}"]
    for formant in range(9):
        frequency = round(100 * tract * rng.uniform(0.92, 1.08))
        lines.append(f"formant {formant} {frequency} {rng.randint(55, 120)} {rng.randint(80, 170)}")
    lines += [f"flutter {rng.randint(0, 8)}", f"roughness {rng.randint(0, 5)}"]
    if rng.random() < 0.5:
        lines.append(f"voicing {rng.randint(60, 110)}")
    if rng.random() < 0.5:
        lines.append(f"consonants {rng.randint(70, 110)} {rng.randint(70, 110)}")
    if rng.random() < 0.3:
        lines.append("breath 0 2 3 3 3 3 3 2")
    if rng.random() < 0.2:
        lines.append(f"echo {rng.randint(40, 130)} {rng.randint(5, 20)}")
    return "\n".join(lines) + "\n"


def choose(language: Language, variants: Sequence[str], rng: random.Random) -> Voice:
    """Return a random voice with one of ``variants``."""
    base = MANDARIN if language == "zh" else rng.choices(ENGLISH, _ENGLISH_WEIGHTS)[0]
    speed = rng.randint(130, 205) if language == "en" else rng.randint(120, 190)
    return Voice(f"{base}+{rng.choice(variants)}", speed, rng.randint(25, 75), rng.randint(30, 70))
