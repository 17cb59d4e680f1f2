"""Negotiation of ``start`` and ``update``."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import Endpointing, EntitiesOptions, EntitiesRequest, Start, Term, Update
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segments import SegmenterConfig
from theresa_server.entities.search import EntityOffer
from theresa_server.sessions.settings import Offer, amend, negotiate
from theresa_server.speech.recognition import JobKind

OFFER = Offer(model="demo", languages=("en", "zh"), endpointing=SegmenterConfig(silence_ms=600))
FINDS = replace(OFFER, entities=EntityOffer(model="demo", labels=("PERSON", "WARD"), relations=False))
ROLES = replace(OFFER, entities=EntityOffer(model="mtl", labels=("PERSON",), relations=True))
SECOND: Pcm = np.zeros(16_000, np.int16)


def refusal(start: Start, offer: Offer = OFFER) -> RemoteProtocolError:
    with pytest.raises(RemoteProtocolError) as caught:
        negotiate(start, offer)
    return caught.value


def test_start_defaults_to_the_values_of_the_server() -> None:
    settings = negotiate(Start(), OFFER)
    assert settings.endpointing == OFFER.endpointing
    assert settings.language is None


def test_a_session_may_ask_for_other_endpointing() -> None:
    settings = negotiate(Start(endpointing=Endpointing(onset_ms=60)), OFFER)
    assert (settings.endpointing.onset_ms, settings.endpointing.silence_ms) == (60, 600)


def test_a_session_may_choose_the_voice_activity_detector() -> None:
    settings = negotiate(Start(endpointing=Endpointing(voice_threshold=0)), OFFER)
    assert (settings.endpointing.vad, settings.describe().endpointing.voice_threshold) == ("webrtc", 0)


def test_segments_longer_than_the_servers_limit_are_rejected() -> None:
    offer = Offer(model="demo", languages=("en",), endpointing=SegmenterConfig(max_segment_ms=10_000))
    error = refusal(Start(endpointing=Endpointing(max_segment_ms=10_001)), offer)
    assert (error.code, error.param) == (ErrorCode.BAD_FIELD, "$.endpointing.max_segment_ms")


def test_the_language_defaults_to_that_of_the_server() -> None:
    offer = Offer(model="demo", languages=("en", "zh"), language="zh")
    assert negotiate(Start(), offer).language == "zh"
    assert negotiate(Start(language="en"), offer).language == "en"


def test_an_unknown_language_is_rejected_with_the_supported_ones() -> None:
    error = refusal(Start(language="xx"))
    assert (error.code, error.param) == (ErrorCode.UNKNOWN_LANGUAGE, "$.language")
    assert error.message == "Model 'demo' does not support language 'xx'. Supported languages: en, zh."


def test_an_error_lists_only_some_of_many_languages() -> None:
    offer = Offer(model="small", languages=tuple(f"l{number}" for number in range(100)))
    assert refusal(Start(language="xx"), offer).message.endswith("l10, l11, ….")


def test_features_that_are_not_offered_are_rejected() -> None:
    error = refusal(Start(entities=EntitiesRequest()))
    assert (error.code, error.param) == (ErrorCode.NOT_SUPPORTED, "$.entities")


def test_without_entities_the_error_says_what_to_do() -> None:
    assert refusal(Start(entities=EntitiesRequest())).message == (
        "Entity recognition is disabled on this server: start it with --entities, or omit entities."
    )


def test_disabled_entities_are_never_rejected() -> None:
    assert negotiate(Start(entities=EntitiesRequest(enabled=False)), OFFER)


def test_an_update_changes_only_the_fields_it_contains() -> None:
    settings = negotiate(Start(language="en", words=True, endpointing=Endpointing(onset_ms=60)), OFFER)
    changed = amend(settings, Update(language="zh", endpointing=Endpointing(silence_ms=300)), OFFER)
    assert (changed.language, changed.words) == ("zh", True)
    assert (changed.endpointing.onset_ms, changed.endpointing.silence_ms) == (60, 300)


def test_an_update_can_return_to_language_detection() -> None:
    settings = negotiate(Start(language="en"), OFFER)
    assert amend(settings, Update(language=None), OFFER).language is None


def test_an_update_to_an_unknown_language_is_rejected() -> None:
    with pytest.raises(RemoteProtocolError, match="does not support language 'fr'"):
        amend(negotiate(Start(), OFFER), Update(language="fr"), OFFER)


@pytest.mark.parametrize(
    ("text", "language", "script", "region"),
    [
        ("zh-TW", "zh", "Hant", "TW"),
        ("zh-Hans", "zh", "Hans", None),
        ("EN", "en", None, None),
        ("auto", None, None, None),
    ],
)
def test_a_tag_keeps_its_script_and_region(text: str, language: str, script: str, region: str) -> None:
    for settings in (
        negotiate(Start(language=text), OFFER),
        amend(negotiate(Start(), OFFER), Update(language=text), OFFER),
    ):
        tag = settings.language_tag
        assert (settings.language, tag.script, tag.region) == (language, script, region)


def test_detection_overrides_the_language_of_the_server() -> None:
    offer = replace(OFFER, language="zh")
    assert negotiate(Start(language="auto"), offer).language is None
    assert negotiate(Start(language=""), offer).language == "zh"


def test_the_language_of_the_server_may_be_a_tag() -> None:
    assert negotiate(Start(), replace(OFFER, language="zh-TW")).language == "zh"


@pytest.mark.parametrize("text", ["klingon", "fr-CA"])
def test_a_language_that_is_refused_is_repeated(text: str) -> None:
    error = refusal(Start(language=text))
    assert (error.code, error.param) == (ErrorCode.UNKNOWN_LANGUAGE, "$.language")
    assert f"'{text}'" in error.message


def test_a_model_that_cannot_translate_says_so() -> None:
    offer = replace(OFFER, tasks=("transcribe",))
    error = refusal(Start(task="translate"), offer)
    assert (error.code, error.param) == (ErrorCode.NOT_SUPPORTED, "$.task")
    with pytest.raises(RemoteProtocolError, match="cannot translate"):
        amend(negotiate(Start(), offer), Update(task="translate"), offer)


def test_the_description_shows_every_value_in_force() -> None:
    described = negotiate(Start(audio=AudioFormat(rate=8_000), hotwords=("华星",)), OFFER).describe()
    assert (described.audio.rate, described.hotwords) == (8_000, ("华星",))
    assert None not in [getattr(described.endpointing, name) for name in Endpointing.__struct_fields__]


@given(
    st.builds(
        Endpointing,
        aggressiveness=st.integers(0, 3),
        voice_threshold=st.floats(0, 1),
        onset_ms=st.integers(20, 1_000),
        preroll_ms=st.integers(0, 1_000),
        silence_ms=st.integers(100, 5_000),
        max_segment_ms=st.integers(2_000, 30_000),
    )
)
def test_the_segmenter_accepts_all_endpointing_of_the_protocol(wanted: Endpointing) -> None:
    assert negotiate(Start(endpointing=wanted), OFFER).describe().endpointing == wanted


def test_entities_are_described_without_their_terms() -> None:
    request = EntitiesRequest(labels=("PERSON",), partials=False, terms=(Term(text="华星", label="ORGANIZATION"),))
    described = negotiate(Start(entities=request), FINDS).describe().entities
    assert described == EntitiesOptions(labels=("PERSON",), partials=False)
    assert type(described) is EntitiesOptions


def test_entities_are_off_by_default() -> None:
    assert negotiate(Start(), FINDS).describe().entities is None


@pytest.mark.parametrize("label", ["PERSON", "LOCATION", "WARD", "SHIP"])
def test_labels_of_the_common_set_the_model_or_a_term_are_accepted(label: str) -> None:
    request = EntitiesRequest(labels=(label,), terms=(Term(text="泰坦尼克号", label="SHIP"),))
    wanted = negotiate(Start(entities=request), FINDS).entities
    assert wanted is not None
    assert wanted.final_search.labels == frozenset({label})


def test_an_unknown_label_is_rejected_with_the_available_ones() -> None:
    error = refusal(Start(entities=EntitiesRequest(labels=("PERSON", "HOBBIT"), terms=(Term(text="甲"),))), FINDS)
    assert (error.code, error.param) == (ErrorCode.BAD_FIELD, "$.entities.labels")
    assert error.message == "Unknown entity label 'HOBBIT'. Available labels: PERSON, TERM, WARD."


def test_relations_need_a_model_that_supports_them() -> None:
    error = refusal(Start(entities=EntitiesRequest(relations=True)), FINDS)
    assert (error.code, error.param) == (ErrorCode.NOT_SUPPORTED, "$.entities.relations")
    assert error.message == "No loaded entity model supports relations: omit entities.relations."


def test_relations_are_searched_in_finals_only() -> None:
    wanted = negotiate(Start(entities=EntitiesRequest(relations=True)), ROLES).entities
    assert wanted is not None
    assert (wanted.final_search.relations, wanted.partial_search.relations) == (True, False)


def test_terms_are_hotwords_only_on_request() -> None:
    terms = (Term(text="华星"), Term(text="米哈游"))
    for hotwords, expected in [(False, ("华星",)), (True, ("华星", "米哈游"))]:
        request = EntitiesRequest(terms=terms, hotwords=hotwords)
        settings = negotiate(Start(hotwords=("华星",), entities=request), FINDS)
        assert settings.job(SECOND, JobKind.FINAL).hotwords == settings.describe().hotwords == expected


def test_terms_of_the_server_follow_those_of_the_session() -> None:
    offer = replace(OFFER, entities=EntityOffer(model=None, labels=(), relations=False, terms=("华星科技", "Acme")))
    request = EntitiesRequest(terms=(Term(text="米哈游"),), hotwords=True)
    assert negotiate(Start(hotwords=("原神",), entities=request), offer).all_hotwords == (
        "原神",
        "米哈游",
        "华星科技",
        "Acme",
    )


def test_the_number_of_hotwords_is_limited() -> None:
    terms = tuple(Term(text=f"name {number}") for number in range(300))
    settings = negotiate(Start(entities=EntitiesRequest(terms=terms, hotwords=True)), FINDS)
    assert settings.all_hotwords == tuple(f"name {number}" for number in range(100))


def test_words_are_timed_in_finals_with_entities() -> None:
    settings = negotiate(Start(entities=EntitiesRequest()), FINDS)
    assert settings.job(SECOND, JobKind.FINAL).words
    assert not settings.job(SECOND, JobKind.PARTIAL).words
    assert not settings.describe().words


def test_an_update_replaces_the_entity_settings() -> None:
    settings = negotiate(Start(entities=EntitiesRequest(terms=(Term(text="华星"),), hotwords=True)), FINDS)
    changed = amend(settings, Update(entities=EntitiesRequest(labels=("PERSON",))), FINDS)
    assert changed.describe().entities == EntitiesOptions(labels=("PERSON",))
    assert changed.all_hotwords == ()


@pytest.mark.parametrize("off", [None, EntitiesRequest(enabled=False)])
def test_an_update_can_disable_entities(off: EntitiesRequest | None) -> None:
    settings = negotiate(Start(entities=EntitiesRequest()), FINDS)
    assert amend(settings, Update(entities=off), FINDS).entities is None


def test_an_update_without_entities_keeps_them() -> None:
    settings = negotiate(Start(entities=EntitiesRequest()), FINDS)
    assert amend(settings, Update(words=True), FINDS).entities is settings.entities
