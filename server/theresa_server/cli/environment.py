"""The environment variables that stand for options."""

ENVIRONMENT_PREFIX = "THERESA_"


def variable(flag: str) -> str:
    """Return the environment variable of an option, such as ``THERESA_MAX_SESSIONS`` for ``--max-sessions``."""
    return ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper()
