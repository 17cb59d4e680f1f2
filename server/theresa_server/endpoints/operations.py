"""What an operator's tools ask: is it alive, may it get traffic, which version is it.

``/ping`` and ``/health`` ask for readiness as MLflow's clients do.
"""

from http import HTTPStatus
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """``/livez``, ``/readyz``, ``/ping``, ``/health`` and ``/version``."""
    installed = version("theresa")

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        load = service.load
        if load.draining:
            return PlainTextResponse("draining\n", 503)
        return PlainTextResponse("ready\n") if load.ready else PlainTextResponse("loading the model\n", 503)

    async def ping(request: Request) -> Response:
        answer = await readyz(request)
        return answer if answer.status_code != HTTPStatus.OK else PlainTextResponse("\n")

    async def version_(_: Request) -> Response:
        return PlainTextResponse(installed)

    answers = {"/livez": livez, "/readyz": readyz, "/ping": ping, "/health": ping, "/version": version_}
    return [Route(path, answer) for path, answer in answers.items()]
