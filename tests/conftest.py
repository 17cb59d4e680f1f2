"""What all tests share: the order of files, where things are, how Hypothesis searches, a server with entities, and a
guard against blocking the event loop."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

from tests.serving import RunningServer, serving, skip_without
from theresa_server.serving.config import ServerConfig

# The same examples every time; `pytest --hypothesis-profile=explore` looks for new ones.
# How fast examples are made says something about the machine only.
settings.register_profile(
    "deterministic", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile("deterministic")

ROOT = Path(__file__).parent.parent
LONG_FIRST = (
    "documents",
    "e2e",
    "real",
    "other_clients",
    "benchmarks",
    "training",
    "integration",
    "test_packaging.py",
)
"""The folders, and a file, that take long, in the order in which they run; all others follow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first, so that the workers of pytest-xdist, which get one file at a time, end together."""

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared data beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared, which are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def entity_server() -> Iterator[RunningServer]:
    """A server with the demo models for speech and entities: it takes seconds to start, so tests share it."""
    skip_without("hanlp")
    with serving(ServerConfig(port=0, entities="demo")) as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine; its key lies beside it as ``key.pem``."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=speech",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


@pytest.fixture(scope="session", autouse=True)
def _no_blocking_calls() -> Iterator[BlockBuster]:
    """A blocking call of ours on the event loop raises ``BlockingError``."""
    with blockbuster_ctx(["theresa_protocol", "theresa_client", "theresa_server"]) as blockbuster:
        for name in ("threading.Lock.acquire", "threading.Lock.acquire_lock"):
            # Handing work to a thread takes a lock that the thread may hold for a moment: not a wait to be found here.
            blockbuster.functions[name].deactivate()
        yield blockbuster
