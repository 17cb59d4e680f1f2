"""Errors as OpenAI's clients read them: ``{"error": {"message", "type", "param", "code"}}``."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from theresa_protocol.errors import ErrorCode
from theresa_server.endpoints.http.errors import retry_after
from theresa_server.openai.aliases import openai_code
from theresa_server.serving.admission import Refused
from theresa_server.serving.models import UnknownModel


def openai_error(
    status: int,
    message: str,
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An answer that says what is wrong: ``message`` for people, ``code`` and ``param`` (a field) for programs."""
    blame = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return JSONResponse(
        {"error": {"message": message, "type": blame, "param": param, "code": code}}, status, dict(headers or {})
    )


def openai_refusal(refused: Refused) -> JSONResponse:
    """The answer for who is not let in."""
    param = "model" if refused.code == ErrorCode.UNKNOWN_MODEL else None
    return openai_error(refused.status, refused.message, openai_code(refused.code), param, retry_after(refused))


def model_not_found(unknown: UnknownModel) -> JSONResponse:
    """The answer for who asks for a model that is not here."""
    return openai_refusal(Refused(HTTPStatus.NOT_FOUND, ErrorCode.UNKNOWN_MODEL, str(unknown)))
