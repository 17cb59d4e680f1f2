"""The subcommand ``theresa-server models``: downloads, lists and locates models."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from theresa_server.cli.environment import variable

_DESCRIPTION = "Download speech and entity models into a cache that any number of processes and machines can share."

_EPILOG = """\
examples:
  theresa-server models pull small large-v3-turbo
  theresa-server models pull CLOSE_TOK_POS_NER_SRL_DEP_SDP_CON_ELECTRA_SMALL_ZH --cache /volume/models
  theresa-server models list
  cp -r "$(theresa-server models path small)" /mnt/usb

A NAME is one of:
  small, large-v3-turbo, ...    a stock Whisper model
  organisation/name             a CTranslate2 Whisper model on the model hub
  UPPER_CASE_NAME               an entity model published by HanLP
`theresa-server models list` shows the stock and HanLP names.

A server that is started with a name downloads the model in the same way. Interrupted downloads are resumed.
The environment variable THERESA_CACHE sets --cache.
"""

_NAME_HELP = "a stock Whisper model, organisation/name on the model hub, or an entity model published by HanLP"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A local model."""

    kind: str
    """``whisper`` or ``hanlp``."""
    name: str
    bytes: int
    path: str
    origin: str
    """``shipped`` in the package, or ``cached``."""


def main(argv: Sequence[str]) -> int:
    """Run ``theresa-server models ARGUMENTS``.

    Returns:
        The exit status: 0 on success, 1 on failure, 130 after Ctrl-C.

    Raises:
        SystemExit: with status 2, if an argument is not valid.
    """
    options = _parser(os.environ).parse_args(argv)
    try:
        return _run(options)
    except ModuleNotFoundError as error:
        return _fail(f"the package '{error.name}' is missing. Install it with: pip install 'theresa[server]'")
    except KeyboardInterrupt:
        return _fail("interrupted. The next pull resumes the download.", 130)


def _run(options: argparse.Namespace) -> int:
    from theresa_server.cache.model_cache import ModelCache, default_root
    from theresa_server.speech.recognition import ModelError

    volume = ModelCache(options.cache or default_root(os.environ))
    try:
        match options.command:
            case "pull":
                for name in options.names:
                    sys.stdout.write(f"{_pull(name, volume.root)}\n")
            case "path":
                found = _find(options.name, volume.root)
                if found is None:
                    name = options.name
                    return _fail(f"{name} is not downloaded. Run: theresa-server models pull {name}")
                sys.stdout.write(f"{found}\n")
            case "list":
                _list(volume.root, as_json=options.json)
    except ModelError as error:
        return _fail(str(error))
    return 0


def _pull(name: str, cache: Path) -> Path:
    from theresa_server.engine.whisper import resolving
    from theresa_server.entities import models
    from theresa_server.entities.hanlp import published

    resolve = models.resolve_entity_model if published.is_published_name(name) else resolving.resolve_model
    return resolve(name, cache, _print_progress)


def _find(name: str, cache: Path) -> Path | None:
    """Return the directory of a local model. Raises ``ModelError`` if the name is not valid."""
    from theresa_server.cache.model_cache import ModelCache
    from theresa_server.engine.whisper import resolving
    from theresa_server.entities.hanlp import published

    for model in _shipped():
        if name == model.name:
            return Path(model.path)
    if published.is_published_name(name):
        return ModelCache(cache).find(published.CACHE_KIND, name)
    return resolving.find_cached_model(resolving.repository_of(name), ModelCache(cache))


def _list(cache: Path, *, as_json: bool) -> None:
    from theresa_server.engine.whisper.resolving import KNOWN_REPOSITORIES
    from theresa_server.entities.hanlp import published

    local = [*_shipped(), *_cached(cache)]
    names = {"whisper": sorted(KNOWN_REPOSITORIES), "hanlp": sorted(published.published_urls())}
    if as_json:
        listing = {"cache": str(cache), "models": [asdict(model) for model in local], "names": names}
        sys.stdout.write(json.dumps(listing, indent=2, ensure_ascii=False) + "\n")
        return
    width = max(len(model.name) for model in local)
    for model in local:
        size = f"{model.bytes / 1e6:,.1f} MB"
        sys.stdout.write(f"{model.kind:8} {model.name:{width}} {size:>12}  {model.path}\n")
    sys.stdout.write(f"\nAvailable Whisper models: {', '.join(names['whisper'])}\n")
    hanlp = ", ".join(names["hanlp"]) or "install theresa[entities] to list them"
    sys.stdout.write(f"\nAvailable HanLP models: {hanlp}\n")
    if names["hanlp"]:
        sys.stdout.write(f"{published.LICENCE_NOTICE}\n")


def _shipped() -> Iterator[LocalModel]:
    from theresa_server.engine.whisper import resolving
    from theresa_server.entities import models
    from theresa_server.entities.hanlp import published

    for kind, name, path in (
        ("whisper", "demo", resolving.resolve_model("demo")),
        (published.CACHE_KIND, "demo-entities", models.resolve_entity_model("demo")),
    ):
        yield LocalModel(kind, name, _size(path), str(path), "shipped")


def _cached(cache: Path) -> Iterator[LocalModel]:
    from theresa_server.cache.model_cache import ModelCache

    for kind, name, path in ModelCache(cache).models():
        yield LocalModel(kind, name, _size(path), str(path), "cached")


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="theresa-server models", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw
    )
    common = argparse.ArgumentParser(add_help=False)
    given = environ.get(variable("--cache"))
    common.add_argument(
        "--cache",
        type=Path,
        default=Path(given) if given else None,
        metavar="DIR",
        help="directory of downloaded models (default: theresa/models in the user's cache)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    pull = commands.add_parser(
        "pull", parents=[common], help="download models that are missing, and print their directories"
    )
    pull.add_argument("names", nargs="+", metavar="NAME", help=_NAME_HELP)
    listing = commands.add_parser(
        "list", parents=[common], help="list local models and the names that can be downloaded"
    )
    listing.add_argument("--json", action="store_true", help="print JSON")
    path = commands.add_parser("path", parents=[common], help="print the directory of a local model")
    path.add_argument("name", metavar="NAME", help=_NAME_HELP)
    return parser


def _print_progress(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _fail(sentence: str, status: int = 1) -> int:
    sys.stderr.write(f"theresa-server models: {sentence}\n")
    return status
