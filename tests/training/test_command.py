import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from theresa_training.cli import STEPS, main, make_parser


def test_help_teaches_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    for step in STEPS:
        assert step in text


def options(step: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The options that a step says it has."""
    with pytest.raises(SystemExit):
        main([step, "--help"])
    return set(re.findall(r"^  (--[a-z]+)", capsys.readouterr().out, re.MULTILINE))


def test_making_the_demo_takes_what_its_steps_take(capsys: pytest.CaptureFixture[str]) -> None:
    of_its_steps = [options(step, capsys) for step in ("data", "tokenizer", "train", "export", "evaluate", "samples")]
    assert options("make-demo", capsys) == set().union(*of_its_steps)


@pytest.mark.parametrize(
    ("step", "option"),
    [("tokenizer", "--voices"), ("train", "--clips"), ("export", "--minutes"), ("samples", "--work")],
)
def test_a_step_takes_no_option_that_it_does_not_use(
    step: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main([step, option, "1"])
    assert leaving.value.code == 2
    assert f"unrecognized arguments: {option}" in capsys.readouterr().err


def test_every_command_of_the_documentation_is_understood(root: Path) -> None:
    page = (root / "docs" / "training.md").read_text(encoding="utf-8") + make_parser().format_help()
    commands = re.findall(r"theresa-train ([a-z]+[^#&`\n]*?)(?=   |[#&`\n])", page)
    understood = [make_parser().parse_args(shlex.split(command)) for command in commands]
    assert {one.step for one in understood} >= {"make-demo", "data", "start", "train", "evaluate", "entities", "twin"}


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
