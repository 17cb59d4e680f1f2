"""Saved models are loaded without an installation of Theresa and return predictions."""

import base64
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel
from packaging.requirements import Requirement

from tests.serving import SAMPLES

ENGLISH = "Alice Johnson works for Acme Corporation in London."
MANDARIN = "陈静在深圳的华星科技工作。"

SCRIPT = """
import json, sys
import mlflow.pyfunc
model = mlflow.pyfunc.load_model(sys.argv[1])
answer = model.predict(json.load(sys.stdin))
import theresa_protocol, theresa_server
print(json.dumps({"answer": answer, "code": [theresa_protocol.__file__, theresa_server.__file__]}))
"""


def alone(model: Path, rows: list[dict[str, str]], site: Path) -> dict[str, Any]:
    """Predict in a process with only the packages that the model requires."""
    pinned = {Requirement(line).name for line in (model / "requirements.txt").read_text().split()}
    packages = {Path(str(one.locate_file(file.parts[0]))) for one in closure(pinned) for file in one.files or ()}
    for package in packages:
        if package.name not in ("..", "__pycache__"):
            (site / package.name).symlink_to(package)
    # Without `site` no .pth file is read, and an editable installation is one.
    command = [sys.executable, "-S", "-c", SCRIPT, str(model)]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        command, input=json.dumps(rows), capture_output=True, text=True, env=environment, cwd=site, timeout=60
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def closure(names: set[str]) -> list[Distribution]:
    """Return packages with all their dependencies."""
    known: dict[str, Distribution] = {}
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name not in known:
            known[name] = distribution(name)
            needed = [Requirement(line) for line in known[name].requires or ()]
            names |= {need.name for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})}
    return list(known.values())


def load(folder: Path) -> PyFuncModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])  # MLflow puts the model's code into it
        return mlflow.pyfunc.load_model(str(folder))


@pytest.fixture(scope="module")
def model(saved: Path) -> PyFuncModel:
    return load(saved)


@pytest.fixture(scope="module")
def transcriber(speech: Path) -> PyFuncModel:
    return load(speech)


def texts(*rows: str) -> list[dict[str, str]]:
    return [{"text": row} for row in rows]


def found(answer: list[list[dict[str, Any]]]) -> list[list[tuple[str, str]]]:
    return [[(item["text"], item["label"]) for item in row] for row in answer]


@pytest.mark.slow
def test_a_model_works_with_only_its_required_packages(saved: Path, tmp_path: Path) -> None:
    result = alone(saved, texts(ENGLISH, MANDARIN, "原神在上海。"), tmp_path)

    assert found(result["answer"]) == [
        [("Alice Johnson", "PERSON"), ("Acme Corporation", "ORGANIZATION"), ("London", "LOCATION")],
        [("陈静", "PERSON"), ("深圳", "LOCATION"), ("华星科技", "ORGANIZATION")],
        [("原神", "PRODUCT"), ("上海", "LOCATION")],
    ]
    assert all(Path(file).is_relative_to(saved) for file in result["code"])


@pytest.mark.slow
def test_a_speech_model_works_without_torch(speech: Path, tmp_path: Path) -> None:
    example = json.loads((speech / "serving_input_example.json").read_text(encoding="utf-8"))["dataframe_split"]

    answer = alone(speech, [{"audio": audio} for (audio,) in example["data"]], tmp_path)["answer"]

    assert not (tmp_path / "torch").exists()
    assert [row["text"] for row in answer] == [
        "你好。我叫王小明，住在北京。",
        "Good morning. My name is Alice Johnson.",
    ]


def test_only_requested_labels_are_returned(model: PyFuncModel) -> None:
    assert found(model.predict(texts(ENGLISH, MANDARIN), params={"labels": ["PERSON"]})) == [
        [("Alice Johnson", "PERSON")],
        [("陈静", "PERSON")],
    ]


def test_tokens_are_returned_on_request(model: PyFuncModel) -> None:
    assert model.predict(texts("我爱中国"), params={"output": "tokens"}) == [["我", "爱", "中", "国"]]


def test_a_row_without_text_has_no_entities(model: PyFuncModel) -> None:
    assert model.predict([{"text": None}, {"text": float("nan")}, {"text": ""}, {"text": " "}]) == [[], [], [], []]


@pytest.mark.parametrize(
    ("rows", "params", "sentence"),
    [
        (texts("我爱中国"), {"output": "graph"}, "needs semantic role labelling"),
        (texts("我爱中国"), {"output": "poem"}, "one of entities, graph, tokens"),
        ([{"text": {"a": 1}}], {}, "Row 1 is not text."),
        (texts(*["a"] * 10_001), {}, "10000 rows, not 10001: split the request"),
    ],
    ids=["graph", "output", "type", "rows"],
)
def test_an_invalid_request_is_one_sentence(
    model: PyFuncModel, rows: list[Any], params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MlflowException, match=sentence) as refused:
        model.predict(rows, params=params)

    assert refused.value.get_http_status_code() == 400
    assert "\n" not in refused.value.message
    assert "Traceback" not in refused.value.serialize_as_json()


def test_a_recording_may_be_bytes_or_base64(transcriber: PyFuncModel) -> None:
    data = (SAMPLES / "mandarin.flac").read_bytes()

    as_bytes, as_base64 = transcriber.predict([{"audio": data}, {"audio": base64.b64encode(data).decode()}])

    assert as_bytes == as_base64
    assert as_bytes["text"].startswith("你好。我叫王小明，住在北京。")


def test_both_languages_of_a_recording_are_transcribed(transcriber: PyFuncModel) -> None:
    (answer,) = transcriber.predict([{"audio": (SAMPLES / "both.flac").read_bytes()}])

    assert {part["language"] for part in answer["segments"]} == {"en", "zh"}
    assert "陈静在深圳的华星科技工作。" in [part["text"] for part in answer["segments"]]


def test_words_are_returned_on_request(transcriber: PyFuncModel) -> None:
    (answer,) = transcriber.predict([{"audio": (SAMPLES / "english.flac").read_bytes()}], params={"words": True})

    words = [word for part in answer["segments"] for word in part["words"]]
    assert [word["text"] for word in words[:2]] == ["Good", "morning."]
    assert all(word["start_ms"] <= word["end_ms"] for word in words)


@pytest.mark.parametrize(
    ("audio", "params", "sentence"),
    [
        (b"", {}, "The recording is empty."),
        (b"no recording", {}, "The file is not a recording that can be decoded."),
        ("#", {}, "The audio of row 1 is not valid Base64."),
        (b"", {"language": "xx"}, "does not support the language 'xx'"),
    ],
    ids=["empty", "format", "base64", "language"],
)
def test_an_invalid_recording_is_one_sentence(
    transcriber: PyFuncModel, audio: bytes | str, params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MlflowException, match=sentence) as refused:
        transcriber.predict([{"audio": audio}], params=params)

    assert refused.value.get_http_status_code() == 400


def test_concurrent_recordings_do_not_affect_each_other(transcriber: PyFuncModel) -> None:
    rows = [[{"audio": (SAMPLES / f"{name}.flac").read_bytes()}] for name in ("english", "mandarin", "both")]
    apart = [transcriber.predict(row) for row in rows]

    with ThreadPoolExecutor(len(rows)) as threads:
        together = list(threads.map(transcriber.predict, rows, timeout=60))

    assert together == apart
