"""One server with the demo model, shared by all tests that need nothing special of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import RunningServer, serving


@pytest.fixture(scope="session")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names of the sample recordings: a server that knows them needs no entity model."""
    file = tmp_path_factory.mktemp("lexicon") / "names.txt"
    file.write_text("Alice Johnson\tPERSON\nLondon\tLOCATION\n北京\tLOCATION\n李华\tPERSON\n", encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with serving() as running:
        yield running
