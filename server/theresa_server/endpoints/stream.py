"""``/v1/stream``: the native protocol over one WebSocket.

The handshake is decided here. A plain GET gets the answer that the handshake would have got: browsers hide that of a
WebSocket from their pages.
"""

from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from theresa_server.endpoints.http.errors import error, refusal
from theresa_server.endpoints.websocket.handshake import decide, deny, serve
from theresa_server.endpoints.websocket.native import NativeConnection
from theresa_server.serving.admission import Accepted, Refused
from theresa_server.serving.service import Service

PATH = "/v1/stream"


def routes(service: Service) -> list[BaseRoute]:
    """The route of the native protocol."""

    def resumes(asked: HTTPConnection) -> bool:
        return service.seat(asked.query_params.get("session", "")) is not None

    def decided(asked: HTTPConnection) -> Accepted | Refused:
        return decide(service, asked, asked.query_params.get("model"), resumes=resumes(asked))

    async def stream(websocket: WebSocket) -> None:
        answer = decided(websocket)
        if isinstance(answer, Refused):
            return await deny(service, websocket, answer, refusal(answer))
        model = service.models.find(websocket.query_params.get("model")).name
        connection = NativeConnection(websocket, service, answer.key, model, resumes=resumes(websocket))
        await serve(service, websocket, answer, connection, model)

    async def plain(request: Request) -> Response:
        answer = decided(request)
        if isinstance(answer, Refused):
            return refusal(answer)
        message = "This is a WebSocket endpoint: connect with ws://."
        return error(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", message, {"Upgrade": "websocket"})

    return [WebSocketRoute(PATH, stream), Route(PATH, plain)]
