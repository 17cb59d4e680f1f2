"""The command line becomes validated options, or one sentence and status 2."""

from pathlib import Path

import pytest

from theresa_client.cli.arguments.listen import ListenOptions
from theresa_client.cli.arguments.parser import parse
from theresa_client.cli.arguments.session import DEFAULT_URL, OutputFiles
from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import EntitiesRequest, Term


def test_the_defaults() -> None:
    options = parse(["replay", "a.wav"])
    assert (options.inputs, options.session.url, options.speed, options.streams) == (("a.wav",), DEFAULT_URL, 1.0, 1)
    assert options.session.start.language is None
    assert options.session.start.partials
    assert options.session.start.audio == AudioFormat(encoding="pcm_s16le", rate=16_000, channels=1)


def test_recognition_options_become_the_start_message() -> None:
    command = """replay a.wav --model 医院 --language zh --task translate --words --stats --no-partials --prompt 会议
                 --hotword 南海集团 --hotword Theresa --silence-ms 300"""

    start = parse(command.split()).session.start

    assert (start.model, start.language, start.task) == ("医院", "zh", "translate")
    assert (start.words, start.stats, start.partials) == (True, True, False)
    assert (start.prompt, start.hotwords, start.endpointing.silence_ms) == ("会议", ("南海集团", "Theresa"), 300)


def test_language_auto_means_detection() -> None:
    assert parse(["replay", "a.wav", "--language", "auto"]).session.start.language is None


def test_the_format_of_raw_pcm() -> None:
    audio = parse(["replay", "-", "--rate", "8000", "--encoding", "mulaw", "--channels", "2"]).session.start.audio
    assert (audio.encoding, audio.rate, audio.channels) == ("mulaw", 8_000, 2)


def test_the_files(tmp_path: Path) -> None:
    srt, vtt, text = (tmp_path / name for name in ("a.srt", "a.vtt", "a.txt"))
    options = parse(["replay", "a.wav", "--srt", str(srt), "--vtt", str(vtt), "--text", str(text)])
    assert options.session.files == OutputFiles(srt, vtt, text)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERESA_API_KEY", "from-the-environment")
    assert parse(["replay", "a.wav"]).session.api_key == "from-the-environment"
    assert parse(["replay", "a.wav", "--api-key", "given"]).session.api_key == "given"


def test_the_server_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERESA_URL", "wss://speech.example/v1/stream")
    assert parse(["replay", "a.wav"]).session.url == "wss://speech.example/v1/stream"
    assert parse(["listen", "--url", DEFAULT_URL]).session.url == DEFAULT_URL  # type: ignore[union-attr]


def test_no_entities_by_default() -> None:
    assert parse(["replay", "a.wav"]).session.start.entities is None


def test_all_entities() -> None:
    assert parse(["replay", "a.wav", "--entities"]).session.start.entities == EntitiesRequest()


def test_the_entities_with_some_labels() -> None:
    asked = parse(["replay", "a.wav", "--entities", "PERSON, LOCATION,PERSON"]).session.start.entities
    assert asked == EntitiesRequest(labels=("PERSON", "LOCATION"))


def test_terms_have_an_optional_label_and_imply_entities() -> None:
    asked = parse(["replay", "a.wav", "--term", "南海集团=ORGANIZATION", "--term", "Theresa", "--term", "E=mc2=LAW"])
    assert asked.session.start.entities == EntitiesRequest(
        terms=(Term(text="南海集团", label="ORGANIZATION"), Term(text="Theresa"), Term(text="E=mc2", label="LAW"))
    )


def test_the_labels_of_terms_are_among_those_wanted() -> None:
    asked = parse(["replay", "a.wav", "--entities", "PERSON", "--term", "南海集团=COMPANY"]).session.start.entities
    assert asked is not None
    assert asked.labels == ("PERSON", "COMPANY")


def test_relations_imply_entities() -> None:
    assert parse(["replay", "a.wav", "--relations"]).session.start.entities == EntitiesRequest(relations=True)


def test_without_partials_open_segments_have_no_entities() -> None:
    asked = parse(["replay", "a.wav", "--entities", "--no-partials"]).session.start.entities
    assert asked == EntitiesRequest(partials=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "required: COMMAND"),
        ("replay", "required: FILE"),
        ("replay a.wav --speed -1", "is not a speed; use a number of at least 0"),
        ("replay a.wav --speed inf", "is not a speed; use a number of at least 0"),
        ("replay a.wav --speed fast", "'fast' is not a speed; use a number of at least 0"),
        ("replay a.wav --streams 0", "'0' is not a number from 1 to 1000"),
        ("replay a.wav --language klingon", "'klingon' is not a language"),
        ("replay a.wav --silence-ms 1", "$.endpointing.silence_ms"),
        ("replay - --rate 4000", "--rate must be from 8000 to 48000"),
        ("replay - --streams 2", "standard input can be read only once"),
        ("replay - -", "standard input can be read only once"),
        ("replay a.wav --srt no/such/folder/a.srt", "the directory no/such/folder does not exist"),
        ("replay a.wav --text .", "is a directory"),
        ("listen --rate 96000", "--rate must be from 8000 to 48000"),
        ("listen --save no/such/folder/a.wav", "the directory no/such/folder does not exist"),
        ("listen a.wav", "unrecognized arguments: a.wav"),
        (
            "replay --entities a.wav",
            "'a.wav' is not a label, such as PERSON or PERSON,LOCATION; write FILE before --entities",
        ),
        ("replay a.wav --entities person", "'person' is not a label"),
        ("replay a.wav --entities PERSON,", "'' is not a label"),
        ("replay a.wav --term 南海集团=org", "'org' is not a label (a label consists of"),
        ("replay a.wav --term =PERSON", "'=PERSON' has no text"),
        (f"replay a.wav --term {'南' * 129}", "$.entities.terms[0].text"),
        ("replay a.wav --api-key 密钥", "printable ASCII"),
    ],
)
def test_wrong_usage(arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments.split())
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_listen_defaults_to_the_default_microphone_at_its_own_rate() -> None:
    assert parse(["listen"]) == ListenOptions(parse(["listen"]).session)


def test_microphone_options(tmp_path: Path) -> None:
    options = parse(["listen", "--device", "headset", "--rate", "48000", "--save", str(tmp_path / "a.wav")])
    assert options == ListenOptions(options.session, "headset", 48_000, tmp_path / "a.wav")


def test_listen_reconnects_for_longer_than_replay() -> None:
    assert parse(["listen"]).session.reconnect_s == 600
    assert parse(["replay", "a.wav"]).session.reconnect_s == 60


def test_an_existing_recording_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(SystemExit):
        parse(["listen", "--save", str(tmp_path / "a.wav")])
    assert "a.wav already exists; choose another file for --save" in capsys.readouterr().err


def test_repr_hides_the_api_key() -> None:
    assert "secret" not in repr(parse(["listen", "--api-key", "secret"]))


def test_the_help_of_listen_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["listen", "--help"])
    shown = capsys.readouterr().out
    assert "theresa listen --device headset" in shown
    assert "theresa listen --save talk.wav --srt talk.srt" in shown
    assert "exit status:" in shown


def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["replay", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000" in shown
    assert "exit status:" in shown
    assert "detected for each utterance" in " ".join(shown.split())
    assert "API key; prefer $THERESA_API_KEY" in " ".join(shown.split())
