"""Form uploads in bounded memory: large files are spooled to disk."""

import errno
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from theresa_protocol.lenient import quoted
from theresa_server.endpoints.http.bodies import BodyTooLong, BodyTooSlow, body_chunks

MAX_FIELDS = 700
"""More than any valid request has: an entity request may list 500 terms."""

MAX_FIELD_BYTES = 256 * 1024

MAX_NAMED = 8
"""Number of parts that an error names."""

OVERHEAD_BYTES = 1024 * 1024
"""Size limit of everything in a form except its file."""


class UploadError(Exception):
    """An upload cannot be accepted. The message is fit for an error response."""

    def __init__(self, status: HTTPStatus, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A form with its file."""

    fields: tuple[tuple[str, str], ...]
    """Names and values in the order of the form."""
    file: BinaryIO
    """Reading it blocks."""


def check_headers(headers: Mapping[str, str], max_bytes: int) -> None:
    """Check what the headers reveal about an upload before its body is read.

    Raises:
        UploadError: when the content type is wrong or the declared length is too large.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        received = media_type or "no Content-Type"
        message = (
            "Send the recording as multipart/form-data in the part 'file' (curl -F file=@a.wav), or as the body with "
            f"its own type (curl --data-binary @a.wav -H 'Content-Type: audio/wav'), not with {received[:100]}."
        )
        raise UploadError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_content_type", message)
    charset = _charset(headers.get("content-type", ""))
    if charset not in ("utf-8", "utf8"):
        raise UploadError(
            HTTPStatus.BAD_REQUEST, "bad_form", f"The charset of a form must be utf-8; received {charset[:40]}."
        )
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes + OVERHEAD_BYTES:
        raise too_large(max_bytes)


def _charset(content_type: str) -> str:
    _, parameters = parse_options_header(content_type)
    return parameters.get(b"charset", b"utf-8").decode("latin-1").strip().lower()


class _Parser(MultiPartParser):
    """Starlette's parser limits the size of each field; this one also limits the total size of all fields."""

    _fields_size = 0

    @property
    def reads_file_as_text(self) -> bool:
        """Whether the current part is the recording without a file name."""
        return self._current_part.field_name == "file" and self._current_part.file is None

    def on_part_end(self) -> None:
        """Count a complete part."""
        super().on_part_end()
        name, value = self.items[-1]
        if isinstance(value, str):
            self._fields_size += len(name) + len(value)
        if self._fields_size > OVERHEAD_BYTES:
            raise MultiPartException(f"The fields together exceed {OVERHEAD_BYTES // 1024} KiB.")


@asynccontextmanager
async def receive_upload(request: Request, max_bytes: int, max_stall_s: float) -> AsyncIterator[Upload]:
    """Receive a form; its file can be read inside the context.

    Args:
        request: The request.
        max_bytes: Size limit of the file.
        max_stall_s: How long the client may send nothing.

    Raises:
        UploadError: when the form is invalid, too large or too slow, or when the disk is full.
        ClientDisconnect: when the client disconnects.
    """
    form = await _parse(request, max_bytes, max_stall_s)
    try:
        file = form.get("file")
        fields = tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))
        if not isinstance(file, UploadFile):
            raise _without_file(tuple(form.keys()))
        if (file.size or 0) > max_bytes:
            raise too_large(max_bytes)
        yield Upload(fields=fields, file=file.file)
    finally:
        await form.close()


async def _parse(request: Request, max_bytes: int, max_stall_s: float) -> FormData:
    body = body_chunks(request, max_bytes + OVERHEAD_BYTES, max_stall_s)
    parser = _Parser(request.headers, body, max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    try:
        with upload_errors(max_bytes):
            return await parser.parse()
    except MultiPartException as error:
        if parser.reads_file_as_text:
            raise _without_file(("file",)) from None
        raise UploadError(HTTPStatus.BAD_REQUEST, "bad_form", f"Invalid form: {error.message}") from None
    finally:
        await body.aclose()


@contextmanager
def upload_errors(max_bytes: int) -> Iterator[None]:
    """Convert the errors of receiving and spooling a body into ``UploadError``."""
    try:
        yield
    except BodyTooLong:
        raise too_large(max_bytes) from None
    except BodyTooSlow as error:
        raise UploadError(HTTPStatus.REQUEST_TIMEOUT, "idle", str(error)) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise UploadError(HTTPStatus.INSUFFICIENT_STORAGE, "disk_full", "The server's disk is full.") from None


def _without_file(names: Sequence[str]) -> UploadError:
    """Return the error for a form whose recording is missing, or was read as a text because it has no file name."""
    if "file" in names:
        message = (
            "The part 'file' has no file name, so it was read as text: send it with one, as in "
            """'Content-Disposition: form-data; name="file"; filename="a.wav"' or curl -F file=@a.wav."""
        )
    else:
        listed = ", ".join(quoted(name) for name in dict.fromkeys(names[:MAX_NAMED])) or "no parts"
        message = f"The form must contain the recording in the part 'file', with a file name; it has {listed}."
    return UploadError(HTTPStatus.BAD_REQUEST, "bad_form", message, "file")


def too_large(max_bytes: int) -> UploadError:
    """Return the error for a recording that exceeds the size limit."""
    message = f"The recording exceeds the limit of {max_bytes / 2**20:.6g} MiB."
    return UploadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "recording_too_large", message, "file")
