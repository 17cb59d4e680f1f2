"""``GET /v1/models``: the loaded models, in OpenAI's format."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from theresa_server.endpoints.http.errors import openai_refusal, unknown_model
from theresa_server.openai.aliases import served_name
from theresa_server.openai.paths import paths_of
from theresa_server.serving.admission import check_request
from theresa_server.serving.models import ServedModel, UnknownModel
from theresa_server.serving.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """Return the routes of ``/v1/models`` and ``/v1/models/NAME``."""

    def entry(model: ServedModel, name: str | None = None) -> dict[str, Any]:
        return _entry(model, name or model.name, default=model is service.models.default)

    async def models(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        return JSONResponse({"object": "list", "data": [entry(model) for model in service.models]})

    async def model(request: Request) -> Response:
        if refusal := check_request(request.headers, service.config.policy, service.load()):
            return openai_refusal(refusal)
        try:
            name = request.path_params["name"].removesuffix("/")
            return JSONResponse(entry(service.models.find(served_name(name, service.models.names)), name))
        except UnknownModel as error:
            return openai_refusal(unknown_model(error))

    paths = paths_of("/models")
    # Names of models on the model hub contain slashes.
    one = [Route(f"{path}/{{name:path}}", model) for path in paths if not path.endswith("/")]
    return [*(Route(path, models) for path in paths), *one]


def _entry(model: ServedModel, name: str, *, default: bool) -> dict[str, Any]:
    """Return OpenAI's description of a model, followed by fields that OpenAI does not define.

    ``root`` is the model behind a name of OpenAI's, as in other servers of this API.
    """
    return {
        "id": name,
        "object": "model",
        "created": model.created,
        "owned_by": "theresa",
        "root": model.name,
        "default": default,
        "languages": model.engine.transcriber.languages,
        "tasks": model.engine.transcriber.tasks,
        "speakers": model.engine.speakers,
        "memory_bytes": model.memory_bytes,
        "demo": model.demo,
    }
