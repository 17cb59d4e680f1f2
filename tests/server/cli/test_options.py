"""Options from the command line and the environment."""

import re
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

import pytest

from theresa_server.audio.segments import SegmenterConfig
from theresa_server.cli.options import parse
from theresa_server.cli.table import EXPERT_SETTINGS, OPTIONS, Option
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import Guard


def usage_error(capsys: pytest.CaptureFixture[str], *argv: str, **environ: str) -> str:
    with pytest.raises(SystemExit) as caught:
        parse(argv, environ)
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_without_options_the_configuration_has_its_defaults() -> None:
    assert parse(["--entities", "off"], {}) == ServerConfig()


def test_the_default_model_is_a_whisper_model() -> None:
    assert parse([], {}).engine.model == "base"


@pytest.mark.parametrize("argv", [[], ["--model", "demo"], ["--model", "small"]], ids=["default", "demo", "small"])
def test_every_speech_model_comes_with_entities_if_hanlp_is_installed(argv: list[str]) -> None:
    installed = all(find_spec(name) is not None for name in ("hanlp", "torch"))
    assert parse(argv, {}).entities == ("demo" if installed else "off")


def test_entities_can_be_switched_off() -> None:
    assert parse(["--entities", "off"], {}).entities == "off"


def test_a_model_may_be_given_a_name() -> None:
    (engine,) = parse(["--model", "wards=./my=model"], {}).engines
    assert (engine.name, engine.model) == ("wards", "./my=model")


@pytest.mark.parametrize("path", ["./a=b", "~/a=b", "models/a=b"])
def test_a_path_with_an_equals_sign_is_a_path(path: str) -> None:
    (engine,) = parse(["--model", path], {}).engines
    assert (engine.name, engine.model) == (None, path)


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        (["--model", "demo", "--model", "医院=./wards"], {}),
        (["--model", "demo,医院=./wards"], {}),
        ([], {"THERESA_MODEL": "demo, 医院=./wards"}),
        (["--model", "demo", "--model", "医院=./wards"], {"THERESA_MODEL": "small"}),
    ],
    ids=["repeated", "with a comma", "environment", "command line wins"],
)
def test_several_models_may_be_named(argv: list[str], environ: dict[str, str]) -> None:
    engines = parse(argv, environ).engines
    assert [(engine.name, engine.model) for engine in engines] == [(None, "demo"), ("医院", "./wards")]


def test_other_options_of_the_engine_apply_to_every_model() -> None:
    engines = parse(["--model", "demo", "--model", "small", "--compute-type", "float32"], {}).engines
    assert [engine.compute_type for engine in engines] == ["float32", "float32"]


def test_a_lexicon_is_a_path() -> None:
    assert parse([], {"THERESA_LEXICON": "names.txt"}).lexicon == Path("names.txt")


def test_an_option_is_read_from_the_environment() -> None:
    assert parse([], {"THERESA_MAX_SESSIONS": "7"}).policy.max_sessions == 7


def test_the_command_line_wins_over_the_environment() -> None:
    assert parse(["--port", "1"], {"THERESA_PORT": "2"}).port == 1


def test_keys_are_separated_by_commas() -> None:
    assert parse(["--api-keys", "one, two"], {}).policy.api_keys == ("one", "two")


def test_endpointing_can_be_set() -> None:
    assert parse(["--silence-ms", "300"], {}).endpointing.silence_ms == 300


@pytest.mark.parametrize(
    ("argv", "threshold"),
    [
        ([], 0.5),
        (["--vad", "two-stage"], 0.5),
        (["--vad", "webrtc"], 0),
        (["--vad", "webrtc", "--set", "endpointing.voice_threshold=0.6"], 0.6),
    ],
)
def test_a_voice_activity_detector_is_chosen_by_name(argv: list[str], threshold: float) -> None:
    assert parse(argv, {}).endpointing.voice_threshold == threshold


def test_clients_learn_the_length_at_which_segments_are_split() -> None:
    config = parse(["--max-segment-ms", "9000"], {})
    assert (config.endpointing.max_segment_ms, config.limits.max_segment_ms) == (9_000, 9_000)


@pytest.mark.parametrize(
    ("option", "value", "target"),
    [
        ("--max-session-s", 60_000, "limits.max_session_ms"),
        ("--idle-timeout-s", 60_000, "limits.idle_timeout_ms"),
        ("--max-file-mb", 60 * 2**20, "files.max_bytes"),
    ],
)
def test_figures_are_stored_in_the_unit_of_their_field(option: str, value: int, target: str) -> None:
    assert attrgetter(target)(parse([option, "60"], {})) == value


def test_guards_can_be_switched_off() -> None:
    assert parse(["--guards", "loops, prefix"], {}).decoding.guards == {Guard.LOOPS, Guard.PREFIX}
    assert parse(["--guards", "none"], {}).decoding.guards == frozenset()


def test_short_windows_can_be_chosen() -> None:
    assert parse(["--encoder-context", "short"], {}).engine.encoder_context == "short"


@pytest.mark.parametrize("option", EXPERT_SETTINGS, ids=lambda option: option.target)
def test_an_expert_setting_is_set_by_its_name(option: Option) -> None:
    for value in re.split(" to | or ", option.type.allowed):
        config = parse(["--set", f"{option.target}={value}"], {})
        assert attrgetter(option.target)(config) == option.type.parse(value)


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        (["--set", "limits.max_ahead_ms=50000", "--set", "endpointing.onset_ms=200"], {}),
        (["--set", "limits.max_ahead_ms=50000,endpointing.onset_ms=200"], {}),
        ([], {"THERESA_SET": "limits.max_ahead_ms=50000, endpointing.onset_ms=200"}),
        (
            ["--set", "limits.max_ahead_ms=50000", "--set", "endpointing.onset_ms=200"],
            {"THERESA_SET": "endpointing.preroll_ms=0"},
        ),
    ],
    ids=["repeated", "with a comma", "environment", "command line wins"],
)
def test_several_expert_settings_can_be_set(argv: list[str], environ: dict[str, str]) -> None:
    config = parse(argv, environ)
    assert config.limits.max_ahead_ms == 50_000
    assert config.endpointing == SegmenterConfig(onset_ms=200)


def test_an_expert_setting_of_the_engine_applies_to_every_model() -> None:
    engines = parse(["--model", "demo,small", "--set", "engine.cpu_threads=3"], {}).engines
    assert [engine.cpu_threads for engine in engines] == [3, 3]


def test_several_gpus_can_be_named() -> None:
    assert parse(["--device", "cuda", "--device-index", "0,2"], {}).engine.device_index == (0, 2)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--guards", "loops,prayer"], "argument --guards: 'prayer' is not one of loops, phantoms, symbols"),
        (["--port", "65536"], "argument --port: '65536' is not a whole number from 0 to 65535"),
        (["--port", "http"], "argument --port: 'http' is not a whole number from 0 to 65535"),
        (["--device", "tpu"], "argument --device: 'tpu' is not one of auto, cpu, cuda"),
        (["--compute-type", "int3"], "argument --compute-type: 'int3' is not one of auto, int8,"),
        (
            ["--device-index", "0,0"],
            "device_index must list at least one device, without duplicates or negative numbers",
        ),
        (["--language", "klingon"], "argument --language: 'klingon' is not a language: use a code such as en or zh"),
        (["--api-keys", " ,"], "argument --api-keys: the value is empty"),
        (["--model", "a b=demo"], "argument --model: 'a b=demo' is not NAME=MODEL"),
        (["--model", "a="], "argument --model: 'a=' is not NAME=MODEL"),
        (
            ["--model", "demo", "--model", "demo=./mine"],
            "--model: two models are called 'demo': give one of them another name",
        ),
        (["--sing"], "unrecognized arguments: --sing"),
        (
            ["--set", "onset_ms=200"],
            "argument --set: unknown setting 'onset_ms': choose one of endpointing.aggressiveness,",
        ),
        (["--set", "endpointing.voice_threshold=2"], "endpointing.voice_threshold: '2' is not a number from 0 to 1"),
        (["--set", "engine.cpu_threads"], "argument --set: 'engine.cpu_threads' is not NAME=VALUE"),
        (["--set", "endpointing.onset_ms=9"], "endpointing.onset_ms: '9' is not a whole number from 20 to 1000"),
    ],
)
def test_an_invalid_value_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str
) -> None:
    assert sentence in usage_error(capsys, *argv)


def test_a_bad_variable_is_a_usage_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'many' is not a whole number" in usage_error(capsys, THERESA_MAX_SESSIONS="many")
    assert "'loud' is not one of debug, info" in usage_error(capsys, THERESA_LOG_LEVEL="loud")


@pytest.fixture
def help_text(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        parse(["--help"], {})
    return capsys.readouterr().out


def test_the_help_names_every_option(help_text: str) -> None:
    flags = {option.flag for group in OPTIONS.values() for option in group}
    assert [flag for flag in flags if f"  {flag} " not in help_text] == []


def test_the_help_gives_examples(help_text: str) -> None:
    assert "theresa-server --model small" in help_text
    assert "THERESA_MAX_SESSIONS" in help_text


def test_the_help_says_what_applies_without_an_option(help_text: str) -> None:
    assert "accepted API keys (default: no authentication)" in help_text


def test_no_two_options_set_the_same_field() -> None:
    targets = [option.target for group in (*OPTIONS.values(), EXPERT_SETTINGS) for option in group]
    twice = {target for target in targets if targets.count(target) > 1}
    assert twice == {"endpointing.voice_threshold"}  # --vad names two of its values
