"""Inference with an exported model as in the server: short or full windows through CTranslate2."""

from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from theresa_training.features import FRAMES_PER_SECOND, MAX_FRAMES, MELS, log_mel
from theresa_training.grammar import Language
from theresa_training.tokenizer import TokenIds

FLOOR_FRAMES = 100
MARGIN_FRAMES = 50


class WindowTranscriber:
    """Transcribes one window at a time, on one thread."""

    def __init__(self, folder: Path, beam: int = 1) -> None:
        self._beam = beam
        self.model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=1)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.ids = TokenIds.of(self.tokenizer)

    def encode(self, samples: NDArray[np.float32], full: bool = False) -> ctranslate2.StorageView:
        """Encode up to 30 s of audio; ``full`` pads to 30 s instead of half a second after the speech."""
        features = log_mel(samples)[:, :MAX_FRAMES]
        frames = max(FLOOR_FRAMES, features.shape[1] + MARGIN_FRAMES)
        # CTranslate2 would mistake an output of exactly 80 frames for raw features.
        frames = MAX_FRAMES if full else min(MAX_FRAMES, frames + 2 if frames in (159, 160) else frames)
        padded = np.zeros((1, MELS, frames), np.float32)
        padded[0, :, : features.shape[1]] = features
        return self.model.encode(ctranslate2.StorageView.from_array(padded))

    def prompt(self, language: Language, timestamps: bool = False, previous: str = "") -> list[int]:
        """Return the tokens before the transcript."""
        head = [self.ids.start_of_previous, *self.tokenizer.encode(" " + previous).ids] if previous else []
        tail = [] if timestamps else [self.ids.no_timestamps]
        return [*head, self.ids.start_of_transcript, self.ids.languages[language], self.ids.transcribe, *tail]

    def transcribe(
        self,
        samples: NDArray[np.float32],
        language: Language,
        full: bool = False,
        timestamps: bool = False,
        previous: str = "",
        prefix: str = "",
        beam: int | None = None,
    ) -> tuple[str, float]:
        """Return the text and the no-speech probability of up to 30 s of 16 kHz audio.

        Args:
            samples: Audio.
            language: Language to transcribe.
            full: Pad to 30 s.
            timestamps: Decode with timestamp tokens.
            previous: Text before the window.
            prefix: Text that the transcript has to begin with.
            beam: Beam size, if different from the default.
        """
        encoded = self.encode(samples, full)
        cap = min(224, 24 + 10 * len(samples) // 16_000)
        prompt = self.prompt(language, timestamps, previous) + self.tokenizer.encode(prefix).ids
        result = self.model.generate(
            encoded,
            [prompt],
            beam_size=beam or self._beam,
            max_length=min(448, max(2 * cap, len(prompt) + cap)),  # prompt and text; text gets at most half
            suppress_blank=False,
            return_no_speech_prob=True,
        )[0]
        text = self.tokenizer.decode([token for token in result.sequences_ids[0] if token < self.ids.end_of_text])
        return text.strip(), float(result.no_speech_prob)

    def language(self, samples: NDArray[np.float32]) -> str:
        """Return the code of the most probable language."""
        return str(self.model.detect_language(self.encode(samples))[0][0][0]).strip("<|>")

    def word_starts(self, samples: NDArray[np.float32], language: Language, units: Sequence[str]) -> list[float]:
        """Return when each unit begins according to the alignment heads, in seconds."""
        encoding = self.tokenizer.encode("".join(units))
        frames = len(samples) * FRAMES_PER_SECOND // 16_000
        prompt = self.prompt(language)[:-1]
        result = self.model.align(self.encode(samples), prompt, [encoding.ids], [frames])[0]
        times: dict[int, float] = {}
        for token, frame in result.alignments:
            times.setdefault(token, frame * 0.02)
        owner = [index for index, unit in enumerate(units) for _ in unit]
        starts: dict[int, float] = {}
        for token, (first, _) in enumerate(encoding.offsets):
            if token in times:
                starts.setdefault(owner[first], times[token])
        return [starts.get(index, 0.0) for index in range(len(units))]
