"""Download files over HTTP, with resume and a progress bar on standard error."""

import contextlib
import hashlib
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import huggingface_hub
from tqdm import tqdm

CONNECT_TIMEOUT_S = 1.0
"""How long ``is_reachable`` waits for a server."""

READ_TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18

_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE = 206, 416


class DownloadError(Exception):
    """A download failed; the message is a clause without a full stop."""


def download(url: str, target: Path, headers: Mapping[str, str] = MappingProxyType({})) -> None:
    """Download a file, resuming an earlier attempt if the file on the server has not changed.

    A partial download is stored next to the target as ``NAME.part``, with its entity tag in ``NAME.etag``.

    Args:
        url: the file to download.
        target: the path to write.
        headers: HTTP headers of the request.

    Raises:
        DownloadError: the download failed. The received part is kept for the next attempt.
        OSError: the file cannot be written.
    """
    part, tag = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.etag")
    try:
        if not _resume(url, part, tag, headers):
            part.unlink(missing_ok=True)  # it is longer than the file on the server
            _resume(url, part, tag, headers)
    except OSError:
        raise
    except Exception as error:  # errors of the HTTP client library differ between its versions
        raise DownloadError(str(error).partition("\n")[0].rstrip(".") or type(error).__name__) from error
    part.rename(target)
    tag.unlink(missing_ok=True)


def _resume(url: str, part: Path, tag: Path, headers: Mapping[str, str]) -> bool:
    """Download the missing rest of a file; return ``False`` if the server rejects the range."""
    received = part.stat().st_size if part.exists() and tag.exists() else 0
    request_headers = {**headers, "Accept-Encoding": "identity"}
    if received:
        request_headers |= {"Range": f"bytes={received}-", "If-Range": tag.read_text(encoding="utf-8")}
    session = huggingface_hub.get_session()
    with session.stream("GET", url, headers=request_headers, follow_redirects=True, timeout=READ_TIMEOUT_S) as response:
        if response.status_code == _RANGE_NOT_SATISFIABLE:
            return False
        response.raise_for_status()
        if response.status_code != _PARTIAL_CONTENT:
            received = 0
        if etag := response.headers.get("ETag"):
            tag.write_text(etag, encoding="utf-8")
        else:
            tag.unlink(missing_ok=True)
        length = int(response.headers.get("Content-Length", 0))
        with (
            part.open("ab" if received else "wb") as file,
            tqdm(total=received + length or None, initial=received, unit="B", unit_scale=True, disable=None) as bar,
        ):
            for chunk in response.iter_bytes(CHUNK_BYTES):
                file.write(chunk)
                bar.update(len(chunk))
    if length and part.stat().st_size != received + length:
        raise DownloadError(f"received {part.stat().st_size} of {received + length} bytes")
    return True


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_reachable(url: str, timeout_s: float = CONNECT_TIMEOUT_S) -> bool:
    """Return whether a server responds within the timeout, with any status."""
    results: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def probe() -> None:
        reached = False
        with contextlib.suppress(Exception):  # any error of the HTTP client library
            huggingface_hub.get_session().head(url, timeout=timeout_s)
            reached = True
        results.put(reached)

    # Name resolution ignores the client's timeout, so the request runs on a thread and the timeout applies here.
    threading.Thread(target=probe, name="reachable", daemon=True).start()
    try:
        return results.get(timeout=timeout_s)
    except queue.Empty:
        return False
