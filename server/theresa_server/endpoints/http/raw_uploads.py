"""Uploads whose body is the recording itself, as ``curl --data-binary`` sends it. Their options are in the query."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile

from starlette.datastructures import UploadFile
from starlette.requests import Request

from theresa_server.endpoints.http.bodies import body_chunks
from theresa_server.endpoints.http.uploads import Upload, too_large, upload_errors

MEMORY_BYTES = 1024 * 1024
"""A larger body is spooled to disk, as Starlette does with the files of forms."""

_TYPES = ("application/octet-stream", "application/ogg", "application/mp4", "binary/octet-stream")
_NOT_FIELDS = frozenset({"api-version", "deployment"})
"""Query parameters of Azure's paths."""


def is_recording(headers: Mapping[str, str]) -> bool:
    """Return whether the content type says that the body is a recording."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type.startswith(("audio/", "video/")) or media_type in _TYPES


def check_length(headers: Mapping[str, str], max_bytes: int) -> None:
    """Check the declared length before the body is read.

    Raises:
        UploadError: when it is too large.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large(max_bytes)


@asynccontextmanager
async def receive_recording(request: Request, max_bytes: int, max_stall_s: float) -> AsyncIterator[Upload]:
    """Receive a recording; it can be read inside the context.

    Args:
        request: The request.
        max_bytes: Size limit of the recording.
        max_stall_s: How long the client may send nothing.

    Raises:
        UploadError: when the recording is too large or too slow, or when the disk is full.
        ClientDisconnect: when the client disconnects.
    """
    spool = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed below, on a thread if it is on disk
    file = UploadFile(spool)  # type: ignore[arg-type] # a spooled file is a BinaryIO in all but name
    body = body_chunks(request, max_bytes, max_stall_s)
    try:
        with upload_errors(max_bytes):
            async for chunk in body:
                await file.write(chunk)
            await file.seek(0)
        fields = tuple((name, value) for name, value in request.query_params.multi_items() if name not in _NOT_FIELDS)
        yield Upload(fields=fields, file=file.file)
    finally:
        await body.aclose()
        await file.close()
