import subprocess
import sys
from pathlib import Path

import pytest

from theresa_training.__main__ import STEPS, main


def test_help_teaches_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    for step in STEPS:
        assert step in text


@pytest.mark.parametrize(("step", "hint"), [("train", "theresa-train data"), ("evaluate", "theresa-train export")])
def test_a_step_out_of_order_is_one_clear_sentence(
    step: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([step, "--work", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert hint in message
    assert message.count("\n") == 1


def test_without_torch_the_command_names_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        "from theresa_training.__main__ import main; sys.exit(main(['train']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "pip install 'theresa[training]'" in done.stderr
