"""What an operator's tools ask: is it alive, may it get traffic, which version is it."""

from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """``/livez``, ``/readyz`` and ``/version``."""
    installed = version("theresa")

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        load = service.load
        if load.draining:
            return PlainTextResponse("draining\n", 503)
        return PlainTextResponse("ready\n") if load.ready else PlainTextResponse("loading the model\n", 503)

    async def version_(_: Request) -> Response:
        model = service.engine.transcriber.name if service.engine else None
        return JSONResponse({"version": installed, "model": model})

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/version", version_)]
