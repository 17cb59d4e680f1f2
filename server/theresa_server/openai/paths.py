"""The paths at which clients look for OpenAI's API, below the base URL that their users configure."""

import re

PREFIXES = ("/v1", "", "/openai/v1", "/openai")
"""OpenAI's; a base URL without ``/v1``; Azure's, with and without a version."""

DEPLOYMENT = "/openai/deployments/{deployment}"
"""Azure's prefix for requests to one model, which the client's user named."""

_DEPLOYMENT = DEPLOYMENT.replace("{deployment}", "[^/]+")


def paths_of(path: str, *, deployments: bool = False) -> list[str]:
    """Return all paths of an endpoint.

    Args:
        path: OpenAI's path without ``/v1``, such as ``/audio/transcriptions``.
        deployments: Whether Azure has this endpoint for each deployment.
    """
    prefixes = (*PREFIXES, DEPLOYMENT) if deployments else PREFIXES
    return [f"{prefix}{path}{slash}" for prefix in prefixes for slash in ("", "/")]


METHODS = {
    "/audio/transcriptions": "POST",
    "/audio/translations": "POST",
    "/models": "GET",
    "/realtime": "GET",
}
"""The paths of OpenAI's API that this server has, and their methods."""


def served_path(path: str) -> str | None:
    """Return the path in ``METHODS`` that a request means, whatever its prefix, or ``None``."""
    bare = path.rstrip("/")
    for one in METHODS:
        prefix = bare.removesuffix(one)
        if prefix != bare and (prefix in PREFIXES or re.fullmatch(_DEPLOYMENT, prefix)):
            return one
    return None
