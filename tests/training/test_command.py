import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from theresa_training import steps
from theresa_training.cli import STEPS, main, make_parser


def test_help_lists_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    for step in STEPS:
        assert step in text


def options(step: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Return the options in the help of a step."""
    with pytest.raises(SystemExit):
        main([step, "--help"])
    return set(re.findall(r"^  (--[a-z]+)", capsys.readouterr().out, re.MULTILINE))


def test_make_demo_has_the_options_of_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    of_its_steps = [options(step, capsys) for step in ("data", "tokenizer", "train", "export", "evaluate", "samples")]
    assert options("make-demo", capsys) == set().union(*of_its_steps)


@pytest.mark.parametrize(
    ("step", "option"),
    [("tokenizer", "--voices"), ("train", "--clips"), ("export", "--minutes"), ("samples", "--work")],
)
def test_a_step_rejects_options_that_it_does_not_use(
    step: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main([step, option, "1"])
    assert leaving.value.code == 2
    assert f"unrecognized arguments: {option}" in capsys.readouterr().err


def test_every_documented_command_parses(root: Path) -> None:
    page = (root / "docs" / "training.md").read_text(encoding="utf-8") + make_parser().format_help()
    commands = re.findall(r"theresa-train ([a-z]+[^#&`\n]*?)(?=   |[#&`\n])", page)
    parsed = [make_parser().parse_args(shlex.split(command)) for command in commands]
    assert {one.step for one in parsed} >= {"make-demo", "data", "start", "train", "evaluate", "entities", "twin"}


@pytest.mark.parametrize(("step", "hint"), [("train", "theresa-train data"), ("evaluate", "theresa-train export")])
def test_a_step_out_of_order_is_a_clear_error(
    step: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([step, "--work", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert hint in message
    assert message.count("\n") == 1


def test_a_missing_package_is_an_error_with_the_extra_to_install(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        "from theresa_training.__main__ import main; sys.exit(main(['train']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "pip install 'theresa[training]'" in done.stderr


def test_every_step_has_a_function() -> None:
    assert steps.RUN.keys() == STEPS.keys()


@pytest.mark.parametrize("option", ["--processes=0", "--minutes=0", "--clips=-5", "--rate=fast"])
def test_numbers_out_of_range_are_rejected(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["make-demo", option])
    assert leaving.value.code == 2
    assert f"argument {option.partition('=')[0]}" in capsys.readouterr().err
