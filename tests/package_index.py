"""A local package index for tests."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from theresa_server.cache.package_index import Package


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without logging."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def add_wheel(index: Path, name: str, files: dict[str, bytes]) -> Package:
    """Add a wheel to a simple index."""
    folder = index / "simple" / name
    folder.mkdir(parents=True)
    module, stem = name.replace("-", "_"), f"{name.replace('-', '_')}-1.0.0"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, content in files.items():
            archive.writestr(f"{module}/{file}", content)
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return Package(requirement=f"{name}==1.0.0", folder=f"{module}/data", bytes=wheel.stat().st_size)


@contextmanager
def package_index(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve an empty index from a folder, as the only one in pip's configuration."""
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(root))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        try:
            yield root
        finally:
            server.shutdown()
            thread.join()
