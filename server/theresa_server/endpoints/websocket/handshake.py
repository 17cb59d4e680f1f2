"""What the WebSocket endpoints do alike: decide on a handshake, and serve who was let in."""

from http import HTTPStatus
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from theresa_protocol.errors import ErrorCode
from theresa_server.serving.admission import NATIVE, Accepted, Refused, Subprotocols, admit, permit
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.service import Drainable, Service


class ServableConnection(Drainable, Protocol):
    """A connection that is served from its acceptance to its close."""

    async def serve(self) -> None:
        """Serve until the client is gone or cannot be served any longer."""
        ...


def decide(
    service: Service,
    asked: HTTPConnection,
    model: str | None,
    *,
    resumes: bool = False,
    subprotocols: Subprotocols = NATIVE,
) -> Accepted | Refused:
    """Decide on a handshake for a model, or on a plain request that asks what its answer would be."""
    offered = asked.scope.get("subprotocols", [])
    policy = service.config.policy
    try:
        load = service.load_for(model)
    except UnknownModel as unknown:
        refused = permit(asked.headers, policy, service.load, subprotocols.keys(offered))
        return refused or Refused(HTTPStatus.NOT_FOUND, ErrorCode.UNKNOWN_MODEL, str(unknown))
    return admit(asked.headers, offered, policy, load, resumes, subprotocols)


async def deny(service: Service, websocket: WebSocket, refused: Refused, response: Response) -> None:
    """Answer a handshake that was refused, and count it."""
    service.refused[refused.code] += 1
    await websocket.send_denial_response(response)


async def serve(
    service: Service, websocket: WebSocket, answer: Accepted, connection: ServableConnection, model: str
) -> None:
    """Accept a WebSocket and serve it; it counts as a session of its model meanwhile."""
    service.enter(connection, model)
    try:
        await websocket.accept(subprotocol=answer.subprotocol)
        await connection.serve()
    finally:
        service.leave(connection)
