"""The command ``theresa-server``: runs the server, or one of the subcommands."""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Coroutine, Sequence

COMMANDS = {"mlflow": "theresa_server.mlflow.pyfunc.command", "models": "theresa_server.cli.models"}
"""The module of each subcommand. Its ``main`` takes the remaining arguments."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as in shells."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server until it is stopped, or a subcommand.

    Returns:
        The exit status: 0 after a stop, 1 if the server could not start, 130 if a second signal cut the stop short.

    Raises:
        SystemExit: with status 2, if an option is not valid.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        return int(importlib.import_module(COMMANDS[arguments[0]]).main(arguments[1:]))
    try:
        from theresa_server import app
        from theresa_server.cli import options
        from theresa_server.serving.config import ConfigError
        from theresa_server.speech.recognition import ModelError
    except ModuleNotFoundError as error:
        return _fail(f"the package '{error.name}' is missing. Install it with: pip install 'theresa[server]'")
    config = options.parse(arguments, os.environ)
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if config.log_level != "debug":
        # Uvicorn logs every connection, but sessions are logged already; HTTPX every request of a download.
        for library in ("uvicorn", "httpx", "httpx2"):
            logging.getLogger(library).setLevel("WARNING")
    try:
        server = app.Server(config)
        _run_to_completion(server.run())
    except (ConfigError, ModelError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return INTERRUPTED if server.interrupted else 0


def _run_to_completion(server: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ModuleNotFoundError:  # not available on Windows
        asyncio.run(server)
    else:
        uvloop.run(server)


def _fail(sentence: str) -> int:
    sys.stderr.write(f"theresa-server: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
