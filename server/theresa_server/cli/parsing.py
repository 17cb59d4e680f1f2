"""The command line of the server: each option with its default, its type and its help, and what makes text valid."""

import argparse
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

ENVIRONMENT_PREFIX = "THERESA_"

NAME = r"[\w.:-]{1,128}"
"""What a model may be called."""

DESCRIPTION = "A streaming speech server: audio in over a WebSocket, incremental transcripts out."

EPILOG = """\
examples:
  theresa-server                                  the demo model that ships inside the package, on port 8080
  theresa-server --model small                    a stock Whisper, fetched from the model hub on first use
  theresa-server --model large-v3-turbo --device cuda
  theresa-server --model ./my-model               a CTranslate2 directory, e.g. a fine-tuned model
  theresa-server --model small --model wards=./my-model  both in one server; sessions choose by name, or get the first
  theresa-server models pull small                fetch a model beforehand; see theresa-server models --help
  theresa-server --entities off --lexicon names.txt  named entities from a list of your own, without a model
  theresa-server --host 0.0.0.0 --api-keys SECRET  reachable from outside

Then, from another terminal:  theresa replay recording.wav
Every option is also read from the environment: --max-sessions as THERESA_MAX_SESSIONS.
"""


class ModelChoice(NamedTuple):
    """A model, and the name that it was given, if it was given one."""

    model: str
    name: str | None = None


class Collected(argparse.Action):
    """An option that may come several times, whose values are put together; the first replaces the default."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, __: str | None = None
    ) -> None:
        """Take one more."""
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, values if before is self.default else (*before, *values))


class Option(NamedTuple):
    """One option. ``default`` is shown in the help unless it is empty."""

    flag: str
    default: object
    type: Callable[[str], Any]
    metavar: str
    help: str
    repeatable: bool = False
    """Whether it may come several times; ``type`` gives tuples then, which are put together."""


def parser(groups: Mapping[str, list[Option]], environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """A parser for options in titled groups, whose defaults come from the environment where it has them."""
    built = argparse.ArgumentParser(
        prog="theresa-server",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    built.add_argument("--version", action="version", version=f"theresa-server {version('theresa')}")
    for title, options in groups.items():
        group = built.add_argument_group(title)
        for flag, default, type_, metavar, help_, repeatable in options:
            shown = "" if default in (None, ()) else " (default: %(default)s)"
            given = environ.get(ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper(), default)
            action = Collected if repeatable else "store"
            group.add_argument(flag, default=given, type=type_, metavar=metavar, help=help_ + shown, action=action)
    return built


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""

    def convert(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low} to {high}")
        return int(text)

    return convert


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words. Unlike argparse's ``choices`` it also looks at what comes from the environment."""

    def convert(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"'{text}' is not one of {', '.join(choices)}")
        return text

    return convert


def some_of(*choices: str) -> Callable[[str], tuple[str, ...]]:
    """Some of a few words, separated by commas; or ``all``, or ``none``."""

    def convert(text: str) -> tuple[str, ...]:
        if text in ("all", "none"):
            return choices if text == "all" else ()
        return tuple(map(one_of(*choices), names(text)))

    return convert


def language(text: str) -> str:
    """A language code."""
    if not re.fullmatch("[a-z]{2,3}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a language code such as en or zh")
    return text


def names(text: str) -> tuple[str, ...]:
    """Words separated by commas, at least one: a secret that was lost on its way must not open the server to all."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        raise argparse.ArgumentTypeError("it is given and holds nothing")
    return found


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers separated by commas."""
    return tuple(whole(0, 1_000)(part.strip()) for part in text.split(","))


def models(text: str) -> tuple[ModelChoice, ...]:
    """Models separated by commas, each as ``MODEL`` or as ``NAME=MODEL``."""
    return tuple(map(_model, names(text)))


def _model(text: str) -> ModelChoice:
    name, given, model = text.partition("=")
    if not given or re.search(r"[/\\~]", name):  # a directory may have such a sign in its name
        return ModelChoice(text)
    if not re.fullmatch(NAME, name) or not model:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not NAME=MODEL with a name of 1 to 128 letters, digits, '.', ':', '_' and '-'"
        )
    return ModelChoice(model, name)
