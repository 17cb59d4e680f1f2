"""The demo recordings: synthetic sentences with pauses, and their reference transcripts.

Texts and voices are chosen so that the demo model transcribes them correctly: they demonstrate the server, not the
model.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from theresa_training.grammar import Language, Sentence, TextUnit
from theresa_training.grammar_en import split as split_en
from theresa_training.grammar_zh import split as split_zh
from theresa_training.speech import RATE_HZ, Voice, synthesiser

_EN = Voice("en-us+f3", 160, 50)
_EN_OTHER = Voice("en-us+m7", 150, 45)
_ZH = Voice("cmn-latn-pinyin+f2", 150, 50)
_ZH_OTHER = Voice("cmn-latn-pinyin+f3", 150, 45)

ScriptLine = tuple[Language, Voice, Sequence[tuple[str, str]]]


def _english(text: str, voice: Voice = _EN, **spoken: str) -> ScriptLine:
    pieces = [
        (written, f" {spoken['n' + written.strip()]}" if "n" + written.strip() in spoken else read)
        for written, read in split_en(" " + text)
    ]
    return "en", voice, pieces


def _mandarin(text: str, voice: Voice = _ZH, numbers: Sequence[tuple[str, str]] = ()) -> ScriptLine:
    pieces: list[tuple[str, str]] = []
    rest = text
    for written, spoken in numbers:
        head, _, rest = rest.partition(written)
        pieces += [*split_zh(head), (written, spoken)]
    return "zh", voice, [*pieces, *split_zh(rest)]


SCRIPTS: dict[str, Sequence[ScriptLine]] = {
    "english": (
        _english("Good morning."),
        _english("My name is Alice Johnson."),
        _english("I live in London and work for Acme Corporation."),
        _english("The meeting with David Miller is on Monday at 5 o'clock.", n5="five"),
        _english("Sunrise Airlines paid 25 million dollars to Blue River Bank.", n25="twenty five"),
        _english("Thank you very much."),
    ),
    "mandarin": (
        _mandarin("你好。"),
        _mandarin("我叫王小明，住在北京。"),
        _mandarin("李华在上海的东方银行工作。"),
        _mandarin("会议星期三下午3点开始。", numbers=[("3", "三")]),
        _mandarin("蓝天航空向华星科技支付了25万元。", numbers=[("25", "二十五")]),
        _mandarin("谢谢大家。"),
    ),
    "both": (
        _english("Good morning.", _EN_OTHER),
        _mandarin("我很好，谢谢。", _ZH_OTHER),
        _english("Orion Systems opened a new office in Shanghai on Friday.", _EN_OTHER),
        _mandarin("陈静在深圳的华星科技工作。", _ZH_OTHER),
        _english("Please call Maria Garcia on Monday.", _EN_OTHER),
        _mandarin("请等一下。", _ZH_OTHER),
    ),
}


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence of a sample; times are in milliseconds from the start of the recording."""

    language: Language
    text: str
    start_ms: int
    end_ms: int


def record(lines: Sequence[ScriptLine], seed: int) -> tuple[NDArray[np.float32], list[SpokenSentence]]:
    """Synthesise a script with pauses of 0.7-1.1 s over a faint noise floor; return the audio and its sentences."""
    rng = random.Random(seed)
    parts = [np.zeros(RATE_HZ // 2, np.float32)]
    sentences: list[SpokenSentence] = []
    position = len(parts[0])
    for language, voice, pieces in lines:
        sentence = Sentence(language, tuple(TextUnit(written, spoken) for written, spoken in pieces))
        samples = synthesiser().synthesise(sentence, voice).samples
        samples = samples / np.abs(samples).max() * 0.5
        begin, end = position, position + len(samples)
        sentences.append(SpokenSentence(language, sentence.text, begin * 1000 // RATE_HZ, end * 1000 // RATE_HZ))
        pause = np.zeros(int(rng.uniform(0.7, 1.1) * RATE_HZ), np.float32)
        parts += [samples, pause]
        position = end + len(pause)
    audio = np.concatenate(parts)
    audio += np.random.default_rng(seed).standard_normal(len(audio), np.float32) * 3e-4
    return audio, sentences


def make_samples(folder: Path) -> None:
    """Write ``<name>.flac`` (16 kHz mono) for every script, and ``samples.json`` with the timed transcripts."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for seed, (name, lines) in enumerate(SCRIPTS.items()):
        audio, sentences = record(lines, seed)
        soundfile.write(folder / f"{name}.flac", audio, RATE_HZ, subtype="PCM_16")
        index.append(
            {
                "file": f"{name}.flac",
                "duration_ms": len(audio) * 1000 // RATE_HZ,
                "languages": sorted({sentence.language for sentence in sentences}),
                "sentences": [
                    {"language": s.language, "text": s.text, "start_ms": s.start_ms, "end_ms": s.end_ms}
                    for s in sentences
                ],
            }
        )
    (folder / "samples.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
