"""Real weights and recordings of people, for tests that would prove nothing on the demo model.

- ``server`` is one server with Whisper base, shared by all tests of this folder, because it takes seconds to load.
- ``url`` is the address of its stream, for ``theresa replay``.
- ``noise`` is the folder of recordings in which nobody speaks.

Each of them skips its tests, with the reason, where the weights or the shared recordings are absent. ``scripts/setup``
fetches the weights; this file never does.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import RunningServer, serving
from theresa_server.cache.model_cache import ModelCache, default_root
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import find_cached_model, repository_of
from theresa_server.serving.config import ServerConfig


def weights(name: str) -> Path:
    """The directory of a stock model in the cache; skips the calling test if it was never fetched."""
    given = os.environ.get("THERESA_CACHE")
    cache = ModelCache(Path(given) if given else default_root(os.environ))
    found = find_cached_model(repository_of(name), cache)
    if found is None:
        pytest.skip(f"needs Whisper {name} in the cache: theresa-server models pull {name}")
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """A server with Whisper base, as it is by default."""
    base = EngineOptions(model=str(weights("base")), name="base")
    with serving(ServerConfig(port=0, engines=(base,))) as running:
        yield running


@pytest.fixture(scope="session")
def url(server: RunningServer) -> str:
    """The address of the stream."""
    return server.url


@pytest.fixture(scope="session")
def noise(shared: Path) -> Path:
    """Recordings without words."""
    folder = shared / "data" / "real" / "noise"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared/data/real/noise")
    return folder
