"""Health checks and version: ``/livez``, ``/readyz``, ``/ping``, ``/health`` and ``/version``.

``/ping`` and ``/health`` are the readiness checks of MLflow's clients.
"""

from http import HTTPStatus
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of the health checks and the version."""
    installed = version("theresa")

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        load = service.load()
        if load.draining:
            return PlainTextResponse("draining\n", 503)
        return PlainTextResponse("ready\n") if load.ready else PlainTextResponse("loading the model\n", 503)

    async def ping(request: Request) -> Response:
        response = await readyz(request)
        return response if response.status_code != HTTPStatus.OK else PlainTextResponse("\n")

    async def version_(_: Request) -> Response:
        return PlainTextResponse(installed)

    endpoints = {"/livez": livez, "/readyz": readyz, "/ping": ping, "/health": ping, "/version": version_}
    return [Route(path, endpoint) for path, endpoint in endpoints.items()]
