"""A cost twin has the dimensions of a stock Whisper and the output of the demo model."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import DecodeJob, JobKind
from theresa_training.cli import main
from theresa_training.ct2_files import read_variables
from theresa_training.twins import make_twin
from theresa_training.widening import SIZES, TwinError, WhisperDimensions, Widening
from theresa_training.workspace import MODELS

DEMO, SAMPLES = MODELS / "demo", MODELS / "samples"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("twin") / "tiny"
    assert main(["twin", "--like", "tiny", "--output", str(target)]) == 0
    return target


@pytest.fixture(scope="module")
def transcriber(tiny: Path) -> Iterator[WhisperTranscriber]:
    loaded = WhisperTranscriber.load(EngineOptions(model=str(tiny), device="cpu"))
    yield loaded
    loaded.close()


def sentences() -> list[tuple[DecodeJob, str]]:
    jobs = []
    for entry in json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8")):
        pcm = soundfile.read(SAMPLES / entry["file"], dtype="int16")[0]
        for sentence in entry["sentences"]:
            piece = pcm[sentence["start_ms"] * 16 - 4800 : sentence["end_ms"] * 16 + 3200]
            jobs.append((DecodeJob(pcm=piece, language=None, kind=JobKind.FINAL), sentence["text"]))
    return jobs


def test_it_transcribes_like_the_demo_model(transcriber: WhisperTranscriber) -> None:
    jobs, texts = zip(*sentences(), strict=True)

    assert [hypothesis.text for hypothesis in transcriber.transcribe(jobs)] == list(texts)


def test_its_confidence_is_that_of_the_demo_model(transcriber: WhisperTranscriber) -> None:
    jobs = [job for job, _ in sentences()]
    demo = WhisperTranscriber.load(EngineOptions(model="demo", device="cpu"))
    expected = [hypothesis.confidence for hypothesis in demo.transcribe(jobs)]
    demo.close()

    # Not exactly equal: see the approximations in ``widening``.
    assert [hypothesis.confidence for hypothesis in transcriber.transcribe(jobs)] == pytest.approx(expected, abs=0.03)


def test_silence_has_no_transcript(transcriber: WhisperTranscriber) -> None:
    job, _ = sentences()[0]
    silence = DecodeJob(pcm=job.pcm * 0, language=None, kind=JobKind.FINAL)

    assert [hypothesis.text for hypothesis in transcriber.transcribe([silence])] == [""]


def test_it_declares_the_same_short_windows_and_languages(transcriber: WhisperTranscriber) -> None:
    declared = json.loads((DEMO / "theresa.json").read_text(encoding="utf-8"))["encoder_context"]
    context = transcriber.info.encoder_context

    assert context is not None
    assert {"floor_ms": context.floor_ms, "margin_ms": context.margin_ms} == declared
    assert transcriber.languages == ("en", "zh")
    assert transcriber.name == "demo-like-tiny"


@pytest.mark.parametrize("like", SIZES)
def test_its_matrices_have_the_dimensions_of_the_stock_model(like: str) -> None:
    size = SIZES[like]
    ids = list(range(3109))
    if like in ("small", "large-v3-turbo"):  # the layers in between are alike and take long
        size = WhisperDimensions(size.width, size.heads, 5, 3, size.vocabulary, size.mels)
    new = Widening(read_variables(DEMO / "model.bin"), size).widened(ids)
    shapes = {name: value.shape for name, value in new.items()}

    assert shapes["encoder/conv1/weight"] == (size.width, size.mels, 3)
    assert shapes["encoder/conv2/weight"] == (size.width, size.width, 3)
    assert shapes["encoder/position_encodings/encodings"] == (1500, size.width)
    for number in range(size.encoder_layers):
        assert shapes[f"encoder/layer_{number}/self_attention/linear_0/weight"] == (3 * size.width, size.width)
        assert shapes[f"encoder/layer_{number}/ffn/linear_1/weight"] == (size.width, 4 * size.width)
    for number in range(size.decoder_layers):
        assert shapes[f"decoder/layer_{number}/attention/linear_1/weight"] == (2 * size.width, size.width)
        assert shapes[f"decoder/layer_{number}/ffn/linear_0/weight"] == (4 * size.width, size.width)
    assert shapes["decoder/embeddings/weight"] == (size.vocabulary, size.width)


def test_special_tokens_have_whispers_ids(tiny: Path) -> None:
    tokens = json.loads((tiny / "vocabulary.json").read_text(encoding="utf-8"))

    assert len(tokens) == 51_865
    assert tokens[-1] == "<|30.00|>"
    assert tokens[tokens.index("<|endoftext|>") :][:3] == ["<|endoftext|>", "<|startoftranscript|>", "<|en|>"]


def test_a_model_cannot_be_narrowed(tiny: Path) -> None:
    variables = read_variables(tiny / "model.bin")

    with pytest.raises(TwinError, match="width 384"):
        Widening(variables, WhisperDimensions(160, 4, 4, 4))


def test_an_invalid_model_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model at all")

    assert main(["twin", "--like", "tiny", "--from", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_model_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twin", "--like", "tiny", "--from", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_wider_model_reads_128_mel_bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Like large-v3-turbo, narrower and with fewer layers to save time.
    monkeypatch.setitem(SIZES, "large-v3-turbo", WhisperDimensions(512, 8, 5, 4, vocabulary=51_866, mels=128))
    make_twin(DEMO, tmp_path, "large-v3-turbo")
    wide = WhisperTranscriber.load(EngineOptions(model=str(tmp_path), device="cpu"))
    jobs, texts = zip(*sentences()[:8:3], strict=True)
    hypotheses = [hypothesis.text for hypothesis in wide.transcribe(jobs)]
    wide.close()

    assert hypotheses == list(texts)
