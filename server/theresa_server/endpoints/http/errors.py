"""HTTP error responses in the three formats that clients expect.

- Native: ``{"error": {"code", "message"}}``.
- OpenAI: ``{"error": {"message", "type", "param", "code"}}``.
- MLflow: ``{"error_code", "message"}``.
"""

from http import HTTPStatus

from starlette.responses import JSONResponse

from theresa_protocol.errors import ErrorCode
from theresa_server.openai.aliases import openai_code
from theresa_server.serving.admission import Refusal
from theresa_server.serving.models import UnknownModel

_MLFLOW_CODES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 503: "TEMPORARILY_UNAVAILABLE"} | dict.fromkeys(
    (400, 408, 413, 415), "BAD_REQUEST"
)


class RequestRefused(Exception):
    """The server refuses a request, or no longer processes it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def unknown_model(error: UnknownModel) -> Refusal:
    """Return the refusal of a request for a model that is not loaded."""
    return Refusal(HTTPStatus.NOT_FOUND, ErrorCode.UNKNOWN_MODEL, str(error), remedy=error.remedy)


def native_refusal(refusal: Refusal) -> JSONResponse:
    """Return a refusal in the native format."""
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return JSONResponse(body, refusal.status, _headers(refusal.retry_after_s))


def openai_refusal(refusal: Refusal) -> JSONResponse:
    """Return a refusal in OpenAI's format."""
    param = "model" if refusal.code == ErrorCode.UNKNOWN_MODEL else None
    message = f"{refusal.message} {refusal.remedy}".rstrip()
    return openai_error(refusal.status, message, openai_code(refusal.code), param, refusal.retry_after_s)


def openai_error(
    status: int, message: str, code: str, param: str | None = None, retry_after_s: int | None = None
) -> JSONResponse:
    """Return an error in OpenAI's format; ``param`` names the request field at fault."""
    kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return JSONResponse(body, status, _headers(retry_after_s))


def mlflow_refusal(refusal: Refusal) -> JSONResponse:
    """Return a refusal in MLflow's format."""
    return mlflow_error(refusal.status, refusal.message, refusal.retry_after_s)


def mlflow_error(status: int, message: str, retry_after_s: int | None = None) -> JSONResponse:
    """Return an error in MLflow's format."""
    body = {"error_code": _MLFLOW_CODES.get(status, "NOT_IMPLEMENTED"), "message": message}
    return JSONResponse(body, status, _headers(retry_after_s))


def _headers(retry_after_s: int | None) -> dict[str, str]:
    return {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
