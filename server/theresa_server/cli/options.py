"""Parses the options of ``theresa-server`` from the command line and the environment; no other module reads either.

Every option can also be set in the environment: ``--max-sessions`` as ``THERESA_MAX_SESSIONS``. The command line wins.
"""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, TypeVar

import msgspec

from theresa_server.cli.environment import variable
from theresa_server.cli.table import EXPERT_SETTINGS, OPTIONS
from theresa_server.cli.values import ModelChoice
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.config import ServerConfig

DESCRIPTION = "A streaming speech server: audio in over a WebSocket, incremental transcripts out."

EPILOG = """\
examples:
  theresa-server                               Whisper base, downloaded on first use, on port 8080
  theresa-server --model small                 a larger Whisper model: fewer errors, fewer speakers
  theresa-server --model demo                  a tiny model for tests that ships with the package; needs no network
  theresa-server --model large-v3-turbo --device cuda
  theresa-server --model ./my-model            a CTranslate2 directory, for example a fine-tuned model
  theresa-server --model small --model wards=./my-model
                                               two models; a session can choose one by name
  theresa-server --entities off --lexicon names.txt
                                               named entities from your own list of terms, without a model
  theresa-server --host 0.0.0.0 --api-keys SECRET
                                               reachable from other machines

Then, from another terminal:  theresa replay recording.wav

subcommands, each with its own --help:
  theresa-server models                        download, list and locate models
  theresa-server mlflow                        save models for MLflow

Every option can also be set in the environment: --max-sessions as THERESA_MAX_SESSIONS. The command line wins.
"""

T = TypeVar("T")


class Collect(argparse.Action):
    """Concatenates the values of an option that is given several times; the first one replaces the default."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, __: str | None = None
    ) -> None:
        """Add the value of one occurrence."""
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, values if before is self.default else (*before, *values))


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> ServerConfig:
    """Return the configuration; exit with a usage message and status 2 if an option is not valid."""
    parser = _parser(environ)
    values = vars(parser.parse_args(argv))
    expert = dict(values.pop("set"))
    try:
        return _configuration(values | expert)
    except ValueError as error:
        parser.error(str(error))


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return a parser that stores each value under the dotted path of its configuration field."""
    parser = argparse.ArgumentParser(
        prog="theresa-server",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"theresa-server {version('theresa')}")
    for title, options in OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            default = f" (default: {option.default_text})" if option.default_text else ""
            group.add_argument(
                option.flag,
                dest=option.target,
                default=environ.get(variable(option.flag), option.default),
                type=option.type.parse,
                metavar=option.type.metavar,
                action=Collect if option.repeatable else "store",
                help=option.help + default,
            )
    parser.add_argument_group("expert settings").add_argument(
        "--set",
        default=environ.get(variable("--set"), ()),
        type=_settings,
        metavar="NAME=VALUE",
        action=Collect,
        help="expert setting, such as endpointing.onset_ms=150; repeatable; listed in docs/operations.md",
    )
    return parser


def _settings(text: str) -> tuple[tuple[str, Any], ...]:
    """Parse expert settings, separated by commas, into pairs of a dotted path and a value."""
    return tuple(_setting(part.strip()) for part in text.split(",") if part.strip())


def _setting(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    known = {setting.target: setting.type for setting in EXPERT_SETTINGS}
    if name not in known:
        raise argparse.ArgumentTypeError(f"unknown setting '{name}': choose one of {', '.join(known)}")
    if not separator:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    try:
        return name, known[name].parse(value)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None


def _configuration(values: dict[str, Any]) -> ServerConfig:
    """Build the configuration from values by the dotted paths of its fields. Raises ``ValueError``."""
    models: tuple[ModelChoice, ...] = values["engines"]
    shared = {path: value for path, value in values.items() if path.startswith("engine.")}
    engine = _updated(EngineOptions(), {path.removeprefix("engine."): value for path, value in shared.items()})
    fields = {path: value for path, value in values.items() if path not in shared}
    return _updated(
        ServerConfig(),
        fields
        | {
            "engines": _engines(models, engine),
            "entities": _entities(values["entities"]),
            # Clients are told the length at which the segmenter splits.
            "limits.max_segment_ms": values["endpointing.max_segment_ms"],
        },
    )


def _updated(config: T, values: Mapping[str, Any]) -> T:
    """Return a copy of a nested configuration with the fields at dotted paths replaced. Raises ``ValueError``."""
    changes: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            nested.setdefault(name, {})[rest] = value
        else:
            changes[name] = value
    changes |= {name: _updated(getattr(config, name), fields) for name, fields in nested.items()}
    replace: Any = msgspec.structs.replace if isinstance(config, msgspec.Struct) else dataclasses.replace
    return replace(config, **changes)  # type: ignore[no-any-return]


def _engines(models: Sequence[ModelChoice], shared: EngineOptions) -> tuple[EngineOptions, ...]:
    """Return the options of each model. Raises ``ValueError`` if two models have the same name."""
    names = [choice.name or choice.model for choice in models]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"--model: two models are called '{name}': give one of them another name, as NAME=MODEL")
    return tuple(dataclasses.replace(shared, model=choice.model, name=choice.name) for choice in models)


def _entities(wanted: str) -> str:
    """Resolve ``auto``: the demo entity model, if its packages are installed."""
    if wanted != "auto":
        return wanted
    return "demo" if find_spec("hanlp") and find_spec("torch") else "off"
