"""``theresa-server``: run the server from the command line, or one of the commands beside it."""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Coroutine, Sequence

COMMANDS = {"mlflow": "theresa_server.mlflow.pyfunc.command", "models": "theresa_server.cli.models"}
"""Modules whose ``main`` takes the arguments behind the name of a command."""


INTERRUPTED = 130
"""The exit status of a process that a signal ended, as shells have it for Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until stopped; returns the exit status: 0 stopped, 1 could not start, 2 not valid options, 130 cut short."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        return int(importlib.import_module(COMMANDS[arguments[0]]).main(arguments[1:]))
    try:
        from theresa_server import app
        from theresa_server.cli import options
        from theresa_server.serving.config import ConfigError
        from theresa_server.speech.recognition import ModelError
    except ModuleNotFoundError as error:
        return _fail(f"the server needs the package '{error.name}': install it with pip install 'theresa[server]'.")
    config = options.parse(arguments, os.environ)
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if config.log_level != "debug":
        logging.getLogger("uvicorn").setLevel("WARNING")  # it logs every connection, and so do the sessions
    try:
        server = app.Server(config)
        _run(server.run())
    except (ConfigError, ModelError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return INTERRUPTED if server.interrupted else 0


def _run(server: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ModuleNotFoundError:  # there is none for Windows
        asyncio.run(server)
    else:
        uvloop.run(server)


def _fail(sentence: str) -> int:
    sys.stderr.write(f"theresa-server: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
