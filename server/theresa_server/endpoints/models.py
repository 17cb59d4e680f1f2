"""``GET /v1/models``: the loaded models, in OpenAI's format."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.endpoints.http.errors import openai_refusal, unknown_model
from theresa_server.serving.admission import check_request
from theresa_server.serving.models import ServedModel, UnknownModel
from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of ``/v1/models`` and ``/v1/models/NAME``."""

    def entry(model: ServedModel) -> dict[str, Any]:
        return _entry(model, default=model is service.models.default)

    async def models(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        return JSONResponse({"object": "list", "data": [entry(model) for model in service.models]})

    async def model(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        try:
            return JSONResponse(entry(service.models.find(request.path_params["name"])))
        except UnknownModel as error:
            return openai_refusal(unknown_model(error))

    # Names of models on the model hub contain slashes.
    return [Route("/v1/models", models), Route("/v1/models/{name:path}", model)]


def _entry(model: ServedModel, *, default: bool) -> dict[str, Any]:
    """Return OpenAI's description of a model, followed by fields that OpenAI does not define."""
    return {
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "theresa",
        "default": default,
        "languages": model.engine.transcriber.languages,
        "speakers": model.engine.speakers,
        "memory_bytes": model.memory_bytes,
        "demo": model.demo,
    }
