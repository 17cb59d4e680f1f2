"""The fields of a form as a request for a transcript."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import EntitiesRequest, Start, Term
from theresa_server.openai.files.form import FORM_FIELDS, MAX_PROMPT_CHARACTERS, FileRequest, FormError, parse_form


def request_for(*fields: tuple[str, str]) -> FileRequest:
    return parse_form(fields, "transcribe")


def error_for(*fields: tuple[str, str]) -> FormError:
    with pytest.raises(FormError) as caught:
        request_for(*fields)
    return caught.value


def test_an_empty_form_requests_json() -> None:
    assert request_for() == FileRequest(model=None, start=Start(partials=False))


def test_a_translation_differs_in_its_task_alone() -> None:
    assert parse_form([], "translate").start == Start(partials=False, task="translate")


def test_an_empty_field_counts_as_missing() -> None:
    assert request_for(*((name, "") for name in FORM_FIELDS)) == request_for()


def test_scalar_fields() -> None:
    request = request_for(
        ("model", "small"), ("language", "zh"), ("prompt", "华星科技"), ("temperature", "0.2"), ("stream", "True")
    )
    assert (request.model, request.temperature, request.stream) == ("small", 0.2, True)
    assert (request.start.language, request.start.prompt) == ("zh", "华星科技")


def test_a_long_prompt_keeps_its_end() -> None:
    prompt = "早" * MAX_PROMPT_CHARACTERS + "晚"
    assert request_for(("prompt", prompt)).start.prompt == prompt[1:]


@pytest.mark.parametrize("name", ["timestamp_granularities[]", "timestamp_granularities"])
def test_a_list_has_brackets_or_not(name: str) -> None:
    request = request_for(("response_format", "verbose_json"), (name, "word"), (name, "segment"))
    assert request.granularities == {"word", "segment"}


@pytest.mark.parametrize(("format_", "words"), [("json", False), ("text", False), ("srt", True), ("vtt", True)])
def test_subtitles_request_word_times(format_: str, words: bool) -> None:
    assert request_for(("response_format", format_)).start.words is words


@pytest.mark.parametrize(
    "fields",
    [
        [("entities[labels][]", "PERSON"), ("entities[labels][]", "DATE")],
        [("entities", '{"labels": ["PERSON", "DATE"]}')],
    ],
)
def test_an_object_has_brackets_or_is_json(fields: list[tuple[str, str]]) -> None:
    assert request_for(*fields).start.entities == EntitiesRequest(labels=("PERSON", "DATE"))


def test_entities_accept_terms() -> None:
    terms = json.dumps({"terms": [{"text": "深海计划", "label": "PROJECT"}], "hotwords": True})
    expected = EntitiesRequest(terms=(Term(text="深海计划", label="PROJECT"),), hotwords=True)
    assert request_for(("entities", terms)).start.entities == expected


@pytest.mark.parametrize(("value", "asked"), [("true", True), ("false", False), ('{"enabled": false}', False)])
def test_entities_are_optional(value: str, asked: bool) -> None:
    assert (request_for(("entities", value)).start.entities is not None) is asked


def test_chunking_strategy_configures_endpointing() -> None:
    request = request_for(
        ("chunking_strategy[type]", "server_vad"),
        ("chunking_strategy[silence_duration_ms]", "700"),
        ("chunking_strategy[prefix_padding_ms]", "300"),
        ("chunking_strategy[threshold]", "0.5"),
    )
    assert (request.start.endpointing.silence_ms, request.start.endpointing.preroll_ms) == (700, 300)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("file_name", "a.wav"),
        ("language", "Chinese"),
        ("temperature", "hot"),
        ("temperature", "1.1"),
        ("temperature", "nan"),
        ("stream", "maybe"),
        ("response_format", "xml"),
        ("response_format", "diarized_json"),
        ("timestamp_granularities", "letter"),
        ("timestamp_granularities", "word"),
        ("include", "logprobs"),
        ("known_speaker_names", "agent"),
        ("known_speaker_references", "data:audio/wav;base64,AA=="),
        ("chunking_strategy", "manual"),
        ("entities", "{"),
        ("entities", '{"label": 1}'),
        ("entities", '{"relations": true}'),
        ("hotwords", "x" * 200),
    ],
)
def test_an_invalid_field_is_named_in_one_sentence(name: str, value: str) -> None:
    error = error_for((name, value))
    assert error.param == name
    assert str(error).endswith(".")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (("chunking_strategy[silence_duration_ms]", "1"), "chunking_strategy.silence_duration_ms"),
        (("chunking_strategy[silence_duration_ms]", "long"), "chunking_strategy.silence_duration_ms"),
        (("chunking_strategy[prefix_padding_ms]", "1001"), "chunking_strategy.prefix_padding_ms"),
        (("entities", '{"terms": [{"text": "深海计划", "label": "project"}]}'), "entities.terms[0].label"),
        (("entities[labels]", "PERSON"), "entities.labels"),
    ],
)
def test_an_error_inside_an_object_names_its_path(field: tuple[str, str], place: str) -> None:
    error = error_for(("chunking_strategy[type]", "server_vad"), field)
    assert error.param == place
    assert str(error).startswith(f"{place} is invalid: Expected")


def test_a_scalar_cannot_be_repeated() -> None:
    assert str(error_for(("language", "en"), ("language", "zh"))) == "language must be given once."


@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_subtitles_cannot_be_streamed(format_: str) -> None:
    assert error_for(("response_format", format_), ("stream", "true")).param == "response_format"


names = st.sampled_from(
    [*FORM_FIELDS, *(f"{name}[]" for name in FORM_FIELDS), "entities[labels][]", "entities[a]"]
) | st.text(max_size=20)


@given(st.lists(st.tuples(names, st.text(max_size=20) | st.sampled_from(["true", "0.1", "{}", "[[", "zh"]))))
def test_any_form_is_parsed_or_rejected(fields: list[tuple[str, str]]) -> None:
    with contextlib.suppress(FormError):
        assert isinstance(request_for(*fields), FileRequest)
