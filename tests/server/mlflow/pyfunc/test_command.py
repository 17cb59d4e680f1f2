"""Output and exit status of ``theresa-server mlflow save``."""

import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.models import Model

from theresa_server.__main__ import main

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, with pandas 3


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the error message of a command that fails."""
    assert main(["mlflow", "save", *arguments]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def usage(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the last line of a command with invalid arguments."""
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


def test_the_last_line_shows_how_to_serve(tmp_path: Path, lexicon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["mlflow", "save", str(tmp_path / "m"), "--kind", "entities", "--entities", "off", "--lexicon", str(lexicon)])

    assert f"mlflow models serve -m {tmp_path / 'm'}" in capsys.readouterr().out.splitlines()[-1]


def test_a_missing_model_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = error_of(capsys, str(tmp_path / "new"), "--kind", "entities", "--entities", str(tmp_path / "gone"))

    assert str(tmp_path / "gone") in sentence
    assert not (tmp_path / "new").exists()


def test_an_unreadable_lexicon_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--kind", "entities", "--entities", "off", "--lexicon", str(tmp_path / "gone.tsv"))

    assert "gone.tsv" in error_of(capsys, str(tmp_path / "new"), *arguments)


def test_the_target_is_checked_before_models_are_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").touch()

    assert "choose another DIR" in error_of(capsys, str(tmp_path), "--kind", "entities", "--entities", "gone")


def test_a_speech_model_requires_kind_whisper(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--kind whisper" in usage(capsys, str(tmp_path / "new"), "--kind", "entities", "--model", "small")


def test_a_model_without_parts_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--lexicon FILE" in usage(capsys, str(tmp_path / "new"), "--kind", "entities", "--entities", "off")


@pytest.mark.parametrize("missing", ["mlflow", "pandas"])
def test_a_missing_package_is_named_with_the_command_to_install_it(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "theresa_server.mlflow.pyfunc.command.find_spec", lambda name: None if name == missing else object()
    )

    sentence = error_of(capsys, str(tmp_path / "new"), "--kind", "entities")

    assert f"'{missing}'" in sentence
    assert "pip install mlflow-skinny pandas" in sentence


def test_the_help_imports_neither_mlflow_nor_models(tmp_path: Path) -> None:
    packages = ("mlflow", "pandas", "torch", "hanlp", "ctranslate2")
    script = (
        "import sys; from theresa_server.__main__ import main\n"
        "try: main(['mlflow', 'save', '--help'])\n"
        f"finally: print([name for name in {packages} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert "mlflow models serve" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
