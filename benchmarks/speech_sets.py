"""Recordings of people with what they said: folders with a ``manifest.jsonl``, one JSON object per file.

A manifest line has ``file``, ``text``, ``language``, ``speaker`` and ``seconds``. The text of a recording without words
is empty.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper.audio import decode_audio
from numpy.typing import NDArray

from benchmarks.recordings import CorpusError

SPEECH = Path("../shared/data/real")
"""The default folder of the sets."""
ENGLISH_SETS = ("en_read", "en_fleurs", "en_storybooks", "en_long", "en_earnings22")
MANDARIN_SETS = ("zh_aishell_S0252", "zh_seedlingo", "zh_words")
TEST_SETS = (*ENGLISH_SETS, *MANDARIN_SETS)
"""The sets that figures are measured on; no model is trained on them."""
NOISE_SET = "noise"


@dataclass(frozen=True)
class Clip:
    """A recording of a set."""

    set: str
    path: Path
    text: str
    language: str | None
    """``en`` or ``zh``."""
    speaker: str
    kind: str = ""
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name


def read_set(name: str, folder: Path = SPEECH) -> list[Clip]:
    """Return the clips of a set, in the order of its manifest.

    Raises:
        CorpusError: the manifest is missing, or a line of it is not a recording.
    """
    manifest = folder / name / "manifest.jsonl"
    if not manifest.exists():
        raise CorpusError(
            f"There are no recordings of people: {str(manifest)!r} is missing. Set the folder of the speech sets with "
            "--speech DIR, or measure on other recordings with --corpus."
        )
    return list(_clips(name, manifest))


def speech_clips(names: Sequence[str], folder: Path = SPEECH) -> list[Clip]:
    """Return the clips with words of several sets.

    Raises:
        CorpusError: a set is missing.
    """
    return [clip for name in names for clip in read_set(name, folder) if clip.text]


def noise_clips(folder: Path = SPEECH) -> list[Clip]:
    """Return the recordings without words. Music with singing has words.

    Raises:
        CorpusError: the set is missing.
    """
    return [clip for clip in read_set(NOISE_SET, folder) if "singing" not in clip.kind]


def read_clip(clip: Clip) -> NDArray[np.int16]:
    """Return the audio of a clip as 16 kHz mono ``int16``, decoded as faster-whisper decodes it."""
    return np.asarray(np.rint(decode_audio(str(clip.path)) * 32768), np.int16)


def _clips(name: str, manifest: Path) -> Iterator[Clip]:
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield _clip(name, manifest, json.loads(line))
        except (json.JSONDecodeError, KeyError) as error:
            raise CorpusError(f"Line {number} of {str(manifest)!r} is not a recording: {error!r}.") from None


def _clip(name: str, manifest: Path, entry: dict[str, Any]) -> Clip:
    return Clip(
        name,
        manifest.with_name(entry["file"]),
        entry["text"] or "",
        entry["language"].partition("-")[0] if entry["language"] else None,
        entry["speaker"] or "",
        entry.get("kind") or "",
        entry["seconds"],
    )
