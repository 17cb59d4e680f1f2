"""The handshake of the WebSocket endpoints.

A plain GET request gets the response that a handshake would get: browsers hide the response of a failed handshake from
their pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from theresa_server.endpoints.http.errors import unknown_model
from theresa_server.endpoints.websocket.connection import WebSocketConnection, address_of
from theresa_server.serving.admission import NATIVE, Accepted, Refusal, Subprotocols, admit, check_request
from theresa_server.serving.models import UnknownModel
from theresa_server.serving.service import Service

_UPGRADE_REQUIRED = Refusal(
    HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", "This is a WebSocket endpoint: connect with ws:// or wss://."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketEndpoint:
    """What distinguishes one WebSocket endpoint from the others."""

    path: str
    requested_model: Callable[[HTTPConnection], str | None]
    """Returns the model that a handshake requests; ``None`` selects the default."""
    connect: Callable[[WebSocket, Accepted, str], WebSocketConnection]
    """Creates the connection for an accepted handshake and its model."""
    render: Callable[[Refusal], Response]
    """Renders a refusal in the format of the endpoint's clients."""
    resumes: Callable[[HTTPConnection], bool] = lambda _: False
    """Returns whether a handshake resumes a session of this server."""
    subprotocols: Subprotocols = NATIVE


def websocket_routes(service: Service, endpoint: WebSocketEndpoint) -> list[BaseRoute]:
    """Return the routes of a WebSocket endpoint: one for handshakes and one for plain GET requests."""

    async def websocket_route(websocket: WebSocket) -> None:
        decision = _decide(service, endpoint, websocket)
        if isinstance(decision, Refusal):
            service.count_refusal(decision.code, service.load(_known_model(service, endpoint, websocket)))
            return await websocket.send_denial_response(endpoint.render(decision))
        model = service.models.find(endpoint.requested_model(websocket)).name
        connection = endpoint.connect(websocket, decision, model)
        service.sessions.add(connection, model, address=address_of(websocket))
        try:
            await websocket.accept(subprotocol=decision.subprotocol)
            await connection.serve()
        finally:
            service.sessions.remove(connection)

    async def plain_route(request: Request) -> Response:
        decision = _decide(service, endpoint, request)
        if isinstance(decision, Refusal):
            return endpoint.render(decision)
        response = endpoint.render(_UPGRADE_REQUIRED)
        response.headers["Upgrade"] = "websocket"
        return response

    return [WebSocketRoute(endpoint.path, websocket_route), Route(endpoint.path, plain_route)]


def _known_model(service: Service, endpoint: WebSocketEndpoint, handshake: HTTPConnection) -> str | None:
    """Return the requested model, or ``None`` if there is no such model."""
    model = endpoint.requested_model(handshake)
    return model if model in service.models.names else None


def _decide(service: Service, endpoint: WebSocketEndpoint, handshake: HTTPConnection) -> Accepted | Refusal:
    """Decide on a handshake, or on a plain request as if it were one."""
    offered = handshake.scope.get("subprotocols", [])
    policy, subprotocols = service.config.policy, endpoint.subprotocols
    try:
        load = service.load(endpoint.requested_model(handshake), address=address_of(handshake))
    except UnknownModel as error:
        # Only clients that may connect learn which models exist.
        refusal = check_request(handshake.headers, policy, service.load(), subprotocols.keys(offered))
        return refusal or unknown_model(error)
    return admit(handshake.headers, offered, policy, load, endpoint.resumes(handshake), subprotocols)
