"""Archives from elsewhere, unpacked with care."""

import stat
import zipfile
from pathlib import Path

MAX_BYTES = 16 << 30
"""The most that an archive may hold: several times the largest model there is."""


class ArchiveError(Exception):
    """An archive cannot be used; the message is a clause without a stop."""


def unzip(archive: Path, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Unpack into a folder. What an archive should not hold is refused before anything is written; sums are checked.

    Raises ``ArchiveError``: it is damaged, too large, or holds a link or a path that leads out of the folder.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            for member in members:
                _check(member)
            if sum(member.file_size for member in members) > max_bytes:
                raise ArchiveError(f"it unpacks to more than {max_bytes / 1e9:.0f} GB")
            packed.extractall(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ArchiveError(f"it is damaged: {error}") from error


def _check(member: zipfile.ZipInfo) -> None:
    parts = member.filename.replace("\\", "/").split("/")
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise ArchiveError(f"it holds the path {member.filename!r}, which leads out of it")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"it holds {member.filename!r}, which is neither a file nor a folder")
