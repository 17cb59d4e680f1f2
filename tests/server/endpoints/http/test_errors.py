"""HTTP errors in the formats of each kind of client."""

import json
from typing import Any

import pytest
from starlette.responses import Response

from theresa_protocol.errors import ErrorCode
from theresa_server.endpoints.http.errors import (
    mlflow_error,
    mlflow_refusal,
    native_refusal,
    openai_error,
    openai_refusal,
)
from theresa_server.serving.admission import Refusal

OVERLOADED = Refusal(503, ErrorCode.OVERLOADED, "Server at capacity.", 5)
UNKNOWN_MODEL = Refusal(404, ErrorCode.UNKNOWN_MODEL, "Unknown model 'x'.")


def body(response: Response) -> Any:
    return json.loads(bytes(response.body))


def test_a_native_refusal_has_a_code_and_a_message() -> None:
    response = native_refusal(OVERLOADED)
    assert response.status_code == 503
    assert body(response) == {"error": {"code": "overloaded", "message": "Server at capacity."}}


@pytest.mark.parametrize("render", [native_refusal, openai_refusal, mlflow_refusal])
def test_only_a_refusal_with_a_delay_has_retry_after(render: Any) -> None:
    assert render(OVERLOADED).headers["Retry-After"] == "5"
    assert "Retry-After" not in render(UNKNOWN_MODEL).headers


def test_openai_has_its_own_code_for_an_unknown_model() -> None:
    error = body(openai_refusal(UNKNOWN_MODEL))["error"]
    assert (error["code"], error["param"]) == ("model_not_found", "model")


@pytest.mark.parametrize(("status", "kind"), [(400, "invalid_request_error"), (500, "server_error")])
def test_the_status_determines_openais_type(status: int, kind: str) -> None:
    assert body(openai_error(status, "Message.", "code"))["error"]["type"] == kind


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BAD_REQUEST"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (413, "BAD_REQUEST"),
        (501, "NOT_IMPLEMENTED"),
        (503, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_the_status_determines_mlflows_code(status: int, code: str) -> None:
    assert body(mlflow_error(status, "Message.")) == {"error_code": code, "message": "Message."}
