"""``theresa-server models``: fetch models, list them, and say where they lie."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from theresa_server.cli.parsing import ENVIRONMENT_PREFIX

_DESCRIPTION = "Speech and entity models by name, in one cache that any number of processes and machines may share."

_EPILOG = """\
examples:
  theresa-server models pull small large-v3-turbo
  theresa-server models pull CLOSE_TOK_POS_NER_SRL_DEP_SDP_CON_ELECTRA_SMALL_ZH --cache /volume/models
  theresa-server models list
  cp -r "$(theresa-server models path small)" /mnt/usb

Names are those of the stock Whispers, organisation/name of a repository on the model hub, and those in capitals under
which HanLP publishes its models. A server that is started with a name fetches what is missing in the same way. What was
cut off is gone on with. THERESA_CACHE stands for --cache.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that is at hand: ``shipped`` in the package or ``cached``."""

    kind: str
    name: str
    bytes: int
    path: str
    origin: str


def main(argv: Sequence[str]) -> int:
    """Run ``theresa-server models ARGUMENTS``; returns the exit status: 0 done, 1 not done, 2 not valid arguments."""
    options = _parser(os.environ).parse_args(argv)
    try:
        return _run(options)
    except ModuleNotFoundError as error:
        return _fail(f"this needs the package '{error.name}': pip install 'theresa[server]'.")
    except KeyboardInterrupt:
        return _fail("interrupted: what has come is kept, the next pull goes on with it.", 130)


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
                    return _fail(f"{name} is not here: fetch it with `theresa-server models pull {name}`.")
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

    resolve = models.resolve if published.looks_published(name) else resolving.resolve_model
    return resolve(name, cache, _tell)


def _find(name: str, cache: Path) -> Path | None:
    """Where a model lies that need not be fetched. Raises ``ModelError`` for what is no name."""
    from theresa_server.cache.model_cache import ModelCache
    from theresa_server.engine.whisper import resolving
    from theresa_server.entities.hanlp import published

    for entry in _shipped():
        if name == entry.name:
            return Path(entry.path)
    if published.looks_published(name):
        return ModelCache(cache).find(published.KIND, name)
    return resolving.find_cached_model(resolving.repository_of(name), ModelCache(cache))


def _list(cache: Path, *, as_json: bool) -> None:
    from theresa_server.engine.whisper.resolving import KNOWN_REPOSITORIES
    from theresa_server.entities.hanlp import published

    entries = [*_shipped(), *_cached(cache)]
    names = {"whisper": sorted(KNOWN_REPOSITORIES), "hanlp": sorted(published.addresses())}
    if as_json:
        listing = {"cache": str(cache), "models": [asdict(entry) for entry in entries], "names": names}
        sys.stdout.write(json.dumps(listing, indent=2, ensure_ascii=False) + "\n")
        return
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        size = f"{entry.bytes / 1e6:,.1f} MB"
        sys.stdout.write(f"{entry.kind:8} {entry.name:{width}} {size:>12}  {entry.path}\n")
    sys.stdout.write(f"\nWhisper models by name: {', '.join(names['whisper'])}\n")
    hanlp = ", ".join(names["hanlp"]) or "install theresa[entities] to see them"
    sys.stdout.write(f"\nHanLP models by name: {hanlp}\n")
    if names["hanlp"]:
        sys.stdout.write(f"{published.LICENCE}\n")


def _shipped() -> Iterator[Entry]:
    from theresa_server.engine.whisper import resolving
    from theresa_server.entities import models
    from theresa_server.entities.hanlp import published

    for kind, name, path in (
        ("whisper", "demo", resolving.resolve_model("demo")),
        (published.KIND, "demo-entities", models.resolve("demo")),
    ):
        yield Entry(kind, name, _size(path), str(path), "shipped")


def _cached(cache: Path) -> Iterator[Entry]:
    from theresa_server.cache.model_cache import ModelCache

    for kind, name, path in ModelCache(cache).models():
        yield Entry(kind, name, _size(path), str(path), "cached")


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="theresa-server models", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw
    )
    common = argparse.ArgumentParser(add_help=False)
    given = environ.get(f"{ENVIRONMENT_PREFIX}CACHE")
    common.add_argument(
        "--cache",
        type=Path,
        default=Path(given) if given else None,
        metavar="DIR",
        help="the folder of fetched models (default: theresa/models in the user's cache)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    pull = commands.add_parser(
        "pull", parents=[common], help="fetch models that are not there, and print where they are"
    )
    pull.add_argument("names", nargs="+", metavar="NAME")
    listing = commands.add_parser("list", parents=[common], help="what is here, and what can be fetched by name")
    listing.add_argument("--json", action="store_true", help="for programs")
    path = commands.add_parser("path", parents=[common], help="print the directory of a model that is here")
    path.add_argument("name", metavar="NAME")
    return parser


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _fail(sentence: str, status: int = 1) -> int:
    sys.stderr.write(f"theresa-server models: {sentence}\n")
    return status
