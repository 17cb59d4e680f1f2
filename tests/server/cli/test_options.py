"""Options from the command line and the environment."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from theresa_server.cli.options import parse
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import Guard


def complaint(capsys: pytest.CaptureFixture[str], *argv: str, **environ: str) -> str:
    with pytest.raises(SystemExit) as caught:
        parse(argv, environ)
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_without_options_the_defaults_hold() -> None:
    assert parse(["--entities", "off"], {}) == ServerConfig()


def test_the_demo_entities_go_with_the_demo_speech_where_they_are_installed() -> None:
    installed = all(find_spec(name) is not None for name in ("hanlp", "torch"))
    assert parse([], {}).entities == ("demo" if installed else "off")


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


def test_what_else_is_said_of_engines_holds_for_all_models() -> None:
    engines = parse(["--model", "demo", "--model", "small", "--compute-type", "float32"], {}).engines
    assert [engine.compute_type for engine in engines] == ["float32", "float32"]


def test_the_demo_entities_go_with_a_default_model_that_is_the_demo() -> None:
    both = ["--model", "small", "--model", "demo"]
    assert parse(both, {}).entities == "off"


def test_beside_another_speech_model_entities_must_be_asked_for() -> None:
    assert parse(["--model", "small"], {}).entities == "off"
    assert parse(["--model", "small", "--entities", "demo"], {}).entities == "demo"


def test_a_lexicon_is_a_file() -> None:
    assert parse([], {"THERESA_LEXICON": "names.txt"}).lexicon == Path("names.txt")


def test_an_option_is_read_from_the_environment() -> None:
    assert parse([], {"THERESA_MAX_SESSIONS": "7"}).policy.max_sessions == 7


def test_the_command_line_wins_over_the_environment() -> None:
    assert parse(["--port", "1"], {"THERESA_PORT": "2"}).port == 1


def test_keys_are_separated_by_commas() -> None:
    assert parse(["--api-keys", "one, two"], {}).policy.api_keys == ("one", "two")


def test_endpointing_can_be_set() -> None:
    speech = parse(["--silence-ms", "300", "--vad-aggressiveness", "3"], {}).endpointing
    assert (speech.silence_ms, speech.aggressiveness) == (300, 3)


def test_guards_can_be_switched_off() -> None:
    assert parse(["--guards", "loops, prefix"], {}).decoding.guards == {Guard.LOOPS, Guard.PREFIX}
    assert parse(["--guards", "none"], {}).decoding.guards == frozenset()


def test_short_windows_can_be_chosen() -> None:
    engine = parse(["--encoder-context", "short", "--encoder-floor-ms", "4000", "--encoder-margin-ms", "0"], {}).engine
    assert (engine.encoder_context, engine.encoder_floor_ms, engine.encoder_margin_ms) == ("short", 4000, 0)


def test_several_gpus_can_be_named() -> None:
    assert parse(["--device", "cuda", "--device-index", "0,2"], {}).engine.device_index == (0, 2)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--guards", "loops,prayer"], "argument --guards: 'prayer' is not one of loops, phantoms, windows"),
        (["--port", "65536"], "argument --port: '65536' is not a whole number from 0 to 65535"),
        (["--port", "http"], "argument --port: 'http' is not a whole number from 0 to 65535"),
        (["--device", "tpu"], "argument --device: 'tpu' is not one of auto, cpu, cuda"),
        (["--compute-type", "int3"], "argument --compute-type: 'int3' is not one of auto, int8,"),
        (["--device-index", "0,0"], "device_index must name at least one device, none twice"),
        (["--language", "english"], "argument --language: 'english' is not a language code such as en or zh"),
        (["--api-keys", " ,"], "argument --api-keys: it is given and holds nothing"),
        (["--model", "a b=demo"], "argument --model: 'a b=demo' is not NAME=MODEL"),
        (["--model", "a="], "argument --model: 'a=' is not NAME=MODEL"),
        (["--model", "demo", "--model", "demo=./mine"], "--model: two models are called 'demo': name one of them"),
        (["--sing"], "unrecognized arguments: --sing"),
    ],
)
def test_what_is_not_valid_is_one_sentence(capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str) -> None:
    assert sentence in complaint(capsys, *argv)


def test_a_bad_variable_is_a_usage_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'many' is not a whole number" in complaint(capsys, THERESA_MAX_SESSIONS="many")
    assert "'loud' is not one of debug, info" in complaint(capsys, THERESA_LOG_LEVEL="loud")


def test_the_help_names_every_option_and_gives_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"], {})
    shown = capsys.readouterr().out
    assert "theresa-server --model small" in shown
    assert "THERESA_MAX_SESSIONS" in shown
