"""Texts of plain faster-whisper on whole files, kept in ``build/benchmarks/plain``, because they are expensive.

int8, beam 5 and all other defaults of faster-whisper, with the language given.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from queue import Empty, Queue
from threading import Event

from benchmarks.offline import iterate_passes
from benchmarks.processes import cores
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
        with store.open("a", encoding="utf-8") as output:
            for key, clip, text in _decode(model, missing):
                texts[key] = text
                output.write(json.dumps({"key": key, "file": clip.name, "text": text}, ensure_ascii=False) + "\n")
                output.flush()
                advance()
    return [texts[key] for key in keys]


def _decode(model: str, missing: Sequence[tuple[str, Clip]]) -> Iterator[tuple[str, Clip, str]]:
    """Yield key, clip and text as they are decoded, by one process for each core."""
    shares = [missing[number :: len(cores())] for number in range(len(cores())) if missing[number :: len(cores())]]
    decoded: Queue[tuple[str, Clip, str]] = Queue()
    stopped = Event()

    def run(share: Sequence[tuple[str, Clip]]) -> None:
        files = [(clip.path, clip.language) for _, clip in share]
        with closing(iterate_passes(model, files, stock=True)) as passes:
            for (key, clip), one in zip(share, passes, strict=True):
                decoded.put((key, clip, one.text))
                if stopped.is_set():
                    return

    with ThreadPoolExecutor(len(shares)) as pool:
        running = [pool.submit(run, share) for share in shares]
        try:
            while True:
                finished = all(future.done() for future in running)
                try:
                    yield decoded.get(timeout=0 if finished else 0.5)
                except Empty:
                    if finished:
                        break
        finally:
            stopped.set()
    for future in running:
        future.result()


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
