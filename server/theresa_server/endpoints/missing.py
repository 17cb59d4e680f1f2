"""Paths of OpenAI's API that this server does not have, and methods that its paths do not accept.

The errors have OpenAI's format and say what there is, because clients show them to people who entered a base URL.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from theresa_protocol.lenient import quoted
from theresa_server.endpoints.http.errors import openai_error
from theresa_server.openai.paths import METHODS, served_path
from theresa_server.serving.service import Service

_SERVED = ", ".join(f"/v1{path}" for path in METHODS)


def routes(service: Service) -> list[BaseRoute]:
    """Return routes for all that no other endpoint serves below OpenAI's prefixes. They must be the last ones."""
    del service
    return [Route(f"/{prefix}/{{path:path}}", _Missing()) for prefix in ("v1", "openai", "audio")]


class _Missing:
    """Answers requests of every method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(Request(scope))(scope, receive, send)


def _answer(request: Request) -> JSONResponse:
    path = served_path(request.url.path)
    if path is None:
        message = f"There is no {quoted(request.url.path)} on this server: it serves {_SERVED}. Check the base URL."
        return openai_error(HTTPStatus.NOT_FOUND, message, "unknown_url")
    method = METHODS[path]
    message = f"{quoted(request.url.path)} does not accept {request.method[:16]}: use {method}."
    response = openai_error(HTTPStatus.METHOD_NOT_ALLOWED, message, "method_not_allowed")
    response.headers["Allow"] = method
    return response
