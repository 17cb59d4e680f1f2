"""``/v1/stream``: the native protocol over one WebSocket.

The handshake is decided here. A plain GET gets the answer that the handshake would have got: browsers hide that of a
WebSocket from their pages.
"""

from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from theresa_protocol.errors import ErrorCode
from theresa_server.admission import NATIVE, Accepted, Refused, admit, permit
from theresa_server.endpoints.connection import Connection
from theresa_server.endpoints.refusals import error, refusal
from theresa_server.served_models import UnknownModel
from theresa_server.service import Service

PATH = "/v1/stream"


def routes(service: Service) -> list[BaseRoute]:
    """The route of the native protocol."""

    def resumes(asked: HTTPConnection) -> bool:
        return service.seat(asked.query_params.get("session", "")) is not None

    def decide(asked: HTTPConnection) -> Accepted | Refused:
        offered = asked.scope.get("subprotocols", [])
        policy = service.config.policy
        try:
            load = service.load_for(asked.query_params.get("model"))
        except UnknownModel as unknown:
            refused = permit(asked.headers, policy, service.load, NATIVE.keys(offered))
            return refused or Refused(HTTPStatus.NOT_FOUND, ErrorCode.UNKNOWN_MODEL, str(unknown))
        return admit(asked.headers, offered, policy, load, resumes(asked))

    async def stream(websocket: WebSocket) -> None:
        answer = decide(websocket)
        if isinstance(answer, Refused):
            await websocket.send_denial_response(refusal(answer))
            return
        model = service.models.find(websocket.query_params.get("model")).name
        connection = Connection(websocket, service, answer.key, model, resumes=resumes(websocket))
        service.enter(connection, model)
        try:
            await websocket.accept(subprotocol=answer.subprotocol)
            await connection.serve()
        finally:
            service.leave(connection)

    async def plain(request: Request) -> Response:
        answer = decide(request)
        if isinstance(answer, Refused):
            return refusal(answer)
        message = "This is a WebSocket endpoint: connect with ws://."
        return error(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", message, {"Upgrade": "websocket"})

    return [WebSocketRoute(PATH, stream), Route(PATH, plain)]
