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

A tiny named entity model for English and Mandarin, made for the demo and the tests. It covers the kinds of sentences
that the demo speech model covers. It is not for production: load your own model with `--entities`.

- Architecture: HanLP's transformer tagger with a CRF, on a BERT encoder of {layers} layers and {hidden} dimensions
  trained from scratch; {parameters:.1f} million parameters, stored as float16.
- Labels: {labels}.
- Training data: {sentences:,} sentences generated from the speech grammar, from templates, from ordinary words
  combined at random, and from fillers and names in random order; names are listed or made up. No third-party text.
  {epochs} epochs, seed {seed}.
- Training command: `theresa-train entities`. Licence: Apache-2.0, like the project.

## Figures

Exact spans and labels, {count} sentences each, in percent. *New names*: listed names were kept out of training. *Fresh
wording*: no training template is similar. *Bare*: lower case without punctuation, as in some speech transcripts.
`evaluation.json` has the figures of each label.

| sentences | F1 | precision | recall |
|---|---|---|---|
{rows}

Per hundred ordinary sentences without a name, half of them bare and none of them in the training data, the model finds
{english} false entities in English and {mandarin} in Mandarin.

## Limitations

The model relies on the form of names. Unfamiliar wording, rare words, and single-word names mislead it; organisations
are the least reliable. Its training data has no dialogue and no other languages.
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
