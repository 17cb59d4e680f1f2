"""What is shipped, seen as its user gets it: the built wheel, installed alone into an environment of its own."""

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WHEEL_MB = 12
BASE = {"av", "markdown-it-py", "mdurl", "msgspec", "pygments", "rich", "theresa", "websockets"}
"""Distributions of the base install: no numpy, no torch, no ctranslate2."""
PACKAGES = ("theresa_protocol", "theresa_client", "theresa_server", "theresa_training")


def run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def pip(*arguments: str | Path) -> None:
    done = run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments])
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--build-constraint", root / "constraints.txt", "--wheel-dir", folder, root)
    return next(folder.glob("theresa-*.whl"))


@pytest.fixture(scope="module")
def contents(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="module")
def base(root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment with nothing but the wheel and what it asks for."""
    environment = tmp_path_factory.mktemp("base")
    assert run([sys.executable, "-m", "venv", "--without-pip", environment]).returncode == 0
    pip("--python", environment / "bin" / "python", "install", "-c", root / "constraints.txt", wheel)
    return environment / "bin"


def test_the_base_install_is_the_client_and_what_it_needs(base: Path) -> None:
    names = "import importlib.metadata as m; print(*{one.name.lower() for one in m.distributions()})"

    installed = run([base / "python", "-c", names])

    assert set(installed.stdout.split()) == BASE


def test_the_client_imports_in_the_base_install(base: Path) -> None:
    done = run([base / "python", "-W", "error", "-c", "import theresa_client, theresa_protocol"])

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["replay", "--help"], ["--version"]], ids=" ".join)
def test_the_client_command_runs_in_the_base_install(base: Path, arguments: list[str]) -> None:
    done = run([base / "theresa", *arguments])

    assert done.returncode == 0, done.stderr
    assert "theresa" in done.stdout


@pytest.mark.parametrize(("command", "extra"), [("theresa-server", "server"), ("theresa-train", "training")])
def test_a_command_without_its_extra_says_in_one_sentence_what_to_install(base: Path, command: str, extra: str) -> None:
    done = run([base / command])

    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert f"pip install 'theresa[{extra}]'" in done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_in_the_wheel_is_typed(contents: frozenset[str], package: str) -> None:
    assert f"{package}/py.typed" in contents


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "theresa.json", "README.md"])
def test_the_wheel_holds_the_demo_model(contents: frozenset[str], name: str) -> None:
    assert f"theresa_server/assets/demo/{name}" in contents


@pytest.mark.parametrize(
    "name",
    [
        *(f"samples/{name}" for name in ("english.flac", "mandarin.flac", "both.flac", "samples.json")),
        *(f"people/{name}" for name in ("people-english.flac", "people-mandarin.flac", "samples.json", "README.md")),
    ],
)
def test_the_wheel_holds_the_recordings(contents: frozenset[str], name: str) -> None:
    assert f"theresa_server/assets/{name}" in contents


def test_the_wheel_holds_the_live_page_with_all_modules_of_the_browser_client(
    root: Path, contents: frozenset[str]
) -> None:
    page = {f"theresa_server/page/{file.name}" for file in (root / "server/theresa_server/page").iterdir()}
    client = {f"theresa_server/page/client/{file.name}" for file in (root / "client/browser").glob("*.js")}

    assert {name for name in contents if name.startswith("theresa_server/page/")} == page | client


def test_the_wheel_holds_the_packages_and_the_licence_and_nothing_else(contents: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in contents}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in contents)
    assert not [name for name in contents if name.endswith(".pyc")]


def test_the_wheel_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size < WHEEL_MB * 1_000_000
