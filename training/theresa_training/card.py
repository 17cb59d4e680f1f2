"""The model card of the demo model, generated from the measured figures."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template

from theresa_training.evaluate import Figure
from theresa_training.workspace import Workspace

_CARD = Template("""# Theresa's demo model

A Whisper-architecture speech model of $parameters million parameters for English and Mandarin, $megabytes MB as
CTranslate2 int8 on disk. It knows a small domain (people, organisations, places, dates, times, amounts,
percentages, spoken digits, everyday phrases) in synthetic speech. It is for **trying out, testing and developing**
Theresa. It is not a general recogniser: for real use name a stock or fine-tuned Whisper (`theresa-server --model
small`).

## Figures

Measured by `theresa-train evaluate` on held-out data (seed $seed, also in `evaluation.json`), beam of 5 as for the
server's finals. Sentences are cut as the server cuts them, over the faint noise of a quiet room. WER in English, CER
in Mandarin; punctuation and case are not counted; n counts clips, windows, words or digits.

| What | Value | Target | | n |
|---|---|---|---|---|
$rows

Sets: *held-out sentences* are not in the texts of the last part of the training, in training voices; *voices never
heard* are eSpeak NG variants left out of training ($voices); *speech without pauses* has 0-0.2 s between
sentences, *with long pauses* 1-4 s; *tails* are windows of 0.6-6 s that begin inside an utterance, behind the text
before them, *late in a long text* behind 200 characters; *digits* are joined recordings of real people (1-8 digits,
pauses of 0.05-0.6 s): takes 0-4 of the speakers george, jackson, nicolas and yweweler, and all takes of lucas, who
was left out of training altogether.

## What it writes

- Numbers are digits: `25 million dollars`, `35%`, `25万元`. Digit by digit, English writes them with blanks (` 3 7 1
  9.`), Mandarin without (`3719。`).
- A window that ends inside a word stops at the last whole word.
- `theresa.json` declares the encoder windows it is trained for: no less than 1 s, with 0.5 s of zeros after the
  speech.

## How it was made

- **Speech**: 72,000 and then $clips other sentences of a grammar, spoken by eSpeak NG in 71 variants of seven
  English accents and Mandarin and in 160 invented voices, with random speed and pitch; 1,800 recordings of the Free
  Spoken Digit Dataset, joined with pauses, with speed and pitch changed by up to 25 %.
- **Augmentation**: room, microphone colour, 8 kHz telephone band and µ-law, noise, music, level, resampling,
  SpecAugment. Silence, noise, hum, clicks and synthetic music are labelled as no speech.
- **Windows**: one to many sentences, 0.5-30 s, with short, long or hardly any pauses, with or without timestamps and
  previous text of up to 223 tokens, cut at either end, padded a little, a lot, or to 30 s; ends of growing speech
  behind the text before them.
- **Training**: in three parts, all with cross-entropy, phoneme CTC and guided attention as auxiliary losses, AdamW,
  and a rate that falls to zero along a cosine. First from scratch, on 36,000 sentences without the invented voices:
  6,264 steps, 94 minutes on two CPU cores shared with other work. Then on 72,000: 5,575 steps, 8 minutes on one H200
  GPU, from a rate of 0.0015. Last for longer previous texts and other pauses, on the rest of the sentences: 218 steps
  on such a GPU, and $steps steps, $minutes minutes on two CPU cores beside other work, from a rate of 0.0007. The
  weights are a mean: 0.2 of those of the second part, 0.3 of those after the 218 steps, 0.5 of the last. See
  `docs/training.md`. The mix of windows and the share of real digits were adjusted during the first part with samples
  of the held-out sets, the digits of both kinds among them, in view, and the mean was chosen on other samples of the
  sets of windows and tails: those figures are not blind.

## Limits

Words outside the grammar come out as words inside it. Noise may once in a while be taken for words. Real voices other
than spoken digits, other accents, music with voices, and far microphones are beyond it. The two languages inside one
sentence were not trained. Of 30 s without a pause it loses some words, and behind a long previous text (a prompt of
more than about 200 characters) still more. Of the second sentence of the Mandarin sample it loses the last character
now and then: 19 of 60 times when it began at another sample, 42 of 60 when it was resampled (44.1 kHz), too.

## Licences

The weights and the sample recordings: Apache-2.0, as the project. The real digits are from the *Free Spoken Digit
Dataset* (Zohar Jackson and contributors; CC BY-SA 4.0), used for training and evaluation; no recording is part of
this model. Speech synthesis by eSpeak NG.
""")


def write_card(workspace: Workspace, target: Path, figures: Sequence[Figure], seed: int, clips: int) -> None:
    """Write ``README.md`` and ``evaluation.json`` next to an exported model."""
    from theresa_training import voices
    from theresa_training.export import load_trained
    from theresa_training.train import load_checkpoint

    state = load_checkpoint(workspace.checkpoint)
    parameters = sum(parameter.numel() for parameter in load_trained(workspace).parameters())
    rows = "\n".join(_row(figure) for figure in figures)
    size = sum(path.stat().st_size for path in target.iterdir() if path.suffix != ".md")
    card = _CARD.substitute(
        parameters=f"{parameters / 1e6:.1f}",
        megabytes=f"{size / 1e6:.1f}",
        seed=seed,
        rows=rows,
        voices=", ".join(f"`+{name}`" for name in voices.HELD_OUT),
        clips=f"{clips:,}",
        steps=f"{state['step']:,}",
        minutes=round(state["seconds"] / 60),
    )
    (target / "README.md").write_text(card, encoding="utf-8")
    record = {"seed": seed, "figures": [asdict(figure) | {"reached": figure.reached} for figure in figures]}
    (target / "evaluation.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _row(figure: Figure) -> str:
    value = f"{figure.value:.2f} {figure.unit}".strip()
    if figure.target is None:
        return f"| {figure.name} | {value} | | | {figure.count} |"
    bound = f"{'≥' if figure.least else '≤'} {figure.target:g}"
    return f"| {figure.name} | {value} | {bound} | {'reached' if figure.reached else '**missed**'} | {figure.count} |"
