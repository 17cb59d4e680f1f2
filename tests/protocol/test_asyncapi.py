"""The AsyncAPI document is valid, complete and up to date."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from theresa_protocol import asyncapi
from theresa_protocol.codec import encode
from theresa_protocol.errors import CLOSE_CODES, CloseCode, ErrorCode
from theresa_protocol.messages import ErrorMessage, Unknown

from .samples import CLIENT, SERVER
from .strategies import CLIENT_TYPES, SERVER_TYPES

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "asyncapi.json"
SCHEMA = Path(__file__).parent / "asyncapi_schema" / "3.0.0.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document()


def tags(kinds):
    return [kind.__struct_config__.tag for kind in kinds]


def payload_errors(document, message):
    schema = {"$ref": f"#/components/schemas/{type(message).__name__}", "components": document["components"]}
    return list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(encode(message))))


def test_the_committed_file_is_up_to_date():
    assert COMMITTED.read_text(encoding="utf-8") == asyncapi.rendered()


def test_the_document_is_valid_asyncapi(document):
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert list(validator.iter_errors(document)) == []


def test_an_invalid_asyncapi_document_is_detected(document):
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert not validator.is_valid({**document, "operations": {"receive": {"action": "listen"}}})


def test_the_document_is_the_same_in_every_process():
    command = [sys.executable, "-m", "theresa_protocol.asyncapi"]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    written = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60, cwd=ROOT).stdout
    assert written.decode() == asyncapi.rendered()


def test_both_directions_are_operations_of_the_server(document):
    said = {
        operation["action"]: [message["$ref"].rpartition("/")[2] for message in operation["messages"]]
        for operation in document["operations"].values()
    }
    assert said == {"receive": [*tags(CLIENT_TYPES), "audio"], "send": tags(SERVER_TYPES)}


def test_audio_is_a_binary_message(document):
    audio = document["components"]["messages"]["audio"]
    assert (audio["contentType"], audio["payload"]["format"]) == ("application/octet-stream", "binary")


def test_every_reference_leads_somewhere(document):
    def references(value):
        if isinstance(value, dict):
            yield from (found for one in value.values() for found in references(one))
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
        elif isinstance(value, list):
            yield from (found for one in value for found in references(one))

    for reference in set(references(document)):
        target = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]


def test_every_schema_and_every_field_is_described(document):
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, prop in schema.get("properties", {}).items():
            assert field == "type" or prop["description"], f"{name}.{field}"


def test_error_codes_are_listed_with_their_meaning_and_close_code(document):
    codes = document["components"]["schemas"]["ErrorCode"]
    assert codes["enum"] == list(codes["x-descriptions"]) == list(codes["x-close-codes"]) == list(ErrorCode)
    assert codes["x-close-codes"]["partial_sample"] == CLOSE_CODES[ErrorCode.PARTIAL_SAMPLE]
    assert codes["x-close-codes"]["bad_json"] == CloseCode.BAD_MESSAGE


def test_close_codes_are_listed_with_their_meaning(document):
    codes = document["components"]["schemas"]["CloseCode"]
    assert codes["enum"] == list(CloseCode)
    assert set(codes["x-descriptions"]) == {str(code.value) for code in CloseCode}


@pytest.mark.parametrize("message", CLIENT + SERVER, ids=lambda message: message.__struct_config__.tag)
def test_messages_are_valid_by_the_schemas(document, message):
    assert payload_errors(document, message) == []


def test_an_error_code_of_a_later_version_is_valid_by_the_schemas(document):
    assert payload_errors(document, ErrorMessage(code="later", message="Later.", fatal=False)) == []


def test_an_unknown_field_of_a_client_is_not_valid_by_the_schemas(document):
    schema = {"$ref": "#/components/schemas/Start", "components": document["components"]}
    assert not jsonschema.Draft7Validator(schema).is_valid({"type": "start", "langauge": "en"})


def test_unknown_messages_are_not_in_the_document(document):
    assert Unknown.__name__ not in document["components"]["schemas"]


def test_check_passes_a_file_that_is_up_to_date(capsys):
    assert asyncapi.main(["--check", str(COMMITTED)]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_reports_how_to_update_a_file(tmp_path, capsys):
    stale = tmp_path / "asyncapi.json"
    stale.write_text("{}\n")
    assert asyncapi.main(["--check", str(stale)]) == 1
    assert capsys.readouterr().err == f"{stale} is out of date: python -m theresa_protocol.asyncapi > {stale}\n"


def test_without_options_the_document_is_written(capsys):
    assert asyncapi.main([]) == 0
    assert capsys.readouterr().out == asyncapi.rendered()
