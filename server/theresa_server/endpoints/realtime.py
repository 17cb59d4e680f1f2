"""``/v1/realtime``: live transcription for clients of OpenAI's Realtime API, of both its GA and its beta.

The handshake is decided here, as for the native protocol; a plain GET gets the answer that it would have got.
"""

from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from theresa_server.endpoints.http.openai_errors import openai_error, openai_refusal
from theresa_server.endpoints.websocket.handshake import decide, deny, serve
from theresa_server.endpoints.websocket.realtime import RealtimeConnection
from theresa_server.openai.aliases import served_name
from theresa_server.serving.admission import Accepted, Refused, Subprotocols
from theresa_server.serving.service import Service

PATH = "/v1/realtime"

BETA_SUBPROTOCOL = "openai-beta.realtime-v1"

SUBPROTOCOLS = Subprotocols(
    name="realtime",
    key_prefix="openai-insecure-api-key.",
    decode=str,
    ignored=("openai-beta.", "openai-organization.", "openai-project."),
)
"""What OpenAI's clients in browsers offer, where no headers can be set."""


def routes(service: Service) -> list[BaseRoute]:
    """The route of OpenAI's Realtime transcription."""

    def model_of(asked: HTTPConnection) -> str | None:
        return served_name(asked.query_params.get("model"), service.models.names)

    def decided(asked: HTTPConnection) -> Accepted | Refused:
        return decide(service, asked, model_of(asked), subprotocols=SUBPROTOCOLS)

    async def realtime(websocket: WebSocket) -> None:
        answer = decided(websocket)
        if isinstance(answer, Refused):
            return await deny(service, websocket, answer, openai_refusal(answer))
        model = service.models.find(model_of(websocket)).name
        connection = RealtimeConnection(websocket, service, answer.key, model, beta=_beta(websocket))
        await serve(service, websocket, answer, connection, model)

    async def plain(request: Request) -> Response:
        answer = decided(request)
        if isinstance(answer, Refused):
            return openai_refusal(answer)
        message = "This is a WebSocket endpoint: connect with ws://."
        return openai_error(HTTPStatus.UPGRADE_REQUIRED, message, "upgrade_required", headers={"Upgrade": "websocket"})

    return [WebSocketRoute(PATH, realtime), Route(PATH, plain)]


def _beta(websocket: WebSocket) -> bool:
    """Whether a client is one of the beta, as it says itself."""
    header = websocket.headers.get("openai-beta", "")
    return "realtime=v1" in header or BETA_SUBPROTOCOL in websocket.scope.get("subprotocols", [])
