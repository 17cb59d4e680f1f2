"""What somebody waits for."""

import asyncio
from typing import TypeVar

T = TypeVar("T")


def settle(future: "asyncio.Future[T]", outcome: T | Exception) -> None:
    """Give it to who waits; an exception is raised there. Where nobody waits any more, nothing happens."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
