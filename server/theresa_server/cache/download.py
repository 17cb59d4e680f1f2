"""Files over HTTP: gone on with where they were cut off, with a bar on standard error."""

import contextlib
import hashlib
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import huggingface_hub
from tqdm import tqdm

REACH_TIMEOUT_SECONDS = 1.0
"""How long a server has to answer before a download is begun."""

READ_TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 1 << 18

_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE = 206, 416


class DownloadError(Exception):
    """A file did not come; the message is a clause without a stop."""


def download(url: str, target: Path, headers: Mapping[str, str] = MappingProxyType({})) -> None:
    """Fetch a file. What an earlier attempt left beside it is kept where the server still has the same file.

    ``headers`` go along with the request. Raises ``DownloadError``; what has come stays for the next attempt.
    """
    part, tag = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.etag")
    try:
        if not _go_on(url, part, tag, headers):
            part.unlink(missing_ok=True)  # longer than the file that the server has
            _go_on(url, part, tag, headers)
    except OSError:
        raise
    except Exception as error:  # the client library's own errors, which differ between its versions
        raise DownloadError(str(error).partition("\n")[0].rstrip(".") or type(error).__name__) from error
    part.rename(target)
    tag.unlink(missing_ok=True)


def _go_on(url: str, part: Path, tag: Path, headers: Mapping[str, str]) -> bool:
    """Fetch what is missing; False where the server has nothing behind what there is."""
    have = part.stat().st_size if part.exists() and tag.exists() else 0
    asked = {**headers, "Accept-Encoding": "identity"}
    if have:
        asked |= {"Range": f"bytes={have}-", "If-Range": tag.read_text(encoding="utf-8")}
    session = huggingface_hub.get_session()
    with session.stream("GET", url, headers=asked, follow_redirects=True, timeout=READ_TIMEOUT_SECONDS) as answer:
        if answer.status_code == _RANGE_NOT_SATISFIABLE:
            return False
        answer.raise_for_status()
        if answer.status_code != _PARTIAL_CONTENT:
            have = 0
        if etag := answer.headers.get("ETag"):
            tag.write_text(etag, encoding="utf-8")
        else:
            tag.unlink(missing_ok=True)
        length = int(answer.headers.get("Content-Length", 0))
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(total=have + length or None, initial=have, unit="B", unit_scale=True, disable=None) as bar,
        ):
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                file.write(chunk)
                bar.update(len(chunk))
    if length and part.stat().st_size != have + length:
        raise DownloadError(f"{part.stat().st_size} of {have + length} bytes came")
    return True


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reachable(url: str, timeout_seconds: float = REACH_TIMEOUT_SECONDS) -> bool:
    """Tell whether a server answers at all, whatever it answers, within the time."""
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask() -> None:
        answered = False
        with contextlib.suppress(Exception):  # whatever the transport raises
            huggingface_hub.get_session().head(url, timeout=timeout_seconds)
            answered = True
        answers.put(answered)

    # A name server that is silent is waited for beyond every timeout: so ask on a thread, and wait for it here.
    threading.Thread(target=ask, name="reachable", daemon=True).start()
    try:
        return answers.get(timeout=timeout_seconds)
    except queue.Empty:
        return False
