"""The model card of the demo entity model, and the complete run that produces both."""

import json
from pathlib import Path
from typing import Any

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_training.entities.corpus import LABELS
from theresa_training.entities.evaluate import evaluate
from theresa_training.entities.train import Recipe, export, train

CARD = """\
# The demo entity model

A tiny bilingual (English, Mandarin) recogniser of named entities. It is made for the demo and the tests, and knows the
kind of sentence that the demo speech model knows. It is not for real use: name a model of your own with `--entities`.

- Architecture: HanLP's transformer recogniser with a CRF, on a BERT encoder of {layers} layers and {hidden} dimensions
  that started from nothing; {parameters:.1f} million parameters, stored as float16.
- Labels: {labels}.
- Training data: {sentences:,} sentences drawn from the speech grammar, from patterns of wording, from ordinary words
  put together at random, and from fillers and names in random order; names from lists and made up. No text of anybody
  else's. {epochs} epochs, seed {seed}.
- Made by: `theresa-train entities`. Licence: Apache-2.0, as all of the project.

## Figures

Exact spans and labels, {count} sentences each, in percent. New names: those in lists were kept out of training. Fresh
wording: no pattern of training is like it. Bare: in lower case and without punctuation, as a recogniser of speech may
write. `evaluation.json` has the figures of each label.

| sentences | F1 | precision | recall |
|---|---|---|---|
{rows}

A hundred ordinary sentences without a name, half of them bare and none of them trained on, got {english} false
entities in English and {mandarin} in Mandarin.

## Limits

It relies on the look of names. Wording far from its patterns, rare words, and names of one part mislead it, and
organisations most of all. It has met neither dialogue nor other languages.
"""


def make(work: Path, output: Path, recipe: Recipe) -> dict[str, Any]:
    """Train, export and evaluate the model, write its card, and return the figures."""
    saved = train(work, recipe)
    export(saved, work / "encoder", output)
    return write_card(output, recipe)


def write_card(output: Path, recipe: Recipe) -> dict[str, Any]:
    """Evaluate an exported model, write ``README.md`` and ``evaluation.json`` next to it, and return the figures."""
    import torch

    figures = evaluate(HanlpRecogniser.load(output))
    state = torch.load(output / "model.pt", map_location="cpu", weights_only=True)
    rows = "\n".join(
        f"| {name} | {found['f1']} | {found['precision']} | {found['recall']} |"
        for name, found in figures["sets"].items()
    )
    card = CARD.format(
        layers=recipe.layers,
        hidden=recipe.hidden,
        parameters=sum(tensor.numel() for tensor in state.values()) / 1e6,
        labels=", ".join(LABELS),
        sentences=recipe.sentences,
        epochs=recipe.epochs,
        seed=recipe.seed,
        count=figures["sentences"],
        rows=rows,
        english=figures["false_entities_per_100_plain_sentences"]["en"],
        mandarin=figures["false_entities_per_100_plain_sentences"]["zh"],
    )
    (output / "README.md").write_text(card, encoding="utf-8")
    (output / "evaluation.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures
