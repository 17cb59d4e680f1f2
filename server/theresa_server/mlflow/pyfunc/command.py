"""``theresa-server mlflow``: the command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

_DESCRIPTION = "Theresa's models as MLflow models."

_SAVE = """\
Write a model directory for MLflow: the model, this code, and the versions of the packages that it needs.
Nothing in it refers to this machine: it can be moved, packed or logged as it is.
"""

_EPILOG = """\
examples:
  theresa-server mlflow save ner --kind entities                  the demo entity model
  theresa-server mlflow save ner --kind entities --entities ./my-hanlp-model --lexicon terms.tsv
  theresa-server mlflow save asr --kind whisper --model small     speech to text
  theresa-server mlflow save asr --kind whisper --entities demo   ... and the entities in what was said

Then:
  mlflow models serve -m ner --env-manager local -h 127.0.0.1 -p 5000
  curl 127.0.0.1:5000/invocations -H 'Content-Type: application/json' -d '{"inputs": ["我爱中国"]}'
  mlflow models generate-dockerfile -m ner -d image
"""


def main(argv: Sequence[str]) -> int:
    """Run ``theresa-server mlflow ARGUMENTS``; returns the exit status: 0 saved, 1 not saved, 2 not valid arguments."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.kind == "entities" and options.model:
        parser.error("--model goes with --kind whisper; an entity model is chosen by --entities")
    if options.kind == "entities" and options.entities == "off" and not options.lexicon:
        parser.error("--entities off leaves nothing to save: add --lexicon FILE")
    missing = next((name for name in ("mlflow", "pandas") if find_spec(name) is None), None)
    if missing:
        return _fail(f"this needs the package '{missing}': pip install mlflow-skinny pandas.")
    try:
        return _save(options)
    except ModuleNotFoundError as error:
        return _fail(f"this needs the package '{error.name}': pip install 'theresa[server]'.")
    except KeyboardInterrupt:
        return 130


def _save(options: argparse.Namespace) -> int:
    from theresa_server.entities.lexicon import LexiconError
    from theresa_server.mlflow.pyfunc import contents, saving
    from theresa_server.mlflow.pyfunc.packages import PackageMissing
    from theresa_server.speech.recognition import ModelError

    for name, value in saving.MLFLOW_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    entities = options.entities or ("demo" if options.kind == "entities" else "off")
    try:
        saving.check_target(options.directory, force=options.force)
        parts = contents.gather(
            options.kind, whisper=options.model or "demo", entities=entities, lexicon=options.lexicon, told=_tell
        )
        saving.save(options.directory, parts, force=options.force, told=_tell)
    except PackageMissing as error:
        return _fail(f"the saved model would need the package '{error}', which is not installed here: install it.")
    except (saving.SaveError, ModelError, LexiconError) as error:
        return _fail(str(error))
    size_mb = sum(file.stat().st_size for file in options.directory.rglob("*") if file.is_file()) / 1e6
    _tell(f"saved {options.directory} ({size_mb:.1f} MB); serve it:")
    _tell(f"  mlflow models serve -m {options.directory} --env-manager local -h 127.0.0.1 -p 5000")
    return 0


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="theresa-server mlflow", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    save = commands.add_parser(
        "save", help="write a model directory for MLflow", description=_SAVE, epilog=_EPILOG, formatter_class=raw
    )
    save.add_argument("directory", type=Path, metavar="DIR", help="folder to write; it may not exist yet")
    save.add_argument(
        "--kind",
        required=True,
        choices=("entities", "whisper"),
        help="entities: rows of text to their entities; whisper: rows of audio to text and segments",
    )
    save.add_argument("--model", metavar="MODEL", help="speech model, as for theresa-server (default: demo)")
    save.add_argument(
        "--entities",
        metavar="MODEL",
        help="entity model, as for theresa-server: demo, off, ... (default: demo; with --kind whisper: off)",
    )
    save.add_argument("--lexicon", type=Path, metavar="FILE", help="terms that are entities wherever they stand")
    save.add_argument("--force", action="store_true", help="replace the model that DIR holds already")
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"theresa-server mlflow: {sentence}\n")
    return 1
