"""Unpack archives that come from other servers."""

import stat
import zipfile
from pathlib import Path

MAX_BYTES = 16 << 30
"""Limit on the unpacked size: several times the largest published model."""


class ArchiveError(Exception):
    """An archive cannot be used; the message is a clause without a full stop."""


def unzip(archive: Path, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Unpack a zip archive into a folder.

    All members are checked before anything is written. Checksums are verified while unpacking.

    Raises:
        ArchiveError: the archive is damaged or too large, or contains a link or a path outside the folder.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = zipped.infolist()
            for member in members:
                _validate_member(member)
            if sum(member.file_size for member in members) > max_bytes:
                raise ArchiveError(f"it unpacks to more than {max_bytes / 1e9:.0f} GB")
            zipped.extractall(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ArchiveError(f"it is damaged: {error}") from error


def _validate_member(member: zipfile.ZipInfo) -> None:
    parts = member.filename.replace("\\", "/").split("/")
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise ArchiveError(f"it contains the path {member.filename!r}, which is outside the archive")
    file_type = stat.S_IFMT(member.external_attr >> 16)
    if file_type not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"it contains {member.filename!r}, which is neither a file nor a folder")
