"""``theresa-server mlflow save``: what it says, and its exit status."""

import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.models import Model

from theresa_server.__main__ import main

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, with pandas 3


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence of a command that fails."""
    assert main(["mlflow", "save", *arguments]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def usage(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The last line of a command that was not given as it should be."""
    with pytest.raises(SystemExit) as ended:
        main(["mlflow", "save", *arguments])
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_lexicon_alone_can_be_saved(tmp_path: Path, lexicon: Path) -> None:
    target = tmp_path / "model"

    assert (
        main(["mlflow", "save", str(target), "--kind", "entities", "--entities", "off", "--lexicon", str(lexicon)]) == 0
    )

    assert Model.load(str(target)).metadata["lexicon"] == {"terms": 2}
    assert "torch" not in (target / "requirements.txt").read_text(encoding="utf-8")


def test_it_ends_by_saying_how_to_serve(tmp_path: Path, lexicon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["mlflow", "save", str(tmp_path / "m"), "--kind", "entities", "--entities", "off", "--lexicon", str(lexicon)])

    assert f"mlflow models serve -m {tmp_path / 'm'}" in capsys.readouterr().out.splitlines()[-1]


def test_a_model_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = said(capsys, str(tmp_path / "new"), "--kind", "entities", "--entities", str(tmp_path / "gone"))

    assert str(tmp_path / "gone") in sentence
    assert not (tmp_path / "new").exists()


def test_a_lexicon_that_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--kind", "entities", "--entities", "off", "--lexicon", str(tmp_path / "gone.tsv"))

    assert "gone.tsv" in said(capsys, str(tmp_path / "new"), *arguments)


def test_what_is_there_is_said_before_anything_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").touch()

    assert "choose another DIR" in said(capsys, str(tmp_path), "--kind", "entities", "--entities", "gone")


def test_a_speech_model_for_entities_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--kind whisper" in usage(capsys, str(tmp_path / "new"), "--kind", "entities", "--model", "small")


def test_nothing_to_save_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--lexicon FILE" in usage(capsys, str(tmp_path / "new"), "--kind", "entities", "--entities", "off")


@pytest.mark.parametrize("missing", ["mlflow", "pandas"])
def test_a_package_that_is_missing_is_named_with_what_to_install(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "theresa_server.mlflow.pyfunc.command.find_spec", lambda name: None if name == missing else object()
    )

    sentence = said(capsys, str(tmp_path / "new"), "--kind", "entities")

    assert f"'{missing}'" in sentence
    assert "pip install mlflow-skinny pandas" in sentence


def test_the_help_needs_neither_mlflow_nor_a_model(tmp_path: Path) -> None:
    packages = ("mlflow", "pandas", "torch", "hanlp", "ctranslate2")
    script = (
        "import sys; from theresa_server.__main__ import main\n"
        "try: main(['mlflow', 'save', '--help'])\n"
        f"finally: print([name for name in {packages} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert "mlflow models serve" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
