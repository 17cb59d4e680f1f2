import stat
import zipfile
from pathlib import Path

import pytest

from theresa_server.cache.archive import ArchiveError, unzip


def pack(path: Path, *names: str, link: bool = False) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            member = zipfile.ZipInfo(name)
            member.external_attr = ((stat.S_IFLNK if link else stat.S_IFREG) | 0o644) << 16
            archive.writestr(member, b"/etc/passwd" * 100)
    return path


def test_files_and_folders_are_unpacked(tmp_path: Path) -> None:
    unzip(pack(tmp_path / "a.zip", "model/config.json", "model/tok/vocabs.json"), tmp_path / "out")

    assert (tmp_path / "out/model/tok/vocabs.json").is_file()


@pytest.mark.parametrize("name", ["../evil", "model/../../evil", "/tmp/evil", "C:/evil", "..\\evil"])  # noqa: S108
def test_a_path_outside_the_folder_is_rejected(tmp_path: Path, name: str) -> None:
    archive = pack(tmp_path / "a.zip", "model/config.json", name)

    with pytest.raises(ArchiveError, match="outside the archive"):
        unzip(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="neither a file nor a folder"):
        unzip(pack(tmp_path / "a.zip", "model.pt", link=True), tmp_path / "out")


def test_an_archive_that_is_too_large_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="unpacks to more than"):
        unzip(pack(tmp_path / "a.zip", "model.pt"), tmp_path / "out", max_bytes=1000)


def test_a_damaged_archive_is_rejected(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", "model.pt", "config.json")
    archive.write_bytes(archive.read_bytes().replace(b"/etc/passwd", b"/etc/shadow", 1))

    with pytest.raises(ArchiveError, match="it is damaged"):
        unzip(archive, tmp_path / "out")
