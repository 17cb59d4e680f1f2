"""The fields of a form as what is wanted of a recording."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import EntitiesRequest, Start, Term
from theresa_server.openai.files.form import KNOWN, MAX_PROMPT_CHARACTERS, FileRequest, FormError, parse


def wanted(*fields: tuple[str, str]) -> FileRequest:
    return parse(fields, "transcribe")


def wrong(*fields: tuple[str, str]) -> FormError:
    with pytest.raises(FormError) as caught:
        wanted(*fields)
    return caught.value


def test_nothing_at_all_is_a_transcript_as_json() -> None:
    assert wanted() == FileRequest(model=None, start=Start(partials=False))


def test_a_translation_differs_in_its_task_alone() -> None:
    assert parse([], "translate").start == Start(partials=False, task="translate")


def test_what_is_empty_was_left_out() -> None:
    assert wanted(*((name, "") for name in KNOWN)) == wanted()


def test_the_scalars() -> None:
    request = wanted(
        ("model", "small"), ("language", "zh"), ("prompt", "华星科技"), ("temperature", "0.2"), ("stream", "True")
    )
    assert (request.model, request.temperature, request.stream) == ("small", 0.2, True)
    assert (request.start.language, request.start.prompt) == ("zh", "华星科技")


def test_of_a_long_prompt_the_end_counts() -> None:
    prompt = "早" * MAX_PROMPT_CHARACTERS + "晚"
    assert wanted(("prompt", prompt)).start.prompt == prompt[1:]


@pytest.mark.parametrize("name", ["timestamp_granularities[]", "timestamp_granularities"])
def test_a_list_comes_with_brackets_or_without(name: str) -> None:
    request = wanted(("response_format", "verbose_json"), (name, "word"), (name, "segment"))
    assert request.granularities == {"word", "segment"}


@pytest.mark.parametrize(("format_", "words"), [("json", False), ("text", False), ("srt", True), ("vtt", True)])
def test_words_are_timed_where_subtitles_need_them(format_: str, words: bool) -> None:
    assert wanted(("response_format", format_)).start.words is words


@pytest.mark.parametrize(
    "fields",
    [
        [("entities[labels][]", "PERSON"), ("entities[labels][]", "DATE")],
        [("entities", '{"labels": ["PERSON", "DATE"]}')],
    ],
)
def test_an_object_comes_in_brackets_or_as_json(fields: list[tuple[str, str]]) -> None:
    assert wanted(*fields).start.entities == EntitiesRequest(labels=("PERSON", "DATE"))


def test_entities_may_bring_terms() -> None:
    terms = json.dumps({"terms": [{"text": "深海计划", "label": "PROJECT"}], "hotwords": True})
    expected = EntitiesRequest(terms=(Term(text="深海计划", label="PROJECT"),), hotwords=True)
    assert wanted(("entities", terms)).start.entities == expected


@pytest.mark.parametrize(("value", "asked"), [("true", True), ("false", False), ('{"enabled": false}', False)])
def test_entities_are_asked_for_or_not(value: str, asked: bool) -> None:
    assert (wanted(("entities", value)).start.entities is not None) is asked


def test_voice_activity_may_be_given_its_figures() -> None:
    request = wanted(
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
def test_what_cannot_be_done_names_its_field_in_one_sentence(name: str, value: str) -> None:
    error = wrong((name, value))
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
def test_a_mistake_within_an_object_is_named_as_its_caller_wrote_it(field: tuple[str, str], place: str) -> None:
    error = wrong(("chunking_strategy[type]", "server_vad"), field)
    assert error.param == place
    assert str(error).startswith(f"{place} cannot be understood: Expected")


def test_a_scalar_is_given_once() -> None:
    assert str(wrong(("language", "en"), ("language", "zh"))) == "language must be given once."


@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_subtitles_are_not_streamed(format_: str) -> None:
    assert wrong(("response_format", format_), ("stream", "true")).param == "response_format"


names = st.sampled_from([*KNOWN, *(f"{name}[]" for name in KNOWN), "entities[labels][]", "entities[a]"]) | st.text(
    max_size=20
)


@given(st.lists(st.tuples(names, st.text(max_size=20) | st.sampled_from(["true", "0.1", "{}", "[[", "zh"]))))
def test_any_form_is_understood_or_refused(fields: list[tuple[str, str]]) -> None:
    with contextlib.suppress(FormError):
        assert isinstance(wanted(*fields), FileRequest)
