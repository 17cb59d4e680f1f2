"""Command line of ``theresa-server mlflow``."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

_DESCRIPTION = "Save Theresa's models as MLflow models."

_SAVE = """\
Write an MLflow model directory: the model, the code to run it, and the versions of the required packages.
The directory is self-contained and can be moved, packed or logged.
"""

_EPILOG = """\
examples:
  theresa-server mlflow save ner --kind entities                  the demo entity model
  theresa-server mlflow save ner --kind entities --entities ./my-hanlp-model --lexicon terms.tsv
  theresa-server mlflow save asr --kind whisper --model small     speech to text
  theresa-server mlflow save asr --kind whisper --entities demo   speech to text, and the entities in it

Then:
  mlflow models serve -m ner --env-manager local -h 127.0.0.1 -p 5000
  curl 127.0.0.1:5000/invocations -H 'Content-Type: application/json' -d '{"inputs": ["我爱中国"]}'
  mlflow models generate-dockerfile -m ner -d image
"""


def main(argv: Sequence[str]) -> int:
    """Run ``theresa-server mlflow``. Returns the exit status: 0 saved, 1 not saved, 2 invalid arguments."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.kind == "entities" and options.model:
        parser.error("--model requires --kind whisper; use --entities to choose an entity model")
    if options.kind == "entities" and options.entities == "off" and not options.lexicon:
        parser.error("--entities off requires --lexicon FILE: nothing to save")
    missing = next((name for name in ("mlflow", "pandas") if find_spec(name) is None), None)
    if missing:
        return _fail(f"the package '{missing}' is missing: pip install mlflow-skinny pandas.")
    try:
        return _save(options)
    except ModuleNotFoundError as error:
        return _fail(f"the package '{error.name}' is missing: pip install 'theresa[server]'.")
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
        parts = contents.gather_contents(
            options.kind, whisper=options.model or "demo", entities=entities, lexicon=options.lexicon, notify=_print
        )
        saving.save(options.directory, parts, force=options.force, notify=_print)
    except PackageMissing as error:
        return _fail(f"the saved model requires the package '{error}', which is not installed: install it.")
    except (saving.SaveError, ModelError, LexiconError) as error:
        return _fail(str(error))
    size_mb = sum(file.stat().st_size for file in options.directory.rglob("*") if file.is_file()) / 1e6
    _print(f"saved {options.directory} ({size_mb:.1f} MB); serve it:")
    _print(f"  mlflow models serve -m {options.directory} --env-manager local -h 127.0.0.1 -p 5000")
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
    save.add_argument("directory", type=Path, metavar="DIR", help="directory to write")
    save.add_argument(
        "--kind",
        required=True,
        choices=("entities", "whisper"),
        help="entities: finds entities in text; whisper: transcribes audio",
    )
    save.add_argument("--model", metavar="MODEL", help="speech model, as for theresa-server (default: demo)")
    save.add_argument(
        "--entities",
        metavar="MODEL",
        help="entity model, as for theresa-server: demo, off, ... (default: demo; off with --kind whisper)",
    )
    save.add_argument("--lexicon", type=Path, metavar="FILE", help="terms to find as entities")
    save.add_argument("--force", action="store_true", help="replace an existing model in DIR")
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fail(message: str) -> int:
    sys.stderr.write(f"theresa-server mlflow: {message}\n")
    return 1
