"""The model card of the demo model, generated from the measured figures."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template

from theresa_training.figures import Figure
from theresa_training.workspace import Workspace

_CARD = Template("""# Theresa's demo model

A speech model of Whisper's architecture for English and Mandarin: $parameters million parameters, $megabytes MB on disk
as CTranslate2 int8. It covers a small domain (people, organisations, places, dates, times, amounts, percentages,
spoken digits, everyday phrases) in synthetic speech. Use it for **trying out, testing and developing** Theresa. It is
not a general speech recogniser: for production, use a stock or fine-tuned Whisper (`theresa-server --model small`).

## Figures

Measured by `theresa-train evaluate` on held-out data (seed $seed, also in `evaluation.json`) with a beam of 5, as for
the server's finals. Sentences are cut as in the server, over the faint noise of a quiet room. WER in English, CER in
Mandarin, ignoring punctuation and case; n is the number of clips, windows, words or digits.

| What | Value | Target | | n |
|---|---|---|---|---|
$rows

Test sets:

- *Held-out sentences* do not occur in the texts of the last part of the training; the voices do.
- *Unseen voices* are eSpeak NG variants left out of training ($voices).
- *Speech without pauses* has 0-0.2 s between sentences, *with long pauses* 1-4 s.
- *Tails* are windows of 0.6-6 s that begin inside an utterance, with the preceding text as prompt; *late in a long
  text*, the prompt has 200 characters.
- *Digits* are joined recordings of real speakers (1-8 digits, pauses of 0.05-0.6 s): takes 0-4 of the speakers george,
  jackson, nicolas and yweweler, and all takes of lucas, who was left out of training.

## Output

- Numbers are written in digits: `25 million dollars`, `35%`, `25万元`. Digit by digit, English has spaces (` 3 7 1
  9.`), Mandarin does not (`3719。`).
- If a window ends inside a word, the transcript ends with the last whole word.
- `theresa.json` declares the encoder windows that the model is trained for: at least 1 s, with 0.5 s of zeros after
  the speech.

## Training

- **Speech**: 72,000 and later $clips other sentences of a grammar, synthesised by eSpeak NG in 71 variants of seven
  English accents and Mandarin and in 160 random voices, with random speed and pitch; 1,800 recordings of the Free
  Spoken Digit Dataset, joined with pauses, with speed and pitch changed by up to 25 %.
- **Augmentation**: room, microphone colour, 8 kHz telephone band and µ-law, noise, music, level, resampling,
  SpecAugment. Silence, noise, hum, clicks and synthetic music are labelled as no speech.
- **Windows**: one to many sentences, 0.5-30 s, with short, long or hardly any pauses, with or without timestamps and
  previous text of up to 223 tokens, cut at either end, padded slightly, widely, or to 30 s; tails of growing speech
  with the preceding text as prompt.
- **Optimisation**: three parts, all with cross-entropy, phoneme CTC and guided attention as auxiliary losses, AdamW,
  and a learning rate that falls to zero along a cosine. The first part trained from scratch on 36,000 sentences
  without the random voices: 6,264 steps, 94 minutes on two shared CPU cores. The second trained on 72,000 sentences:
  5,575 steps, 8 minutes on one H200 GPU, from a rate of 0.0015. The third added longer previous texts and other
  pauses, on the other sentences: 218 steps on the same kind of GPU, then $steps steps, $minutes minutes on two shared
  CPU cores, from a rate of 0.0007.
- **Averaging**: the weights are a mean: 0.2 of the second part, 0.3 of the state after the 218 steps, 0.5 of the last
  state. See `docs/training.md`.

Some figures are not blind. The mix of windows and the share of real digits were tuned during the first part on samples
of the held-out sets, including both sets of digits. The mean was chosen on other samples of the sets of windows and
tails.

## Limitations

- Words outside the grammar are transcribed as words inside it.
- Noise is occasionally transcribed as words.
- Real voices other than spoken digits, other accents, vocal music, and distant microphones are not supported.
- Sentences that mix the two languages were not in the training data.
- In 30 s without a pause some words are lost; after a long previous text (a prompt of more than about 200 characters)
  more are lost.
- The last character of the second sentence of the Mandarin sample is sometimes lost: 19 of 60 times when the sentence
  began at another sample, 42 of 60 times when it was also resampled (44.1 kHz).

## Licences

The weights and the sample recordings are licensed under Apache-2.0, like the project. The real digits are from the
*Free Spoken Digit Dataset* (Zohar Jackson and contributors; CC BY-SA 4.0), used for training and evaluation; the model
contains no recordings. Speech synthesis by eSpeak NG.
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
