"""A form with a file, taken from a request in bounded memory: what is large of it goes to the disk."""

import errno
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from theresa_server.endpoints.http.bodies import BodyLate, BodyTooLong, pieces

MAX_FIELDS = 700
"""More than any request has use for: an entity request may bring 500 terms."""

MAX_FIELD_BYTES = 256 * 1024

OVERHEAD_BYTES = 1024 * 1024
"""What a form may hold beside its file."""


class UploadError(Exception):
    """A form cannot be taken; the message is one clear sentence, ``code`` says the same to programs."""

    def __init__(self, status: HTTPStatus, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A form: its fields in their order, and the file. Reading the file blocks."""

    fields: tuple[tuple[str, str], ...]
    file: BinaryIO


def check_headers(headers: Mapping[str, str], max_bytes: int) -> None:
    """Refuse by its headers, as far as they tell, what will not be taken. Raises ``UploadError``."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        message = f"Send the file as multipart/form-data, not as {kind or 'a body without Content-Type'}."
        raise UploadError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_content_type", message)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes + OVERHEAD_BYTES:
        raise _too_large(max_bytes)


class _Parser(MultiPartParser):
    """Starlette's parser bounds each field; this one bounds what all of them take of the memory together."""

    _beside = 0

    def on_part_end(self) -> None:
        """A part is complete."""
        super().on_part_end()
        name, value = self.items[-1]
        if isinstance(value, str):
            self._beside += len(name) + len(value)
        if self._beside > OVERHEAD_BYTES:
            raise MultiPartException(f"Beside its file it has more than {OVERHEAD_BYTES // 1024} KiB.")


@asynccontextmanager
async def upload(request: Request, max_bytes: int, patience_s: float) -> AsyncIterator[Upload]:
    """The form of a request; inside this context its file can be read.

    ``patience_s`` is how long a client may send too little. Raises ``UploadError`` and ``ClientDisconnect``.
    """
    body = pieces(request, max_bytes + OVERHEAD_BYTES, patience_s)
    parser = _Parser(request.headers, body, max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise UploadError(HTTPStatus.BAD_REQUEST, "bad_form", f"The form cannot be read: {error.message}") from None
    except BodyTooLong:
        raise _too_large(max_bytes) from None
    except BodyLate as late:
        raise UploadError(HTTPStatus.REQUEST_TIMEOUT, "idle", str(late)) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise UploadError(HTTPStatus.INSUFFICIENT_STORAGE, "disk_full", "The disk of the server is full.") from None
    finally:
        await body.aclose()
    try:
        file = form.get("file")
        fields = tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))
        if not isinstance(file, UploadFile):
            message = "A form must have the recording in its field 'file', with a file name."
            raise UploadError(HTTPStatus.BAD_REQUEST, "bad_form", message, "file")
        if (file.size or 0) > max_bytes:
            raise _too_large(max_bytes)
        yield Upload(fields=fields, file=file.file)
    finally:
        await form.close()


def _too_large(max_bytes: int) -> UploadError:
    message = f"The recording is larger than {max_bytes / 2**20:.6g} MiB."
    return UploadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "recording_too_large", message, "file")
