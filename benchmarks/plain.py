"""Texts of plain faster-whisper on whole files, kept in ``build/benchmarks/plain``, because they are expensive.

int8, beam 5 and all other defaults of faster-whisper, with the language given.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from benchmarks.offline import iterate_passes
from benchmarks.speech_sets import Clip

CACHE = Path("build/benchmarks/plain")


def plain_texts(model: str, clips: Sequence[Clip], advance: Callable[[], None], cache: Path = CACHE) -> list[str]:
    """Return the text of each clip; a text is decoded only if the cache lacks it.

    Each text is stored as soon as it is decoded, so an interrupted run continues where it stopped.

    Args:
        model: a model directory.
        clips: the clips.
        advance: called after each clip.
        cache: the folder of the cache.

    Raises:
        ProcessError: the decoding process failed.
    """
    store = cache / f"{_fingerprint(Path(model))}.jsonl"
    texts = _read(store)
    keys = [_key(clip) for clip in clips]
    missing = [(key, clip) for key, clip in zip(keys, clips, strict=True) if key not in texts]
    for _ in range(len(clips) - len(missing)):
        advance()
    if missing:
        store.parent.mkdir(parents=True, exist_ok=True)
        files = [(clip.path, clip.language) for _, clip in missing]
        with store.open("a", encoding="utf-8") as output, closing(iterate_passes(model, files, stock=True)) as passes:
            for (key, clip), one in zip(missing, passes, strict=True):
                texts[key] = one.text
                entry = {"key": key, "file": clip.name, "text": one.text}
                output.write(json.dumps(entry, ensure_ascii=False) + "\n")
                output.flush()
                advance()
    return [texts[key] for key in keys]


def _read(store: Path) -> dict[str, str]:
    """Return the stored texts by key; an unfinished last line of an interrupted run is left out."""
    texts: dict[str, str] = {}
    for line in store.read_text(encoding="utf-8").splitlines() if store.exists() else ():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        texts[entry["key"]] = entry["text"]
    return texts


def _fingerprint(model: Path) -> str:
    """Return a name for the weights and the versions that decode them."""
    with (model / "model.bin").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256")
    digest.update(f"{version('faster-whisper')} {version('ctranslate2')}".encode())
    return digest.hexdigest()[:16]


def _key(clip: Clip) -> str:
    return f"{hashlib.sha256(clip.path.read_bytes()).hexdigest()[:32]} {clip.language}"
