"""A thread for blocking calls that can be abandoned."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Call = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


class Worker:
    """Runs blocking calls one at a time, so that a cancelled call never overlaps with the next.

    It is a daemon thread, so that a call that never returns (a read from a silent pipe) does not keep the program
    running, as a thread of ``concurrent.futures`` would.
    """

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Call | Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[[], T]) -> T:
        """Call ``function`` on the thread; return its result or raise its exception."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._calls.put((function, future, loop))
        return await future

    def close(self, last: Callable[[], None]) -> None:
        """Call ``last`` after the running call, then end the thread. Does not wait for it."""
        self._calls.put(last)

    def _run(self) -> None:
        while isinstance(call := self._calls.get(), tuple):
            function, future, loop = call
            try:
                result, error = function(), None
            except BaseException as raised:  # all of them are raised by `run`
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop is closed, so the result is not needed
                loop.call_soon_threadsafe(_set_result, future, result, error)
        call()


def _set_result(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
