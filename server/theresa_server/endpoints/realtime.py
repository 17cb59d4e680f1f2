"""``/v1/realtime``: live transcription for clients of OpenAI's Realtime API, both GA and beta."""

from http import HTTPStatus

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.websockets import WebSocket

from theresa_protocol.errors import ErrorCode
from theresa_protocol.lenient import quoted
from theresa_server.endpoints.http.errors import openai_error, openai_refusal
from theresa_server.endpoints.websocket.finished import FinishedSessions
from theresa_server.endpoints.websocket.handshake import WebSocketEndpoint, websocket_routes
from theresa_server.endpoints.websocket.realtime import RealtimeConnection
from theresa_server.openai.aliases import served_name
from theresa_server.openai.paths import paths_of
from theresa_server.serving.admission import Accepted, Subprotocols, check_request, matching_key
from theresa_server.serving.service import Service

_SECRETS = ("/realtime/client_secrets", "/realtime/sessions", "/realtime/transcription_sessions")
"""Where OpenAI issues ephemeral keys."""

_NO_SECRETS = (
    "Ephemeral keys are not supported. Connect to /v1/realtime with an API key of this server: in the header "
    "'Authorization: Bearer KEY', or from a browser in the subprotocol 'openai-insecure-api-key.KEY'."
)

_NO_SESSION = (
    "There is no session {}. Only sessions whose connection was cut can be fetched, for --resume-window-s after that."
)

BETA_SUBPROTOCOL = "openai-beta.realtime-v1"

SUBPROTOCOLS = Subprotocols(
    name="realtime",
    key_prefix="openai-insecure-api-key.",
    decode=str,
    ignored=("openai-beta.", "openai-organization.", "openai-project."),
)
"""The subprotocols that OpenAI's browser clients offer in place of headers."""


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of the Realtime endpoint, and of the transcripts of sessions whose connection was cut."""
    finished = FinishedSessions(service.config.resume_window_s)

    def requested_model(handshake: HTTPConnection) -> str | None:
        return served_name(_named_model(handshake), service.models.names)

    def connect(websocket: WebSocket, accepted: Accepted, model: str) -> RealtimeConnection:
        asked = _named_model(websocket)
        return RealtimeConnection(
            websocket, service, accepted.key, model, finished=finished, asked=asked, beta=_is_beta(websocket)
        )

    endpoints = [
        WebSocketEndpoint(
            path=path,
            requested_model=requested_model,
            connect=connect,
            render=openai_refusal,
            subprotocols=SUBPROTOCOLS,
        )
        for path in paths_of("/realtime")
    ]

    async def session(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        session_id = request.path_params["session_id"]
        found = finished.find(session_id)
        if found is None or (
            found.key is not None and found.key != matching_key(request.headers, service.config.policy)
        ):
            return openai_error(HTTPStatus.NOT_FOUND, _NO_SESSION.format(quoted(session_id)), "session_not_found")
        return JSONResponse(found.describe(session_id))

    async def client_secrets(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        return openai_error(HTTPStatus.BAD_REQUEST, _NO_SECRETS, ErrorCode.NOT_SUPPORTED)

    return [
        *(Route(path, session) for path in paths_of("/realtime/sessions/{session_id}")),
        *(Route(path, client_secrets, methods=["POST"]) for name in _SECRETS for path in paths_of(name)),
        *(route for endpoint in endpoints for route in websocket_routes(service, endpoint)),
    ]


def _named_model(handshake: HTTPConnection) -> str | None:
    """Return the model that a client names, which is a deployment in Azure's URLs."""
    query = handshake.query_params
    return query.get("model") or query.get("deployment")


def _is_beta(websocket: WebSocket) -> bool:
    """Return whether the client declares that it uses the beta API."""
    header = websocket.headers.get("openai-beta", "")
    return "realtime=v1" in header or BETA_SUBPROTOCOL in websocket.scope.get("subprotocols", [])
