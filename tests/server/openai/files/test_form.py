"""The fields of a form as a request for a transcript."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import EntitiesRequest, Start, Term
from theresa_server.openai.files.fields import FormError
from theresa_server.openai.files.form import FORM_FIELDS, MAX_PROMPT_CHARACTERS, FileRequest, parse_form


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
    assert request_for(*((name, " ") for name in FORM_FIELDS)) == request_for()


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
        ("language", "Klingon"),
        ("languages", "Klingon"),
        ("temperature", "hot"),
        ("temperature", "1.1"),
        ("temperature", "nan"),
        ("stream", "maybe"),
        ("response_format", "xml"),
        ("response_format", "diarized_json"),
        ("timestamp_granularities", "letter"),
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
    ("name", "value"),
    [
        ("language", "Klingon"),
        ("temperature", "hot"),
        ("temperature", "1.1"),
        ("stream", "maybe"),
        ("response_format", "xml"),
        ("timestamp_granularities[]", "letter"),
        ("chunking_strategy", "manual"),
        ("entities", "perhaps"),
    ],
)
def test_an_error_repeats_what_was_sent(name: str, value: str) -> None:
    assert f"'{value}'" in str(error_for((name, value)))


# --- what clients send --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["vad_filter", "user", "task", "file_name", "known_speaker_names[]", "known_speaker_references[]", "a[b", ""],
)
def test_an_unknown_field_is_ignored_and_named(name: str) -> None:
    request = request_for((name, "true"), ("language", "en"))
    assert request.start == Start(partials=False, language="en")
    assert request.warnings == (f"Ignored unknown fields: '{name}'.",)


def test_a_warning_names_a_few_fields() -> None:
    (warning,) = request_for(*((f"field{number}", "x" * 10_000) for number in range(600))).warnings
    assert warning.endswith("'field7', ….")
    assert len(warning) < 200


@pytest.mark.parametrize("value", ["JSON", "Json", " json ", '"json"', "null", "undefined"])
def test_a_format_has_many_forms(value: str) -> None:
    assert request_for(("response_format", value)).format == "json"


@pytest.mark.parametrize("value", ["verbose_json", "VERBOSE_JSON", "verbose-json"])
def test_a_long_format_has_many_forms(value: str) -> None:
    assert request_for(("response_format", value)).format == "verbose_json"


@pytest.mark.parametrize("value", ["0.1", "1e-1", ".1", "+0.1", '"0.1"', "0.1,0.2,0.4", "[0.1, 0.2]"])
def test_a_temperature_has_many_forms(value: str) -> None:
    assert request_for(("temperature", value)).temperature == 0.1


@pytest.mark.parametrize(
    ("value", "stream"), [("True", True), ("1", True), ("yes", True), ("False", False), ("0", False), ("None", False)]
)
def test_a_flag_has_many_forms(value: str, stream: bool) -> None:
    assert request_for(("stream", value)).stream is stream


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("zh-CN", "zh-Hans-CN"),
        ("zh-Hant", "zh-Hant"),
        ("en_US", "en-US"),
        ("EN", "en"),
        ("English", "en"),
        ("auto", "auto"),
        ("undefined", None),
    ],
)
def test_a_language_has_many_forms(value: str, language: str | None) -> None:
    assert request_for(("language", value)).start.language == language


def test_one_language_to_expect_is_the_language() -> None:
    request = request_for(("languages[]", "zh-TW"))
    assert (request.start.language, request.languages) == ("zh-Hant-TW", ())


@pytest.mark.parametrize(
    "fields",
    [
        [("languages[]", "en-US"), ("languages[]", "zh")],
        [("languages[0]", "en"), ("languages[1]", "Chinese")],
        [("languages", "en"), ("languages", "zh")],
        [("languages", "en, zh")],
        [("languages", '["en", "zh"]')],
    ],
)
def test_several_languages_are_detected_among(fields: list[tuple[str, str]]) -> None:
    request = request_for(*fields)
    assert (request.start.language, request.languages) == ("auto", ("en", "zh"))


def test_a_language_overrides_those_to_expect() -> None:
    request = request_for(("languages[]", "en"), ("languages[]", "zh"), ("language", "fr"))
    assert (request.start.language, request.languages) == ("fr", ())


@pytest.mark.parametrize("fields", [[("languages[]", "en"), ("languages[]", "auto")], [("languages[]", "")]])
def test_any_language_means_detection(fields: list[tuple[str, str]]) -> None:
    assert request_for(*fields).languages == ()


@pytest.mark.parametrize(
    "fields",
    [
        [("keywords[]", "华星科技"), ("keywords[]", "Acme")],
        [("hotwords", "华星科技"), ("hotwords", "Acme")],
        [("hotwords", "华星科技, Acme")],
        [("keywords", "华星科技，Acme")],
        [("hotwords", '["华星科技", "Acme"]')],
        [("hotwords[]", "华星科技"), ("keywords[]", "Acme"), ("keywords[]", "华星科技")],
    ],
)
def test_keywords_are_hotwords(fields: list[tuple[str, str]]) -> None:
    assert request_for(*fields).start.hotwords == ("华星科技", "Acme")


@pytest.mark.parametrize("name", ["include[]", "include"])
def test_logprobs_need_the_words(name: str) -> None:
    request = request_for((name, "logprobs"))
    assert (request.logprobs, request.start.words, request.warnings) == (True, True, ())


@pytest.mark.parametrize(
    "fields",
    [
        [("include[]", "something")],
        [("include[]", "logprobs"), ("response_format", "srt")],
        [("timestamp_granularities[]", "word"), ("response_format", "json")],
    ],
)
def test_what_does_not_apply_is_ignored_with_a_warning(fields: list[tuple[str, str]]) -> None:
    request = request_for(*fields)
    assert not request.logprobs
    (warning,) = request.warnings
    assert warning.startswith("Ignored")


@pytest.mark.parametrize(
    "fields",
    [
        [("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")],
        [("timestamp_granularities[0]", "word"), ("timestamp_granularities[1]", "segment")],
        [("timestamp_granularities", "word,segment")],
        [("timestamp_granularities", '["word", "segment"]')],
        [("timestamp_granularities[]", "WORD"), ("timestamp_granularities[]", "Segment")],
    ],
)
def test_a_list_has_many_forms(fields: list[tuple[str, str]]) -> None:
    assert request_for(("response_format", "verbose_json"), *fields).granularities == {"word", "segment"}


@pytest.mark.parametrize("value", ["auto", "AUTO", "null", "server_vad", '{"type": "server_vad"}'])
def test_a_strategy_has_many_forms(value: str) -> None:
    assert request_for(("chunking_strategy", value)).start == Start(partials=False)


def test_the_same_value_may_be_sent_twice() -> None:
    assert request_for(("language", "en"), ("language", "en")).start.language == "en"


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
    assert str(error).endswith(f", not '{'project' if place.startswith('entities.terms') else field[1]}'.")


def test_a_scalar_cannot_be_repeated() -> None:
    error = error_for(("language", "en"), ("language", "zh"))
    assert str(error) == "language must be given once, not as 'en' and 'zh'."


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
