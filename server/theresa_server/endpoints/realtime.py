"""``/v1/realtime``: live transcription for clients of OpenAI's Realtime API, both GA and beta."""

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket

from theresa_server.endpoints.http.errors import openai_refusal
from theresa_server.endpoints.websocket.handshake import WebSocketEndpoint, websocket_routes
from theresa_server.endpoints.websocket.realtime import RealtimeConnection
from theresa_server.openai.aliases import served_name
from theresa_server.serving.admission import Accepted, Subprotocols
from theresa_server.serving.service import Service

BETA_SUBPROTOCOL = "openai-beta.realtime-v1"

SUBPROTOCOLS = Subprotocols(
    name="realtime",
    key_prefix="openai-insecure-api-key.",
    decode=str,
    ignored=("openai-beta.", "openai-organization.", "openai-project."),
)
"""The subprotocols that OpenAI's browser clients offer in place of headers."""


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of the Realtime endpoint."""

    def requested_model(handshake: HTTPConnection) -> str | None:
        return served_name(handshake.query_params.get("model"), service.models.names)

    def connect(websocket: WebSocket, accepted: Accepted, model: str) -> RealtimeConnection:
        return RealtimeConnection(websocket, service, accepted.key, model, beta=_is_beta(websocket))

    endpoint = WebSocketEndpoint(
        path="/v1/realtime",
        requested_model=requested_model,
        connect=connect,
        render=openai_refusal,
        subprotocols=SUBPROTOCOLS,
    )
    return websocket_routes(service, endpoint)


def _is_beta(websocket: WebSocket) -> bool:
    """Return whether the client declares that it uses the beta API."""
    header = websocket.headers.get("openai-beta", "")
    return "realtime=v1" in header or BETA_SUBPROTOCOL in websocket.scope.get("subprotocols", [])
