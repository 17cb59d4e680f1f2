"""``/v1/stream``: the native protocol over WebSocket."""

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket

from theresa_server.endpoints.http.errors import native_refusal
from theresa_server.endpoints.websocket.handshake import WebSocketEndpoint, websocket_routes
from theresa_server.endpoints.websocket.native import NativeConnection
from theresa_server.serving.admission import Accepted
from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of the native protocol."""

    def resumes(handshake: HTTPConnection) -> bool:
        return service.sessions.find_resumable(handshake.query_params.get("session", "")) is not None

    def connect(websocket: WebSocket, accepted: Accepted, model: str) -> NativeConnection:
        return NativeConnection(websocket, service, accepted.key, model, resumes=resumes(websocket))

    endpoint = WebSocketEndpoint(
        path="/v1/stream",
        requested_model=lambda handshake: handshake.query_params.get("model"),
        connect=connect,
        render=native_refusal,
        resumes=resumes,
    )
    return websocket_routes(service, endpoint)
