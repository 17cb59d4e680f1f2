"""``GET /v1/models``: the models at work, in the form of OpenAI's list."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.endpoints.http.openai_errors import model_not_found, openai_refusal
from theresa_server.serving.admission import permit
from theresa_server.serving.models import ServedModel, UnknownModel
from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """``/v1/models`` and ``/v1/models/NAME``."""

    def entry(model: ServedModel) -> dict[str, Any]:
        return _entry(model, default=model is service.models.default)

    async def models(request: Request) -> Response:
        if refused := permit(request.headers, service.config.policy, service.load):
            return openai_refusal(refused)
        return JSONResponse({"object": "list", "data": [entry(model) for model in service.models]})

    async def model(request: Request) -> Response:
        if refused := permit(request.headers, service.config.policy, service.load):
            return openai_refusal(refused)
        try:
            return JSONResponse(entry(service.models.find(request.path_params["name"])))
        except UnknownModel as unknown:
            return model_not_found(unknown)

    # A name may hold slashes: that of a repository on the model hub.
    return [Route("/v1/models", models), Route("/v1/models/{name:path}", model)]


def _entry(model: ServedModel, *, default: bool) -> dict[str, Any]:
    """A model as OpenAI describes one, and behind that what its clients leave unread."""
    return {
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "theresa",
        "default": default,
        "languages": model.engine.transcriber.languages,
        "speakers": model.engine.speakers,
        "memory_bytes": model.memory_bytes,
    }
