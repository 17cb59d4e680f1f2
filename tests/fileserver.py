"""A server of files and a model hub, as slow as a test wants it, that remembers what it was asked for."""

import hashlib
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

COMMIT = "0" * 40
PIECE = 1 << 16


class FileServer(http.server.ThreadingHTTPServer):
    """Serves ``files`` by path, and ``repositories`` (files by name) as a model hub does.

    ``pause_s`` lies between pieces of 64 KiB. ``ranges`` are the places at which downloads were gone on with, ``sent``
    the bytes that went out.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.repositories: dict[str, Mapping[str, bytes]] = {}
        self.checksums: dict[str, str] = {}
        """What the hub says of files by name, where that is not true."""
        self.pause_s = 0.0
        self.ranges: list[int] = []
        self.sent = 0
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, sent: int) -> None:
        """Take down what went out."""
        with self.changed:
            self.sent += sent
            self.changed.notify_all()

    def wait_until_sent(self, count: int, timeout_s: float = 30) -> None:
        """Wait until so many bytes went out."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.sent >= count, timeout_s)

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is none of the test's concern."""

    def find(self, path: str) -> bytes | None:
        """What lies at a path."""
        if path in self.files:
            return self.files[path]
        for name, files in self.repositories.items():
            if path.startswith(f"/api/models/{name}/tree/"):
                return json.dumps([_entry(file, data) for file, data in files.items()]).encode()
            if path.startswith(f"/api/models/{name}"):
                siblings = [self._sibling(file, data) for file, data in files.items()]
                return json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode()
            if path.startswith(f"/{name}/resolve/"):
                return files.get(path.split("/", 5)[-1])
        return b"" if path == "/" else None

    def _sibling(self, file: str, data: bytes) -> dict[str, Any]:
        checksum = self.checksums.get(file, hashlib.sha256(data).hexdigest())
        large = {"lfs": {"size": len(data), "sha256": checksum, "pointerSize": 134}} if len(data) > PIECE else {}
        return {"rfilename": file, "size": len(data), **large}


def _entry(file: str, data: bytes) -> dict[str, Any]:
    return {"type": "file", "path": file, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}  # noqa: S324


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FileServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        data = self.server.find(self.path.partition("?")[0])
        begin = 0
        if asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            begin = int(asked[1])
        if data is None:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
        elif begin and begin >= len(data):
            self.send_response(416)
        else:
            self.send_response(206 if begin else 200)
        body = (data or b"")[begin:]
        if begin:
            self.server.ranges.append(begin)
            self.send_header("Content-Range", f"bytes {begin}-{begin + len(body) - 1}/{begin + len(body)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(data or b"").hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        for at in range(0, len(body) if with_body else 0, PIECE):
            self.wfile.write(body[at : at + PIECE])
            self.server.count(len(body[at : at + PIECE]))
            time.sleep(self.server.pause_s)


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server on a free port, in a thread."""
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
