"""How a request that is not let in is answered over HTTP: ``{"error": {"code": …, "message": …}}``."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from theresa_server.serving.admission import Refused


class Rejected(Exception):
    """A request is not answered, or no longer."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


def refusal(refused: Refused) -> JSONResponse:
    """The answer for who was refused, with the time to come back where there is one."""
    return error(refused.status, refused.code, refused.message, retry_after(refused))


def retry_after(refused: Refused) -> dict[str, str]:
    """The header that tells when to come back, where it makes sense to."""
    return {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}


def error(status: int, code: str, message: str, headers: Mapping[str, str]) -> JSONResponse:
    """An answer that says what is wrong: ``code`` for programs, ``message`` for people."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
